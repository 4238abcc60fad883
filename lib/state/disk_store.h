// Recurrent states in a folder that the processes of one user share. A state is found by the tokens that led to it, and whatever does
// not check out is a miss with a counted reason, never a wrong state.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/control.h"
#include "base/log.h"
#include "state/codec.h"
#include "state/store_file.h"
#include "state/store_folder.h"
#include "state/store_index.h"

namespace sw {

struct DiskStats {
  uint64_t files = 0;  // that this version can read
  uint64_t bytes = 0;
  uint64_t foreign_files = 0;  // of another version, or unreadable; their bytes count towards bytes_max all the same
  uint64_t hits = 0;
  std::array<uint64_t, kMissReasons> misses{};    // of find() and load(), by reason
  std::array<uint64_t, kMissReasons> rejected{};  // files that were turned away, by reason
  uint64_t puts = 0;          // files written
  uint64_t puts_present = 0;  // there already
  uint64_t puts_paused = 0;   // not tried, for others had failed
  uint64_t put_failures = 0;
  uint64_t evicted = 0;
  uint64_t evicted_bytes = 0;
  uint64_t evictions_skipped = 0;  // another process held the lock, or the folder is read-only
  uint64_t leftovers = 0;          // files of dead writers that were removed
  bool paused = false;             // closed for writing after failures_max failures in a row

  uint64_t misses_total() const;
};

struct StoreFileInfo {
  std::string name;
  MissReason reason = MissReason::none;  // why it is no good; then only name, bytes and used_at hold
  uint64_t bytes = 0;
  int64_t used_at = 0;  // seconds since 1970
  uint64_t n_tokens = 0;
  StateCodec codec;
  std::string weights, tokenizer, numerics;  // 32 hex digits; tokenizer may be empty; numerics is a hash
};

struct StoreReport {
  struct Bad {
    std::string name;
    MissReason reason;
    std::string why;
    bool removed;
  };
  uint64_t checked = 0;
  uint64_t bytes = 0;
  uint64_t other_version = 0;  // cannot be judged
  std::vector<Bad> bad;
};

// Thread-safe: any method on any thread at any time; files are read and written outside the lock. Throws nothing but bad_alloc.
class DiskStore {
 public:
  struct Options {
    uint64_t bytes_max = uint64_t{4} << 30;  // of the whole folder, all models together
    StateCodec codec;                        // what put() writes and find() looks for
    bool durable = true;                     // sync each file; without, a power cut can cost the last states, and a checksum tells
    uint32_t failures_max = 3;               // put() failures in a row that close the store for writing for `pause`
    std::chrono::milliseconds pause{60'000};
    Allocator allocator = system_allocator();  // of working memory; what it points to outlives the store
    Log log;                                   // what it points to outlives the store
  };

  // Makes the folder if it is missing and removes what dead writers left. A read-only folder can be read from.
  // Errors: as StoreFolder::open.
  static Result<std::shared_ptr<DiskStore>> open(std::string folder, const Options& options);

  // The stored state of the most tokens that are the first of `tokens`, all of them included, if more than `longer_than`. Goes by names
  // and headers; load() compares the tokens themselves. Nothing is a counted miss. Errors: argument.
  Result<std::optional<StoreEntry>> find(const StoreIdentity& identity, const StateLayout& layout, std::span<const int32_t> tokens,
                                         uint64_t longer_than = 0);

  // Fills `out` with the state after the first entry.length of `tokens`, checked to the last bit; reason `none` is a hit. Otherwise `out` is
  // zero, the miss is counted, and find() does not give the entry again (for a minute, when the system or memory failed), so that a
  // caller can loop over both. A damaged or truncated file is removed.
  // Errors: argument; cancelled and deadline, which are no misses (`out` is zero then, too).
  Result<Verdict> load(const StoreEntry& entry, const StoreIdentity& identity, const StateLayout& layout,
                       std::span<const int32_t> tokens, std::span<float> out, const Control& control);

  // Stores the state after `tokens`; evicts what was used longest ago so that the folder fits, with one state more than that for each
  // further process that writes at the same moment. What is there already is only marked as used.
  // Errors: argument; io (disk full, read-only, ...); no_memory for a state larger than the store; state while the store is closed after
  // failures; cancelled and deadline. Nothing is left of a put that failed.
  Status put(const StoreIdentity& identity, const StateLayout& layout, std::span<const int32_t> tokens, std::span<const float> state,
             const Control& control);

  // Every file, the most recently used first. Reads headers only. Errors: io.
  Result<std::vector<StoreFileInfo>> list() const;
  // Reads and checks every file; progress in bytes. With remove_bad truncated and damaged files are removed. Errors: io, cancelled, deadline.
  Result<StoreReport> verify(bool remove_bad, const Control& control);
  // Evicts until bytes_max are left, whoever and whichever version wrote them. Errors: io; state when another process holds the lock.
  Result<StoreRemoved> gc(uint64_t bytes_max);
  Result<StoreRemoved> clear() { return gc(0); }

  // Lists the folder if it changed.
  DiskStats stats();
  const Options& options() const { return options_; }
  const std::string& folder() const { return folder_.path(); }

 private:
  DiskStore(StoreFolder folder, const Options& options) : options_(options), folder_(std::move(folder)) {}

  Status refresh_locked(std::vector<std::string>& news);
  void reject_locked(const StoreKey& key, const Verdict& verdict, std::vector<std::string>& news);
  Status check_not_paused();
  bool is_present(const StoreKey& key) const;
  void count_put(const Status& status);
  void make_room(uint64_t bytes_max, std::optional<StoreKey> keep);
  Result<StoreRemoved> shrink(uint64_t bytes_max, std::optional<StoreKey> keep, std::chrono::milliseconds patience);
  void tell(const std::vector<std::string>& news) const;

  const Options options_;
  const StoreFolder folder_;
  std::mutex mutex_;  // guards all below
  StoreIndex index_;
  DiskStats stats_;
  uint32_t failures_ = 0;  // of put(), in a row
  Clock::time_point paused_until_{};
};

}  // namespace sw
