#include "sweep/path_part.hpp"

namespace farm {
namespace {

using std::string_view;

string_view base(string_view value) { return value.substr(value.rfind('/') + 1); }

// Cut off at the last dot, unless a slash follows it.
string_view without_extension(string_view value) {
  const std::size_t dot = value.rfind('.');
  const bool is_extension = dot != value.npos && value.find('/', dot) == value.npos;
  return is_extension ? value.substr(0, dot) : value;
}

// Where the last `count` extensions begin, at the dot; npos when there are not that many.
std::size_t begin_of_extensions(string_view value, int count) {
  string_view rest = value;
  for (; count > 0; --count) {
    const string_view shorter = without_extension(rest);
    if (shorter.size() == rest.size()) return value.npos;
    rest = shorter;
  }
  return rest.size();
}

// All of them or none.
string_view without_extensions(string_view value, int count) {
  return value.substr(0, begin_of_extensions(value, count));
}

string_view last_extensions(string_view value, int count) {
  const std::size_t dot = begin_of_extensions(value, count);
  return dot == value.npos ? string_view() : value.substr(dot + 1);
}

string_view after_last_dot(string_view value) {
  const std::size_t dot = value.rfind('.');
  return dot == value.npos ? string_view() : value.substr(dot + 1);
}

string_view without_trailing_slashes(string_view path) {
  const std::size_t last = path.find_last_not_of('/');
  return last == path.npos ? path.substr(0, 1) : path.substr(0, last + 1);
}

// As dirname(1) has it.
string_view directory(string_view value) {
  value = without_trailing_slashes(value);
  const std::size_t slash = value.rfind('/');
  return slash == value.npos ? "." : without_trailing_slashes(value.substr(0, slash + 1));
}

string_view own_directory(string_view value) {
  const std::size_t slash = value.rfind('/');
  return slash == value.npos ? string_view() : value.substr(0, slash);
}

}  // namespace

string_view path_part(PathPart part, string_view value) {
  switch (part) {
    case PathPart::whole:
      return value;
    case PathPart::no_extension:
      return without_extension(value);
    case PathPart::base:
      return base(value);
    case PathPart::directory:
      return directory(value);
    case PathPart::base_no_extension:
      return without_extension(base(value));
    case PathPart::no_2_extensions:
      return without_extensions(value, 2);
    case PathPart::no_3_extensions:
      return without_extensions(value, 3);
    case PathPart::base_no_2_extensions:
      return without_extensions(base(value), 2);
    case PathPart::base_no_3_extensions:
      return without_extensions(base(value), 3);
    case PathPart::own_directory:
      return own_directory(value);
    case PathPart::extension:
      return after_last_dot(value);
    case PathPart::last_2_extensions:
      return last_extensions(value, 2);
    case PathPart::last_3_extensions:
      return last_extensions(value, 3);
  }
  return value;
}

}  // namespace farm
