#include "manifest/read_manifest.hpp"

#include "manifest/check_tokens.hpp"
#include "manifest/open_source.hpp"
#include "manifest/read_graph.hpp"

namespace farm {

Manifest read_manifest(const std::string& path, const std::string& launch_dir,
                       const std::optional<std::map<std::string, std::uint32_t>>& tokens) {
  Complaints complaints;
  Manifest manifest;
  manifest.source = open_source(path, launch_dir, &complaints);
  manifest.graph = read_graph(*manifest.source, launch_dir, complaints);
  if (tokens) check_tokens(*manifest.source, *tokens, complaints);
  complaints.raise_if_any(Error::Kind::usage);
  return manifest;
}

}  // namespace farm
