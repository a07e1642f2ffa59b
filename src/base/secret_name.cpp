#include "base/secret_name.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace farm {
namespace {

constexpr std::array<std::string_view, 5> whole_words{"auth", "authorization", "credential", "credentials",
                                                      "passphrase"};
// Others are written together with what they are of: PGPASSWORD, sessiontoken.
constexpr std::array<std::string_view, 7> endings{"password", "passwd",    "secret",   "token",
                                                  "apikey",   "accesskey", "secretkey"};
constexpr std::array<std::string_view, 4> kinds_of_key{"api", "access", "secret", "private"};
// --token-file, AUTH_TYPE: what follows says where it is, or how.
constexpr std::array<std::string_view, 5> harmless_ends{"file", "path", "dir", "type", "url"};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  bool begins_word = true;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool is_border = c == '-' || c == '_' || c == '.';
    begins_word = begins_word || is_border || (i > 0 && is_upper(c) && is_lower(name[i - 1]));
    if (is_border) continue;
    if (begins_word) words.emplace_back();
    begins_word = false;
    words.back() += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return words;
}

template <std::size_t size>
bool is_one_of(const std::array<std::string_view, size>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool means_secret(std::string_view word) {
  return is_one_of(whole_words, word) ||
         std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return word.ends_with(ending); });
}

}  // namespace

bool is_secret_name(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  if (words.empty() || words.front() == "no" || is_one_of(harmless_ends, words.back())) return false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (means_secret(words[i])) return true;
    // PWD and OLDPWD are directories, and a pass alone is one of many things.
    if (i > 0 && words[i] == "pwd") return true;
    if ((i > 0 || name.front() == '-') && words[i] == "pass" && i + 1 == words.size()) return true;
    if (i > 0 && words[i] == "key" && is_one_of(kinds_of_key, words[i - 1])) return true;
  }
  return false;
}

}  // namespace farm
