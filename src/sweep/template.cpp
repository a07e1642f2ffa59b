#include "sweep/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "base/quote.hpp"
#include "base/text.hpp"
#include "expression/late.hpp"
#include "farm/error.hpp"

namespace farm {
namespace {

using What = Placeholder::What;

constexpr std::string_view blanks = " \t\n";

// Stands for all values of a job, so that its word is worth repeating.
bool means_all(const Placeholder& placeholder) {
  const bool is_of_values = placeholder.what == What::value || placeholder.what == What::computed;
  return is_of_values && placeholder.position == 0;
}

bool begins_with_placeholder(std::string_view text, const Placeholders& placeholders) {
  const std::size_t end = std::min(text.find_first_of(" \t\n="), text.size());
  for (std::size_t at = 0; at < end || (at == 0 && !text.empty()); ++at) {
    if (placeholders.find(text, at)) return true;
  }
  return false;
}

// How many of the first values decide what a piece becomes.
std::size_t values_needed(const std::variant<std::string, Placeholder>& piece) {
  const auto* placeholder = std::get_if<Placeholder>(&piece);
  if (placeholder == nullptr) return 0;
  const bool is_of_one_value = placeholder->what == What::value && placeholder->position > 0;
  return is_of_one_value ? static_cast<std::size_t>(placeholder->position) : SIZE_MAX;
}

}  // namespace

// Fills in one template for one job.
class Template::Renderer {
 public:
  Renderer(const Template& form, const SweepJob& job, std::string& out)
      : form_(form.form_), columns_(form.columns_), job_(job), out_(out) {}

  void render(const std::vector<Word>& words) {
    if (form_.quote_words) std::swap(out_, quoted_);
    for (const Word& word : words) add(word);
    if (!form_.quote_words) return;
    end_quoted_word();
    std::swap(out_, quoted_);
  }
  void add(const Piece& piece) { add(piece, job_.values); }
  bool is_skipped() const { return is_skipped_; }

 private:
  void add(const Word& word) {
    if (form_.quote_words && word.begins_argument) {
      next_quoted_word();
    } else {
      out_ += word.gap;
    }
    if (!word.repeats || job_.values.empty()) return add_pieces(word, job_.values);
    for (std::size_t i = 0; i < job_.values.size(); ++i) {
      if (i > 0) separate_values();
      add_pieces(word, job_.values.subspan(i, 1));
    }
  }

  // With `-q` a word is collected in out_ and quoted when it is complete; several values in it make it several words.
  void separate_values() {
    if (form_.quote_words) {
      next_quoted_word();
    } else {
      out_ += ' ';
    }
  }

  void next_quoted_word() {
    if (has_word_) end_quoted_word();
    if (has_word_) quoted_ += ' ';
    has_word_ = true;
  }

  void end_quoted_word() {
    append_quoted(quoted_, out_);
    out_.clear();
  }

  // `all`: the values that a replacement string for all of them stands for.
  void add_pieces(const Word& word, std::span<const std::string_view> all) {
    for (const Piece& piece : word.pieces) add(piece, all);
  }

  void add(const Piece& piece, std::span<const std::string_view> all) {
    if (const auto* text = std::get_if<std::string>(&piece)) {
      out_ += *text;
    } else {
      add(std::get<Placeholder>(piece), all);
    }
  }

  void add(const Placeholder& placeholder, std::span<const std::string_view> all) {
    switch (placeholder.what) {
      case What::sequence:
        return add_number(job_.sequence, placeholder.padded);
      case What::total:
        return add_number(job_.total.value_or(0), false);
      case What::slot:
        out_ += late("slot()");
        return;
      case What::value:
      case What::computed:
        return add_values(placeholder, all);
    }
  }

  void add_number(std::uint64_t number, bool padded) {
    const std::size_t width = padded ? std::to_string(job_.total.value_or(0)).size() : 0;
    fmt::format_to(std::back_inserter(out_), "{:0{}}", number, width);
  }

  void add_values(const Placeholder& placeholder, std::span<const std::string_view> all) {
    is_skipped_ = is_skipped_ || !are_as(placeholder.wants);
    if (placeholder.position != 0) {
      if (const auto* value = chosen(placeholder.position)) add_value(placeholder, *value);
      return;
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i > 0) separate_values();
      add_value(placeholder, all[i]);
    }
  }

  bool are_as(Placeholder::Wants wanted) const {
    const auto& values = job_.values;
    switch (wanted) {
      case Placeholder::Wants::any:
        return true;
      case Placeholder::Wants::rising:
        return std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
      case Placeholder::Wants::different:
        return std::set<std::string_view>(values.begin(), values.end()).size() == values.size();
    }
    return true;
  }

  // nullptr for a column that this job does not have.
  const std::string_view* chosen(int position) const {
    const auto count = static_cast<int>(job_.values.size());
    const int index = position > 0 ? position - 1 : count + position;
    return index >= 0 && index < count ? &job_.values[static_cast<std::size_t>(index)] : nullptr;
  }

  void add_value(const Placeholder& placeholder, std::string_view value) {
    if (placeholder.what == What::computed) return add_computed(*placeholder.expression, value);
    add_text(path_part(placeholder.part, job_.blank_values ? std::string_view() : value), true);
  }

  void add_text(std::string_view text, bool may_quote) {
    if (form_.quote_values && may_quote && !job_.blank_values) {
      append_quoted(out_, text);
    } else {
      out_ += text;
    }
  }

