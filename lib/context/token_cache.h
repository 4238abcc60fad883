// The ids of pieces of text, remembered by their contents.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "context/file_record.h"
#include "tokenizer/tokenizer.h"

namespace sw {

using SharedIds = std::shared_ptr<const std::vector<TokenId>>;

// Safe from many threads. Keeps up to kIdsMax ids, the least recently used go first; those that are in use elsewhere live on there.
class TokenCache {
 public:
  explicit TokenCache(std::shared_ptr<const Tokenizer> tokenizer) : tokenizer_(std::move(tokenizer)) {}

  // As a continuation, without a dummy prefix.
  Result<SharedIds> encode(const std::string& text);
  const Tokenizer& tokenizer() const { return *tokenizer_; }

  static constexpr size_t kIdsMax = size_t{4} << 20;  // 16 MiB

 private:
  struct Entry {
    ContentHash hash;
    SharedIds ids;
  };
  struct HashOfHash {
    size_t operator()(const ContentHash& hash) const;
  };

  const std::shared_ptr<const Tokenizer> tokenizer_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // the most recently used first
  std::unordered_map<ContentHash, std::list<Entry>::iterator, HashOfHash> by_hash_;
  size_t n_ids_ = 0;
};

}  // namespace sw
