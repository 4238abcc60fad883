// A hash for names and draws, not against anybody.
#pragma once

#include <cstdint>
#include <string_view>

namespace sw::tool {

// FNV-1a, 64 bits (Fowler, Noll & Vo); goes on from `hash`.
inline uint64_t fnv_hash(std::string_view bytes, uint64_t hash = 0xcbf29ce484222325u) {
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

}  // namespace sw::tool
