// What a process knows of the files in a store's folder: their headers, by the tokens that led to the states.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/control.h"
#include "state/store_file.h"
#include "state/store_folder.h"

namespace sw {

struct StoreEntry {
  uint64_t length = 0;  // tokens
  uint64_t bytes = 0;   // of the file
  StoreKey key;
};

// Not thread-safe; DiskStore's lock guards it.
class StoreIndex {
 public:
  struct Found {
    std::optional<StoreEntry> entry;
    MissReason reason = MissReason::none;  // why there is no entry
  };
  struct Totals {
    uint64_t files = 0;
    uint64_t bytes = 0;
  };

  // Lists the folder if it changed, or may have, and reads the headers of new files. Gives those that were turned away.
  Result<std::vector<std::pair<StoreKey, Verdict>>> refresh(const StoreFolder& folder);
  // Lists at the next refresh() whatever the folder's time says.
  void stale() { seen_at_.reset(); }

  // `expected` is of store_header(). The entry of the most tokens among those that are a prefix of `tokens`.
  Found find(const StoreHeader& expected, std::span<const int32_t> tokens, uint64_t longer_than);

  // Does not give this file again. One that was removed is remembered until a find() has told why it missed; one that the system
  // or memory failed is tried again after a while.
  void reject(const StoreKey& key, MissReason reason, bool removed);
  // Forgets a file that is gone.
  void drop(const StoreKey& key);

  Totals good() const { return {files_.size(), good_bytes_}; }
  Totals foreign() const;

 private:
  struct Known {
    StoreHeader header;
    uint64_t inode;
  };
  struct Rejected {
    MissReason reason;
    uint64_t inode;
    bool removed;
    Clock::time_point again;  // when the file may be tried again
  };
  struct Hash {
    size_t operator()(const StoreKey& key) const { return static_cast<size_t>(key.low); }  // hashes already
  };
  using Tokens = std::tuple<uint64_t, uint64_t, uint64_t>;  // how many, and their hash

  static Tokens tokens_of(const StoreHeader& header) { return {header.n_tokens, header.tokens_high, header.tokens_low}; }
  bool is_known(const StoreName& name) const;
  Verdict read(const StoreFolder& folder, const StoreName& name);
  MissReason why_rejected(const StoreHeader& expected, std::span<const int32_t> tokens, uint64_t longer_than);

  std::unordered_map<StoreKey, Known, Hash> files_;
  std::map<Tokens, std::vector<StoreKey>> by_tokens_;
  std::unordered_map<StoreKey, Rejected, Hash> rejected_;
  std::set<uint32_t> versions_{kStoreVersion};  // of the formats that were met: they are part of the names
  uint64_t good_bytes_ = 0;
  std::optional<std::chrono::nanoseconds> seen_at_;  // the folder's time when it was listed
};

}  // namespace sw