  void add_computed(const Expression& expression, std::string_view value) {
    ExpressionContext context;
    context.value = job_.blank_values ? std::string_view() : value;
    context.arguments = job_.values;
    context.sequence = job_.sequence;
    context.total = job_.total;
    context.lookup = [this](std::string_view name) { return find_column(name); };
    try {
      if (expression.uses_slot()) {
        out_ += late(expression.freeze(context, form_.quote_values));
        return;
      }
      const ExpressionResult result = expression.evaluate(context);
      is_skipped_ = is_skipped_ || result.skip;
      add_text(result.value, result.quote);
    } catch (const ExpressionError& error) {
      fail_fatal(fmt::format("task {}: an expression has no value for {}: {}", job_.sequence,
                             shell_quote(printable(value)), error.what()));
    }
  }

  std::optional<std::string_view> find_column(std::string_view name) const {
    const auto found = std::find(columns_.begin(), columns_.end(), name);
    const auto* value = found == columns_.end() ? nullptr : chosen(static_cast<int>(found - columns_.begin()) + 1);
    return value == nullptr ? std::nullopt : std::optional(*value);
  }

  const Form& form_;
  const std::vector<std::string>& columns_;
  const SweepJob& job_;
  std::string& out_;
  std::string quoted_;  // the words before the one in out_
  bool has_word_ = false;
  bool is_skipped_ = false;
};

Template::Template(const std::vector<std::string>& words, const Placeholders& placeholders, Form form)
    : form_(form), columns_(placeholders.columns()) {
  if (form_.quote_words) {
    form_.quote_values = false;
    for (const std::string& word : words) add_words(parse(word, placeholders));
  } else {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) text.append(i > 0 ? " " : "").append(words[i]);
    if (form_.is_command && begins_with_placeholder(text, placeholders)) form_.quote_values = false;
    add_words(parse(text, placeholders));
  }
  if (form_.append_values && !has_placeholders_) append_values();
}

bool Template::render(const SweepJob& job, std::string& out) const {
  Renderer renderer(*this, job, out);
  renderer.render(words_);
  return !renderer.is_skipped();
}

bool Template::render_next(const SweepJob& job, Memory& memory) const {
  const bool is_one_piece_after_the_other = words_.size() == 1 && !words_.front().repeats && !form_.quote_words;
  if (!is_one_piece_after_the_other) {
    memory.text.clear();
    return render(job, memory.text);
  }
  const std::vector<Piece>& pieces = words_.front().pieces;
  const auto is_changed = [&](const Piece& piece) { return values_needed(piece) > job.unchanged; };
  const auto first = memory.begins.empty() ? pieces.begin() : std::find_if(pieces.begin(), pieces.end(), is_changed);
  const auto kept = static_cast<std::size_t>(first - pieces.begin());
  memory.begins.resize(pieces.size());
  if (first == pieces.end()) return true;
  memory.text.resize(kept == 0 ? 0 : memory.begins[kept]);
  Renderer renderer(*this, job, memory.text);
  for (std::size_t i = kept; i < pieces.size(); ++i) {
    memory.begins[i] = memory.text.size();
    renderer.add(pieces[i]);
  }
  return !renderer.is_skipped();
}

std::string Template::beginning() const {
  std::string text;
  for (const Word& word : words_) {
    text += word.gap;
    for (const Piece& piece : word.pieces) {
      const auto* literal = std::get_if<std::string>(&piece);
      if (literal == nullptr) return text;
      text += *literal;
    }
  }
  return text;
}

std::vector<Template::Piece> Template::parse(std::string_view text, const Placeholders& placeholders) {
  std::vector<Piece> pieces;
  std::string literal;
  for (std::size_t at = 0; at < text.size();) {
    auto found = placeholders.find(text, at);
    if (!found) {
      literal += text[at++];
      continue;
    }
    at += found->length;
    if (!literal.empty()) pieces.emplace_back(std::exchange(literal, {}));
    const Placeholder& placeholder = found->placeholder;
    has_placeholders_ = true;
    uses_total_ = uses_total_ || placeholder.what == What::total ||
                  (placeholder.what == What::sequence && placeholder.padded) ||
                  (placeholder.expression && placeholder.expression->uses_total());
    pieces.emplace_back(placeholder);
  }
  if (!literal.empty()) pieces.emplace_back(std::move(literal));
  return pieces;
}

// An argument of the command, or all of it. It need not be cut into words unless some are to be repeated.
void Template::add_words(std::vector<Piece> pieces) {
  words_.emplace_back();
  words_.back().begins_argument = true;
  if (!form_.repeat_words) {
    words_.back().pieces = std::move(pieces);
    return;
  }
  for (Piece& piece : pieces) {
    if (auto* placeholder = std::get_if<Placeholder>(&piece)) {
      words_.back().repeats = words_.back().repeats || means_all(*placeholder);
      words_.back().pieces.push_back(std::move(piece));
      continue;
    }
    for (std::string_view text = std::get<std::string>(piece); !text.empty();) {
      const std::size_t word = std::min(text.find_first_not_of(blanks), text.size());
      if (word > 0) words_.push_back({.gap = std::string(text.substr(0, word))});
      text.remove_prefix(word);
      const std::size_t end = std::min(text.find_first_of(blanks), text.size());
      if (end > 0) words_.back().pieces.emplace_back(std::string(text.substr(0, end)));
      text.remove_prefix(end);
    }
  }
}

// As a word of its own, unless there is no other: then each value is a command.
void Template::append_values() {
  const bool is_alone = words_.empty() || (words_.size() == 1 && words_.front().pieces.empty());
  if (is_alone) {
    words_.clear();
    form_.quote_values = false;
  }
  words_.push_back(
      {.gap = is_alone ? "" : " ", .pieces = {Placeholder{}}, .repeats = form_.repeat_words, .begins_argument = true});
  has_placeholders_ = true;
}

}  // namespace farm
