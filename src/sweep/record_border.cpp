#include "sweep/record_border.hpp"

#include <cstring>

namespace farm {
namespace {

std::string end_of_record(const PipeOptions& options) {
  if (options.lines > 0) return "\n";
  return options.recend.value_or(options.recstart ? "" : "\n");
}

std::string start_of_record(const PipeOptions& options) {
  return options.lines > 0 ? "" : options.recstart.value_or("");
}

std::optional<std::size_t> found(std::size_t at) {
  return at == std::string_view::npos ? std::nullopt : std::optional(at);
}

}  // namespace

RecordBorder::RecordBorder(const PipeOptions& options)
    : mark_(end_of_record(options) + start_of_record(options)), before_(end_of_record(options).size()) {}

std::optional<std::size_t> RecordBorder::first(std::string_view text) const { return found(text.find(mark_)); }

// By memrchr: what rfind does byte by byte takes ten times as long in a text without the mark.
std::optional<std::size_t> RecordBorder::last(std::string_view text) const {
  while (text.size() >= mark_.size()) {
    const void* const end = ::memrchr(text.data(), mark_.back(), text.size());
    if (end == nullptr) return std::nullopt;
    text = text.substr(0, static_cast<std::size_t>(static_cast<const char*>(end) - text.data()) + 1);
    if (text.ends_with(mark_)) return text.size() - mark_.size();
    text.remove_suffix(1);
  }
  return std::nullopt;
}

}  // namespace farm
