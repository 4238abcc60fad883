// A run of tokens through a model, with kept states to go back to.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/control.h"
#include "model/model.h"
#include "state/budget.h"
#include "state/placement.h"
#include "state/snapshot.h"

namespace sw {

// Counted over all sequences of an engine.
struct RunCounters {
  std::atomic<uint64_t> tokens_run{0};
  std::atomic<uint64_t> tokens_reused{0};
};

// What all sequences of one engine share.
struct StatePool {
  std::shared_ptr<StateBudget> budget;
  std::shared_ptr<RunCounters> counters;
};

struct SequenceStats {
  uint64_t tokens_run = 0;
  uint64_t tokens_rerun = 0;
  uint64_t rewinds = 0;
};

// Belongs to one thread at a time.
class Sequence {
 public:
  static Result<std::unique_ptr<Sequence>> create(std::shared_ptr<const Model> model, StatePool pool);

  const Model& model() const { return *model_; }
  std::shared_ptr<const Model> shared_model() const { return model_; }
  const StatePool& pool() const { return pool_; }
  std::span<const int32_t> tokens() const { return tokens_; }
  const State& state() const { return state_; }
  const SequenceStats& stats() const { return stats_; }
  std::span<const std::shared_ptr<const KeptState>> kept() const { return kept_; }

  // Runs tokens, in chunks on the absolute grid. logits: nullptr, or (ids.size(), vocab_size). After cancelled, deadline or
  // no_memory the sequence stands after the last whole chunk. An id outside the vocabulary is an argument error, nothing is run.
  Status append(std::span<const int32_t> ids, const Control& control, float* logits = nullptr);

  // The logits after the last token, (vocab_size,), valid until the sequence changes. state error when it is empty.
  Result<std::span<const float>> logits();

  // Keeps the state after the last token, if the budget has room; a place worth coming back to.
  void mark();
  // Drops all kept states.
  void forget();

  // The state after the first `length` tokens; re-runs from the nearest kept one. On error nothing has changed.
  Status rewind(size_t length, const Control& control);
  // How many of the first `length` tokens a rewind to there would not re-run.
  size_t nearest_kept(size_t length) const;

  Result<std::unique_ptr<Sequence>> fork() const;
  Result<Snapshot> snapshot() const;
  // mismatch for a snapshot of another model.
  Status restore(const Snapshot& snapshot);

 private:
  Sequence(std::shared_ptr<const Model> model, StatePool pool, State state)
      : model_(std::move(model)), pool_(std::move(pool)), state_(std::move(state)) {}

  Status check_ids(std::span<const int32_t> ids) const;
  Status check_same_model(const Snapshot& snapshot) const;
  void keep(bool marked);
  bool make_room(uint64_t n_bytes, StateBudget::Lease& lease);
  void drop_least_valuable();
  void erase_kept(size_t i);
  size_t next_stop(size_t end) const;

  std::shared_ptr<const Model> model_;
  StatePool pool_;
  State state_;
  std::vector<int32_t> tokens_;
  std::vector<std::shared_ptr<const KeptState>> kept_;  // by length, ascending
  std::vector<KeptPoint> points_;                       // beside kept_
  FloatBuffer logits_;
  bool logits_valid_ = false;
  SequenceStats stats_;
};

}  // namespace sw
