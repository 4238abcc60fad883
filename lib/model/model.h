// A Mamba-2 model ready to run, on whatever hardware: what sequences and stores need to know of it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "backend/backend.h"
#include "base/control.h"
#include "loader/checkpoint.h"
#include "model/input_ring.h"
#include "model/runner.h"
#include "model/state.h"

namespace sw {

// Immutable but for what it remembers of its hash; thread-safe.
class Model {
 public:
  // On the CPU: HostModel::create (model/host_model.h).
  static Result<std::shared_ptr<const Model>> create(Checkpoint checkpoint, std::shared_ptr<Backend> backend,
                                                     bool count_only = false);
  virtual ~Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const Checkpoint& checkpoint() const { return checkpoint_; }
  const StateLayout& layout() const { return layout_; }
  const InputLayout& input_layout() const { return input_layout_; }
  Backend& backend() const { return *backend_; }
  int vocab_size() const { return checkpoint_.vocab_size; }
  int d_model() const { return checkpoint_.d_model; }

  // Nothing is ever computed: states are empty, and what is to be counted can be counted.
  virtual bool count_only() const { return false; }
  // Tokens of one chunk: work between two looks at a Control.
  virtual int chunk_len() const = 0;
  // A prompt is not cut for the sake of a state into pieces shorter than this: they would cost more than the state spares.
  virtual size_t piece_len() const { return 1; }
  // What must be equal for two states to be equal bytes, apart from the weights.
  virtual std::string numerics() const = 0;
  // States are kept of these lengths alone: the furthest of them that is not beyond `length`.
  virtual size_t kept_length(size_t length) const { return length; }
  // Runners log inputs themselves, where no caller can see them.
  virtual bool logs_itself() const { return false; }
  virtual Allocator state_allocator() const { return backend_->allocator(); }
  // That memory is pinned for a device, which takes far longer than to fill it.
  virtual bool pins_states() const { return false; }
  virtual Result<std::unique_ptr<Runner>> new_runner() const = 0;
  // One token for each of several runners of this model, all different, each with its `next` set: the bytes of Runner::forward() of each
  // alone. logits: nullptr, or (n, vocab_size). Here one after the other; faster where a model can share the pass over its weights.
  // Errors: those of forward(); then some may have moved.
  virtual Status step(std::span<Runner* const> runners, std::span<const int32_t> ids, float* logits) const;
  // Whether tokens are drawn where logits are made, so that these need not come to the caller.
  virtual bool draws() const { return false; }
  // step(), and what follows each token, drawn by laws[i]: what that law draws from the logits. Only where draws().
  virtual Status step_and_draw(std::span<Runner* const> runners, std::span<const int32_t> ids, std::span<const draw::Law> laws,
                               draw::Drawn* drawn) const;

  // Zero, before the first token. Empty with count_only.
  Result<State> new_state() const;
  uint64_t state_bytes() const { return layout_.n_floats * sizeof(float); }

  // XXH3-128 of weights and config, 32 hex digits; computed once, then remembered.
  Result<std::string> hash(const Control& control) const;

 protected:
  Model(Checkpoint checkpoint, std::shared_ptr<Backend> backend);

 private:
  Checkpoint checkpoint_;
  std::shared_ptr<Backend> backend_;
  StateLayout layout_;
  InputLayout input_layout_;
  mutable std::mutex hashing_;  // guards hash_
  mutable std::string hash_;
};

}  // namespace sw
