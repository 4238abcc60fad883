// Ignore files and paths, any bytes: matching ends, and says the same when it is asked again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "context/ignore_rules.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t split = std::min(input.find('\xff'), input.size());
  const std::string_view file = input.substr(0, split);
  const std::string_view path = input.substr(std::min(split + 1, input.size())).substr(0, 4096);
  auto above = std::make_shared<sw::IgnoreRules>(nullptr, "");
  above->add(file);
  const sw::IgnoreRules below(above, "a");
  if (path.empty()) return 0;
  const bool ignored = above->ignored(path, false);
  if (above->ignored(path, false) != ignored) std::abort();
  // A folder without rules of its own says what the one above says.
  const std::string inside = "a/" + std::string(path);
  if (below.ignored(inside, true) != above->ignored(inside, true)) std::abort();
  return 0;
}
