// A pinned part of pinned holes.
#include <algorithm>
#include <map>

#include "eval_model_holes.h"
#include "fnv.h"

namespace sw::tool {
namespace {

// FNV's high bits say little of short texts.
uint64_t draw_of(size_t line, uint64_t seed) {
  const uint64_t hash = fnv_hash(std::to_string(line), fnv_hash(std::to_string(seed)));
  return (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;
}

}  // namespace

void keep_some(size_t limit, uint64_t seed, std::vector<PinnedHole>& holes) {
  if (limit == 0) return;
  std::map<std::string, std::vector<std::pair<uint64_t, size_t>>> groups;  // by kind and language: (draw, line)
  for (const PinnedHole& hole : holes) {
    groups[hole.kind + " " + hole.language].emplace_back(draw_of(hole.line, seed), hole.line);
  }
  std::vector<size_t> lines;
  for (auto& [name, drawn] : groups) {
    std::sort(drawn.begin(), drawn.end());
    for (size_t i = 0; i < std::min(limit, drawn.size()); ++i) lines.push_back(drawn[i].second);
  }
  std::sort(lines.begin(), lines.end());
  std::erase_if(holes, [&](const PinnedHole& hole) { return !std::binary_search(lines.begin(), lines.end(), hole.line); });
}

}  // namespace sw::tool
