/// What is written of a parameter's values, as Values: lists, ranges, spaces, samples, columns of files. Knows nothing
/// of how parameters are combined.
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

#include "base/fingerprint.hpp"
#include "manifest/node.hpp"
#include "manifest/value_table.hpp"
#include "sweep/random.hpp"
#include "sweep/values.hpp"

namespace farm {

/// What is wrong with one parameter or one text; the rest of the sweep can still be looked at.
class WrongNode : public std::runtime_error {
 public:
  WrongNode(const Place& place, const std::string& message) : std::runtime_error(message), place_(place) {}
  const Place& place() const noexcept { return place_; }

 private:
  Place place_;
};

/// Where files with values are looked for, and what is fed with what is read from them.
struct ValueFiles {
  std::string directory;
  Fingerprinter* digest = nullptr;
};

/// Throws WrongNode or TableError.
ValueTable load_table(const Node& file, const ValueFiles& files);

/// The values of a parameter, by whose name a sample is drawn. Throws WrongNode, ValueError or TableError.
Values read_values(const NodeMember& parameter, const ValueFiles& files);

/// `{ uniform = [a, b] }` and its kin. Throws WrongNode or ValueError.
Distribution read_distribution(const Node& node);

/// The members of `node` that samples have. Throws WrongNode.
std::uint64_t read_sample_size(const Node& node);
std::uint64_t read_seed(const Node& node);

/// Throws WrongNode.
const Node& required_member(const Node& node, std::string_view key);
void expect_keys(const Node& node, const std::vector<std::string>& known);
void expect_items(const Node& node, std::size_t least, std::size_t most, std::string_view form);

}  // namespace farm
