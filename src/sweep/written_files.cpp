#include "sweep/written_files.hpp"

#include <algorithm>
#include <array>

namespace farm {
namespace {

constexpr auto output_options =
    std::to_array<std::string_view>({"-o", "--out", "--output", "--outfile", "--output-file"});

// The words of a shell line without their quotes; redirections and the like are words of their own.
struct Word {
  std::string text;
  bool is_operator = false;
  bool is_expanded = false;  // has something in it that the shell replaces
};

class Words {
 public:
  explicit Words(std::string_view line) {
    for (std::size_t at = 0; at < line.size();) at = take(line, at);
    end();
  }
  std::vector<Word> take_all() { return std::move(words_); }

 private:
  std::size_t take(std::string_view line, std::size_t at) {
    const char c = line[at];
    if (quote_ != '\0') {
      if (c == quote_) {
        quote_ = '\0';
      } else {
        note(c, quote_ == '"');
      }
      return at + 1;
    }
    if (c == '\'' || c == '"') {
      quote_ = c;
      is_open_ = true;
      return at + 1;
    }
    if (c == '\\' && at + 1 < line.size()) {
      note(line[at + 1], false);
      return at + 2;
    }
    if (c == ' ' || c == '\t' || c == '\n') {
      end();
      return at + 1;
    }
    constexpr std::string_view operators = ";|&<>()";
    if (operators.find(c) == operators.npos) {
      note(c, true);
      return at + 1;
    }
    end();
    const std::size_t after = std::min(line.find_first_not_of(operators, at), line.size());
    words_.push_back({std::string(line.substr(at, after - at)), true, false});
    return after;
  }

  void note(char c, bool may_expand) {
    word_.text += c;
    word_.is_expanded = word_.is_expanded || (may_expand && (c == '$' || c == '`' || c == '*' || c == '?'));
    is_open_ = true;
  }

  void end() {
    if (is_open_) words_.push_back(std::move(word_));
    word_ = {};
    is_open_ = false;
  }

  std::vector<Word> words_;
  Word word_;
  bool is_open_ = false;
  char quote_ = '\0';
};

void add(std::vector<std::string>& files, const Word& word, std::string_view name) {
  if (!word.is_operator && !word.is_expanded && !name.empty() && name != "/dev/null") files.emplace_back(name);
}

}  // namespace

std::vector<std::string> written_files(std::string_view command) {
  std::vector<std::string> files;
  const std::vector<Word> words = Words(command).take_all();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Word& word = words[i];
    const bool has_next = i + 1 < words.size();
    if (word.is_operator) {
      if ((word.text == ">" || word.text == ">|") && has_next) add(files, words[i + 1], words[i + 1].text);
      continue;
    }
    const std::size_t equals = word.text.find('=');
    const std::string_view option = std::string_view(word.text).substr(0, equals);
    if (std::find(output_options.begin(), output_options.end(), option) == output_options.end()) continue;
    if (equals != std::string::npos) {
      add(files, word, std::string_view(word.text).substr(equals + 1));
    } else if (has_next) {
      add(files, words[i + 1], words[i + 1].text);
    }
  }
  return files;
}

std::string first_program(std::string_view command) {
  const std::vector<Word> words = Words(command).take_all();
  if (words.empty() || words.front().is_operator || words.front().is_expanded) return {};
  constexpr std::string_view not_in_names = "={}[]!#";
  const std::string& first = words.front().text;
  return first.find_first_of(not_in_names) == std::string::npos ? first : std::string();
}

}  // namespace farm
