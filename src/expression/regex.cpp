#include "expression/regex.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <array>

namespace farm {
namespace {

// What a pattern written by hand needs on a value of a hundred kilobytes is far below these; what is above them would
// not end today. Each step of the first costs some nanoseconds, each of the last is in KiB.
constexpr std::uint32_t most_steps = 5'000'000;
constexpr std::uint32_t most_memory = 32 * 1024;

constexpr const char* does_too_much = "this pattern does too much for one value; let the command do it";

// What a search takes besides passing over bytes: for itself, for each of its groups and for each item of the pattern.
constexpr std::size_t search = 100;
constexpr std::size_t group = 16;
constexpr std::size_t step = 4;

/// What is left, and up to where the search has come.
struct Count {
  std::size_t* left;
  std::size_t at;
};

void take(std::size_t& left, std::size_t steps) {
  if (steps > left) throw RegexError(does_too_much, 0);
  left -= steps;
}

// The library's own limits are for each place where a match could begin, and know nothing of how far a step goes. This
// is called before each item of a pattern.
int count_step(pcre2_callout_block* block, void* data) {
  auto& count = *static_cast<Count*>(data);
  const std::size_t at = block->current_position;
  const std::size_t steps = step + (at > count.at ? at - count.at : 0);
  count.at = at;
  if (steps > *count.left) return PCRE2_ERROR_CALLOUT;
  *count.left -= steps;
  return 0;
}

struct Contexts {
  Contexts() {
    pcre2_set_newline(compile.get(), PCRE2_NEWLINE_LF);
    pcre2_set_match_limit(match.get(), most_steps);
    pcre2_set_heap_limit(match.get(), most_memory);
  }
  std::unique_ptr<pcre2_compile_context, void (*)(pcre2_compile_context*)> compile{
      pcre2_compile_context_create(nullptr), pcre2_compile_context_free};
  std::unique_ptr<pcre2_match_context, void (*)(pcre2_match_context*)> match{pcre2_match_context_create(nullptr),
                                                                             pcre2_match_context_free};
};

Contexts& contexts() {
  static thread_local Contexts both;
  return both;
}

std::string message_of(int code) {
  std::array<unsigned char, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

std::uint32_t flags_of(const RegexOptions& options) {
  // A value is bytes: no pattern may ask for anything else.
  std::uint32_t flags = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
  if (options.ignore_case) flags |= PCRE2_CASELESS;
  if (options.multi_line) flags |= PCRE2_MULTILINE;
  if (options.dot_all) flags |= PCRE2_DOTALL;
  if (options.extended) flags |= PCRE2_EXTENDED;
  if (options.counted) flags |= PCRE2_AUTO_CALLOUT;
  return flags;
}

const unsigned char* bytes(std::string_view text) {
  // The library wants an address also for no bytes at all.
  return reinterpret_cast<const unsigned char*>(text.data() == nullptr ? "" : text.data());
}

}  // namespace

std::string_view RegexMatch::operator[](std::size_t group) const {
  if (!has(group)) return {};
  const auto [begin, end] = ranges_[group];
  return subject_.substr(begin, end - begin);
}

void Regex::Free::operator()(void* code) const { pcre2_code_free(static_cast<pcre2_code*>(code)); }
void Regex::FreeMatch::operator()(void* data) const { pcre2_match_data_free(static_cast<pcre2_match_data*>(data)); }

Regex::Regex(std::string_view pattern, RegexOptions options) {
  int error = 0;
  std::size_t offset = 0;
  pcre2_code* code =
      pcre2_compile(bytes(pattern), pattern.size(), flags_of(options), &error, &offset, contexts().compile.get());
  if (code == nullptr) throw RegexError(message_of(error), offset);
  code_.reset(code);
  data_.reset(pcre2_match_data_create_from_pattern(code, nullptr));
  std::uint32_t groups = 0;
  pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
  groups_ = groups;
}

std::size_t Regex::compiled_bytes() const {
  std::size_t size = 0;
  pcre2_pattern_info(static_cast<const pcre2_code*>(code_.get()), PCRE2_INFO_SIZE, &size);
  return size;
}

bool Regex::find(std::string_view subject, std::size_t start, bool not_empty_here, RegexMatch& match,
                 std::size_t* left) const {
  if (left != nullptr) take(*left, search + group * groups_);
  Count count{left, start};
  pcre2_set_callout(contexts().match.get(), left == nullptr ? nullptr : count_step, &count);
  auto* data = static_cast<pcre2_match_data*>(data_.get());
  const int found = pcre2_match(static_cast<const pcre2_code*>(code_.get()), bytes(subject), subject.size(), start,
                                not_empty_here ? PCRE2_NOTEMPTY_ATSTART : 0, data, contexts().match.get());
  if (found == PCRE2_ERROR_NOMATCH) return false;
  if (found == PCRE2_ERROR_CALLOUT) throw RegexError(does_too_much, 0);
  if (found < 0) {
    throw RegexError(fmt::format("this pattern gives up on a text of {} bytes: {}", subject.size(), message_of(found)),
                     0);
  }
  const std::size_t* offsets = pcre2_get_ovector_pointer(data);
  match.subject_ = subject;
  match.ranges_.resize(groups_ + 1);
  for (std::size_t i = 0; i <= groups_; ++i) match.ranges_[i] = {offsets[2 * i], offsets[2 * i + 1]};
  // \K inside an assertion can put the start behind the end.
  if (match.ranges_[0].first > match.ranges_[0].second) match.ranges_[0].first = match.ranges_[0].second;
  return true;
}

bool Regex::find(std::string_view subject, std::size_t start, RegexMatch& match, std::size_t* left) const {
  return find(subject, start, false, match, left);
}

std::size_t Regex::each(std::string_view subject, RegexMatch& match, const std::function<bool()>& visit,
                        std::size_t* left) const {
  std::size_t count = 0;
  std::size_t start = 0;
  bool after_empty = false;
  while (start <= subject.size() && find(subject, start, after_empty, match, left)) {
    // \K and lookbehinds must not lead back.
    if (match.end() < start || (count > 0 && match.end() == start && match.begin() < start)) break;
    ++count;
    if (!visit()) break;
    start = match.end();
    after_empty = match.begin() == match.end();
  }
  return count;
}

std::vector<std::string_view> Regex::split(std::string_view subject, std::size_t limit, std::size_t* left) const {
  std::vector<std::string_view> fields;
  if (subject.empty()) return fields;
  std::size_t begin = 0;
  std::size_t count = 1;
  RegexMatch match;
  const auto separate = [&] {
    if (limit != 0 && count >= limit) return false;
    const bool is_empty = match.begin() == match.end();
    if (match.begin() < begin || (is_empty && (match.begin() == begin || match.end() == subject.size()))) return true;
    fields.push_back(subject.substr(begin, match.begin() - begin));
    ++count;
    for (std::size_t group = 1; group < match.size(); ++group) fields.push_back(match[group]);
    begin = match.end();
    return true;
  };
  each(subject, match, separate, left);
  fields.push_back(subject.substr(begin));
  return fields;
}

}  // namespace farm
