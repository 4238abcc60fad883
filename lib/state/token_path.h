// The tokens that lead to a kept state. Paths share their beginnings, so that many states of a long text cost little more than one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace sw {

// Immutable: tokens after those of `parent`.
struct TokenPath {
  std::shared_ptr<const TokenPath> parent;  // null at the start
  size_t begin = 0;                         // parent's end
  std::vector<int32_t> tokens;

  size_t end() const { return begin + tokens.size(); }
};

// True when the path's tokens are the first ones of `ids`.
bool leads(const TokenPath& path, std::span<const int32_t> ids);

std::vector<int32_t> tokens_of(const TokenPath& path);

// Hashes of all prefixes of a text: hashes()[n] is that of the first n tokens. A filter only: equal hashes are always followed by a
// comparison of tokens.
class PrefixHashes {
 public:
  PrefixHashes() : hashes_(1, 0) {}
  // Now of `ids`, of which the first `common` are as before.
  void assign(std::span<const int32_t> ids, size_t common);
  size_t length() const { return hashes_.size() - 1; }
  uint64_t at(size_t n) const { return hashes_[n]; }

 private:
  std::vector<uint64_t> hashes_;
};

}  // namespace sw
