// The number of a layer in the name of a tensor.
#pragma once

#include <charconv>
#include <string_view>
#include <system_error>

namespace sw {

// The layer of a tensor: that of "blk.7.ssm_a" with the prefix "blk." is 7. -1 for a name of none.
inline int layer_of(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return -1;
  name.remove_prefix(prefix.size());
  int layer = -1;
  const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), layer);
  return failed == std::errc() && end != name.data() + name.size() && *end == '.' ? layer : -1;
}

}  // namespace sw
