#include "pool/failure.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <typeinfo>

#include "base/units.hpp"
#include "farm/pack.hpp"

namespace farm {
namespace {

std::string type_name(const std::type_info* type) {
  if (type == nullptr) return "unknown";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                         &std::free);
  return status == 0 && name ? name.get() : type->name();
}

}  // namespace

std::string too_large(std::string_view what, std::size_t bytes, std::size_t limit) {
  return std::string(what) + " has " + format_bytes(bytes) + " in small parts, such as strings, and a message takes " +
         format_bytes(limit) + " of them: make several of it, or one large array of plain values, which may be longer";
}

TaskFailure failure_of(const std::exception_ptr& problem) {
  TaskFailure failure;
  try {
    std::rethrow_exception(problem);
  } catch (const TaskError& error) {  // of a task it has waited for
    failure = error.failure();
  } catch (const std::exception& error) {
    failure.type = type_name(abi::__cxa_current_exception_type());
    failure.text = error.what();
  } catch (...) {
    failure.type = type_name(abi::__cxa_current_exception_type());
  }
  return failure;
}

Packed pack_failure(const TaskFailure& failure) {
  Packed bytes;
  Packer to(bytes);
  pack(to, failure.kind);
  pack(to, failure.type);
  pack(to, failure.text);
  return bytes;
}

TaskFailure unpack_failure(Unpacker& from) {
  TaskFailure failure;
  failure.kind = unpack<TaskFailure::Kind>(from);
  failure.type = unpack<std::string>(from);
  failure.text = unpack<std::string>(from);
  return failure;
}

std::string TaskError::describe(const TaskFailure& failure) {
  std::string text = failure.function + " (task " + std::to_string(failure.task);
  if (failure.element > 0) text += ", element " + std::to_string(failure.element);
  if (value(failure.rank) >= 0) text += " on rank " + std::to_string(value(failure.rank));
  text += ") ";
  switch (failure.kind) {
    case TaskFailure::Kind::threw:
      return text + "threw " + failure.type + (failure.text.empty() ? "" : ": " + failure.text);
    case TaskFailure::Kind::cancelled:
      return text + "was cancelled" + (failure.text.empty() ? "" : ": " + failure.text);
    case TaskFailure::Kind::late:
      return text + "was not there in time";
    case TaskFailure::Kind::lost:
      return text + "was given up: " + failure.text;
  }
  return text;
}

}  // namespace farm
