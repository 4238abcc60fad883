#include "state/disk_tier.h"

namespace sw {
namespace {

// The first state from disk and then one of so many is checked.
constexpr uint64_t kAuditEvery = 64;
constexpr double kAuditSecondsMax = 20;

}  // namespace

Result<StoreIdentity> DiskTier::identity(const Model& model, const std::string& tokenizer, const Control& control) const {
  SW_ASSIGN(std::string weights, model.hash(control));
  return StoreIdentity{std::move(weights), tokenizer, model.numerics()};
}

std::shared_ptr<const KeptState> DiskTier::load(const std::shared_ptr<const Model>& model, const std::string& tokenizer,
                                                std::span<const int32_t> tokens, size_t longer_than, const Control& control) {
  {
    const std::lock_guard lock(mutex_);
    if (n_failed_ > 0) return nullptr;
  }
  const auto id = identity(*model, tokenizer, control);
  auto state = model->new_state();
  if (!id.ok() || !state.ok()) return nullptr;
  auto kept = std::make_shared<KeptState>();
  kept->state = std::move(state).value();
  for (;;) {
    const auto found = store_->find(id.value(), model->layout(), tokens, longer_than);
    if (!found.ok() || !found.value()) return nullptr;
    const StoreEntry& entry = *found.value();
    const auto verdict = store_->load(entry, id.value(), model->layout(), tokens, kept->state.floats(), control);
    if (!verdict.ok()) return nullptr;
    if (verdict.value().reason != MissReason::none) continue;  // the next shorter one
    kept->length = static_cast<size_t>(entry.length);
    return kept;
  }
}

Status DiskTier::save(const Model& model, const std::string& tokenizer, std::span<const int32_t> tokens, const State& state,
                      const Control& control) {
  SW_TRY(state.arrived());
  SW_ASSIGN(const StoreIdentity id, identity(model, tokenizer, control));
  return store_->put(id, model.layout(), tokens, state.floats(), control);
}

void DiskTier::plan_audit(const std::shared_ptr<const Model>& model, std::shared_ptr<const KeptState> kept,
                          std::span<const int32_t> tokens, double token_seconds) {
  const std::lock_guard lock(mutex_);
  const bool due = n_loaded_++ % kAuditEvery == 0;
  if (!due || audit_ != nullptr || double(tokens.size()) * token_seconds > kAuditSecondsMax) return;
  auto audit = Audit::create(model, std::move(kept), {tokens.begin(), tokens.end()});
  if (audit.ok()) audit_ = std::move(audit).value();
}

bool DiskTier::audit_step() {
  std::unique_lock lock(mutex_);
  if (audit_ == nullptr) return false;
  std::unique_ptr<Audit> audit = std::move(audit_);  // run outside the lock
  lock.unlock();
  const Audit::Verdict verdict = audit->step();
  lock.lock();
  if (verdict == Audit::Verdict::going_on) {
    audit_ = std::move(audit);
    return true;
  }
  if (verdict == Audit::Verdict::failed) return false;
  ++n_audits_;
  if (verdict == Audit::Verdict::different) {
    ++n_failed_;
    lock.unlock();
    (void)store_->clear();  // what else it holds is no better
  }
  return false;
}

DiskTierStats DiskTier::stats() {
  DiskTierStats stats{store_->stats(), 0, 0};
  const std::lock_guard lock(mutex_);
  stats.audits = n_audits_;
  stats.audits_failed = n_failed_;
  return stats;
}

}  // namespace sw
