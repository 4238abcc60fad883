// The disk behind the kept states of one engine: what is looked up, what is written, and a sampled check of both.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/control.h"
#include "model/model.h"
#include "state/audit.h"
#include "state/disk_store.h"
#include "state/snapshot.h"

namespace sw {

struct DiskTierStats {
  DiskStats files;
  uint64_t audits = 0;          // states run again and compared
  uint64_t audits_failed = 0;   // after the first the disk is not used any more
};

// Thread-safe.
class DiskTier {
 public:
  explicit DiskTier(std::shared_ptr<DiskStore> store) : store_(std::move(store)) {}

  // The state on disk furthest along `tokens`, after more than `longer_than` of them; null when there is none that checks out. The
  // state is not leased: it is the caller's until it is kept.
  std::shared_ptr<const KeptState> load(const std::shared_ptr<const Model>& model, const std::string& tokenizer,
                                        std::span<const int32_t> tokens, size_t longer_than, const Control& control);
  Status save(const Model& model, const std::string& tokenizer, std::span<const int32_t> tokens, const State& state,
              const Control& control);

  // Runs a chunk of the audit that is due, if one is. True while there is more to do.
  bool audit_step();
  // Audits take at most this long; `token_seconds` is what running a token takes.
  void plan_audit(const std::shared_ptr<const Model>& model, std::shared_ptr<const KeptState> kept,
                  std::span<const int32_t> tokens, double token_seconds);

  DiskTierStats stats();

 private:
  Result<StoreIdentity> identity(const Model& model, const std::string& tokenizer, const Control& control) const;

  const std::shared_ptr<DiskStore> store_;
  std::mutex mutex_;  // guards all below
  std::unique_ptr<Audit> audit_;
  uint64_t n_loaded_ = 0;
  uint64_t n_audits_ = 0;
  uint64_t n_failed_ = 0;
};

}  // namespace sw
