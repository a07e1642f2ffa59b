#include "base/redact.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "base/quote.hpp"
#include "base/secret_name.hpp"

namespace farm {
namespace {

constexpr std::string_view mark = "***";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_char(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }
bool ends_word(char c) { return is_blank(c) || std::string_view(";|&<>()").find(c) != std::string_view::npos; }

// $NAME, ${NAME} or one of them between double quotes.
bool is_variable(std::string_view value) {
  if (value.size() > 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  if (!value.starts_with('$')) return false;
  value.remove_prefix(1);
  if (value.starts_with('{') && value.ends_with('}')) value = value.substr(1, value.size() - 2);
  const auto fits = [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !value.empty() && is_letter(value.front()) && std::all_of(value.begin(), value.end(), fits);
}

// Goes through the text once, as a shell would look at its quotes, and copies it but for the secrets.
class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  std::string run() {
    while (at_ < text_.size()) {
      if (begins_name() && hide_value()) continue;
      if (text_.substr(at_).starts_with("://") && hide_user()) continue;
      copy();
    }
    return std::move(out_);
  }
  bool has_marks() const { return has_marks_; }
  /// What was taken out, each with a NUL behind it, which no command has.
  const std::string& hidden() const { return hidden_; }

 private:
  char at(std::size_t place) const { return place < text_.size() ? text_[place] : '\0'; }
  std::size_t skip_blanks(std::size_t place) const {
    while (is_blank(at(place)) || (at(place) == '\\' && at(place + 1) == '\n')) ++place;
    return place;
  }
  bool begins_name() const { return is_name_char(at(at_)) && (at_ == 0 || !is_name_char(text_[at_ - 1])); }
  std::size_t end_of_name() const {
    std::size_t end = at_;
    while (is_name_char(at(end))) ++end;
    return end;
  }

  void copy() {
    const char c = text_[at_];
    const bool is_escape = c == '\\' && quote_ != '\'';
    if (quote_ == 0 && (c == '\'' || c == '"')) {
      quote_ = c;
      quote_at_ = at_;
    } else if (c == quote_) {
      quote_ = 0;
    }
    out_ += c;
    ++at_;
    if (is_escape && at_ < text_.size() && !is_name_char(at(at_))) out_ += text_[at_++];
  }

  // Where the value of the name at at_ begins, if it has one there.
  std::size_t find_value() const {
    const std::size_t end = end_of_name();
    if (at(end) == '=') return end + 1;
    std::size_t after = end;
    if (at(after) == '\\') ++after;
    if (at(after) == '"' || at(after) == '\'') {
      const std::size_t colon = skip_blanks(after + 1);
      if (at(colon) == ':') return skip_blanks(colon + 1);
    }
    if (at(end) == ':' && (is_blank(at(end + 1)) || is_first_in_quotes())) return skip_blanks(end + 1);
    const bool is_option = at(at_) == '-';
    const std::size_t next = skip_blanks(end);
    return is_option && next > end && at(next) != '-' ? next : text_.size();
  }

  bool is_first_in_quotes() const { return quote_ != 0 && at_ == quote_at_ + 1; }
  bool is_header(std::size_t value) const { return quote_ != 0 && value > end_of_name() && at(end_of_name()) == ':'; }

  // Copies what is before the secret, and goes on behind it.
  void hide(std::size_t begin, std::size_t end) {
    out_.append(text_.substr(at_, begin - at_)).append(mark);
    hidden_.append(text_.substr(begin, end - begin)).push_back('\0');
    at_ = end;
  }

  bool hide_value() {
    const std::size_t end = end_of_name();
    if (!is_secret_name(text_.substr(at_, end - at_))) return false;
    std::size_t value = find_value();
    if (value >= text_.size() || (quote_ == 0 && ends_word(at(value)))) return false;
    // A value that begins by ending its quotes goes on in others: all of the word is taken.
    const bool takes_word = quote_ == 0 || is_first_in_quotes() || at(value) == quote_;
    const bool closes = quote_ != 0 && (takes_word || is_header(value));
    if (!takes_word && !closes) value += own_quote(value).size();
    const std::size_t value_end = takes_word || closes ? end_of_word(value) : end_inside(value);
    const std::string_view secret = text_.substr(value, value_end - value);
    const bool is_literal = quote_ == '\'' && is_first_in_quotes();
    if (secret.empty() || (is_variable(secret) && !is_literal)) return false;
    has_marks_ = has_marks_ || secret.starts_with(mark);
    hide(value, value_end);
    if (closes) out_ += quote_;
    if (closes) quote_ = 0;
    return true;
  }

  // Of a word of the shell, some of which may be between quotes.
  std::size_t end_of_word(std::size_t place) const {
    char quote = quote_;
    std::size_t depth = 0;  // of $( )
    for (; place < text_.size(); ++place) {
      const char c = text_[place];
      if (c == '\\' && quote != '\'') {
        ++place;
      } else if (quote != 0) {
        if (c == quote) quote = 0;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '(' && (depth > 0 || at(place - 1) == '$')) {
        ++depth;
      } else if (c == ')' && depth > 0) {
        --depth;
      } else if (depth == 0 && ends_word(c)) {
        break;
      }
    }
    return std::min(place, text_.size());
  }

  // What is within a word that is between quotes, a command for another shell or JSON, may have quotes of its own.
  std::string_view own_quote(std::size_t place) const {
    const std::string_view quote = text_.substr(place, at(place) == '\\' ? 2 : 1);
    return quote.ends_with('"') || quote.ends_with('\'') ? quote : std::string_view();
  }

  // A backslash before it, as JSON has it, is of the value.
  std::size_t end_of_own(std::string_view quote, std::size_t place) const {
    while (place < text_.size() && !text_.substr(place).starts_with(quote)) place += text_[place] == '\\' ? 2U : 1U;
    return std::min(place, text_.size());
  }

  std::size_t end_inside(std::size_t place) const {
    for (const std::size_t size : {2U, 1U}) {
      if (place < size || own_quote(place - size).size() != size) continue;
      return end_of_own(own_quote(place - size), place);
    }
    while (place < text_.size() && text_[place] != quote_ && !ends_word(text_[place]) && text_[place] != '}') ++place;
    return place;
  }

  // user:S@host, and of a web address also S@host.
  bool hide_user() {
    const std::size_t begin = at_ + 3;
    const std::size_t end = text_.find_first_of("@/ \t\n'\"", begin);
    if (end == std::string_view::npos || text_[end] != '@') return false;
    const std::string_view before = text_.substr(0, at_);
    const std::size_t colon = text_.substr(0, end).find(':', begin);
    if (colon == std::string_view::npos && !before.ends_with("http") && !before.ends_with("https")) return false;
    const std::size_t secret = colon == std::string_view::npos ? begin : colon + 1;
    if (secret == end || is_variable(text_.substr(secret, end - secret))) return false;
    has_marks_ = has_marks_ || text_.substr(secret, end - secret) == mark;
    hide(secret, end);
    return true;
  }

  std::string_view text_;
  std::string out_;
  std::string hidden_;
  std::size_t at_ = 0;
  char quote_ = 0;            // what at_ is between
  std::size_t quote_at_ = 0;  // where that began
  bool has_marks_ = false;
};

// Shorter ones are in commands by chance.
constexpr std::size_t shortest_telling = 4;

// Each as it is, and as it stands in a command.
std::vector<std::string> spellings(const std::vector<std::string>& values) {
  std::vector<std::string> all = values;
  for (const std::string& value : values) all.push_back(quote_value(value));
  return all;
}

std::unordered_set<std::string> found_in(std::string_view text, const std::vector<std::string>& values) {
  std::vector<std::string> found = TextFinder(spellings(values)).all_in(text);
  return {std::make_move_iterator(found.begin()), std::make_move_iterator(found.end())};
}

bool has(const std::unordered_set<std::string>& texts, const std::string& value) {
  return !value.empty() && (texts.contains(value) || texts.contains(quote_value(value)));
}

}  // namespace

std::string redact(std::string_view text) { return Scan(text).run(); }

std::string redact_lines(std::string_view text) {
  std::string lines;
  for (std::size_t last = 0;;) {
    const std::string_view line = text.substr(0, text.find('\n'));
    // Where the line above is quoted from may have said what this part of it is.
    const bool is_caret = line.starts_with(' ') && line.find_first_not_of(' ') == line.size() - 1 && line.back() == '^';
    if (is_caret) {
      lines.erase(last);
    } else {
      last = lines.size();
      lines.append(1, '\n').append(redact(line));
    }
    if (line.size() == text.size()) return lines.empty() ? lines : lines.substr(1);
    text.remove_prefix(line.size() + 1);
  }
}

bool is_redacted(std::string_view text) {
  Scan scan(text);
  scan.run();
  return scan.has_marks();
}

Redactor::Redactor(std::string_view command, const std::vector<std::string>& values) {
  Scan scan(command);
  command_ = scan.run();
  // As most commands are. Those with many values are long, too.
  if (scan.hidden().empty()) return;
  const auto hidden = found_in(scan.hidden(), values);
  std::vector<std::string> short_ones;
  for (const std::string& value : values) {
    if (has(hidden, value)) (value.size() < shortest_telling ? short_ones : secrets_).push_back(value);
  }
  command_ = TextFinder(spellings(secrets_)).replace(command_, mark);
  const auto shown = found_in(command_, short_ones);
  for (std::string& value : short_ones) {
    if (!has(shown, value)) secrets_.push_back(std::move(value));
  }
  finder_ = TextFinder(spellings(secrets_));
}

std::string Redactor::hide(std::string_view text) const { return finder_.replace(redact(text), mark); }

std::string Redactor::hide_values(std::string_view text,
                                  const std::function<std::string(std::string_view)>& spelling) const {
  std::vector<std::string> spelled;
  for (const std::string& secret : secrets_) spelled.push_back(spelling(secret));
  return TextFinder(std::move(spelled)).replace(text, mark);
}

}  // namespace farm
