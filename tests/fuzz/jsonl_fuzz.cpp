#include "line_reading.hpp"
#include "manifest/lines_file.hpp"
#include "manifest/lines_stream.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return farm::check_line_reading<farm::JsonLinesFile, farm::JsonLinesStream>(data, size);
}
