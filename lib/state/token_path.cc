#include "state/token_path.h"

#include <algorithm>

namespace sw {
namespace {

uint64_t mix(uint64_t hash, int32_t token) {
  hash = (hash ^ (static_cast<uint32_t>(token) + 0x9e3779b97f4a7c15u)) * 0xff51afd7ed558ccdu;
  return hash ^ hash >> 32;
}

}  // namespace

bool leads(const TokenPath& path, std::span<const int32_t> ids) {
  if (path.end() > ids.size()) return false;
  for (const TokenPath* part = &path; part != nullptr; part = part->parent.get()) {
    if (!std::equal(part->tokens.begin(), part->tokens.end(), ids.begin() + static_cast<ptrdiff_t>(part->begin))) return false;
  }
  return true;
}

std::vector<int32_t> tokens_of(const TokenPath& path) {
  std::vector<int32_t> tokens(path.end());
  for (const TokenPath* part = &path; part != nullptr; part = part->parent.get()) {
    std::copy(part->tokens.begin(), part->tokens.end(), tokens.begin() + static_cast<ptrdiff_t>(part->begin));
  }
  return tokens;
}

void PrefixHashes::assign(std::span<const int32_t> ids, size_t common) {
  hashes_.resize(ids.size() + 1);
  for (size_t i = common; i < ids.size(); ++i) hashes_[i + 1] = mix(hashes_[i], ids[i]);
}

}  // namespace sw
