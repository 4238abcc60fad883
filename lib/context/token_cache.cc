#include "context/token_cache.h"

#include <cstring>

namespace sw {

size_t TokenCache::HashOfHash::operator()(const ContentHash& hash) const {
  size_t out;
  std::memcpy(&out, hash.data(), sizeof out);
  return out;
}

Result<SharedIds> TokenCache::encode(const std::string& text) {
  const ContentHash hash = hash_of(text);
  {
    const std::lock_guard lock(mutex_);
    const auto found = by_hash_.find(hash);
    if (found != by_hash_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->ids;
    }
  }
  SW_ASSIGN(auto encoded, tokenizer_->encode_continuation(text));
  auto ids = std::make_shared<const std::vector<TokenId>>(std::move(encoded));
  const std::lock_guard lock(mutex_);
  if (by_hash_.count(hash) > 0) return ids;
  entries_.push_front({hash, ids});
  by_hash_[hash] = entries_.begin();
  n_ids_ += ids->size();
  while (n_ids_ > kIdsMax && entries_.size() > 1) {
    n_ids_ -= entries_.back().ids->size();
    by_hash_.erase(entries_.back().hash);
    entries_.pop_back();
  }
  return ids;
}

}  // namespace sw
