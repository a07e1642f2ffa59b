/// Which names mean that what follows is a secret. Knows nothing of where they stand.
#pragma once
#include <string_view>

namespace farm {

/// `name` of letters, digits, and `-_.`, which part it into words, as does a capital after a small letter.
bool is_secret_name(std::string_view name);

}  // namespace farm
