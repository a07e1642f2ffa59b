/// What `--plus` takes from shells: `{:-default}`, `{%.txt}`, `{//a/b/}` and their kin, as expressions. Pure text.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace farm {

/// The expression that does what `form`, the text in the braces without a position, asks for; nullopt when it asks for
/// nothing. What is looked for is a regular expression, and # and % take away as little, ## and %% as much of it as
/// they can:
///
///     :-text        text, when the value is empty or 0        :2  :2:3        from byte 2 on; 3 bytes from there
///     #re ##re      without re at its beginning               %re %%re        at its end
///     /re/text      text instead of the first re              //re/text       of every re
///     ^re ^^re      the first byte, every re in capitals      ,re ,,re        in small letters
std::optional<std::string> shell_form(std::string_view form);

}  // namespace farm
