#include "manifest/read_manifest.hpp"

#include "manifest/check_room.hpp"
#include "manifest/check_tokens.hpp"
#include "manifest/open_source.hpp"
#include "manifest/read_graph.hpp"

namespace farm {

Manifest read_manifest(const std::string& path, const std::string& launch_dir, const Supply& supply,
                       OutputNames output_names) {
  Complaints complaints;
  Manifest manifest;
  manifest.source = open_source(path, launch_dir, &complaints, output_names);
  manifest.graph = read_graph(*manifest.source, launch_dir, complaints);
  if (supply.tokens) check_tokens(*manifest.source, *supply.tokens, complaints);
  if (supply.node && !complaints.empty()) check_room(*manifest.source, *supply.node, complaints);
  complaints.raise_if_any(Error::Kind::usage);
  return manifest;
}

}  // namespace farm
