// An immutable copy of a state, and the tokens that led to it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/control.h"
#include "model/model.h"
#include "state/budget.h"
#include "state/spare_states.h"
#include "state/token_path.h"

namespace sw {

class StateStore;

// The state after the first `length` tokens of some text. Immutable once shared.
struct KeptState {
  size_t length = 0;
  State state;
  StateBudget::Lease lease;
  std::shared_ptr<const TokenPath> path;  // null for a snapshot, which has its tokens beside it
  // Where its memory goes with its bytes of the budget, and whose it was; nowhere, but for snapshots of a device.
  std::weak_ptr<SpareStates> spares;
  std::weak_ptr<const Model> model;

  KeptState() = default;
  KeptState(const KeptState&) = delete;
  KeptState& operator=(const KeptState&) = delete;
  ~KeptState() {
    if (const auto to = spares.lock()) to->put(model, {std::move(lease), std::move(state)});
  }
};

struct Snapshot {
  std::shared_ptr<const Model> model;
  std::vector<int32_t> tokens;
  std::shared_ptr<const KeptState> kept;  // after Model::kept_length() of the tokens: the rest is run when it is restored

  uint64_t n_bytes() const { return kept->state.n_bytes() + tokens.size() * sizeof(int32_t); }
};

// Writes float32 values, tokens, the identity of weights and kernels, and a checksum; aside, synced, renamed.
Status save_snapshot(const Snapshot& snapshot, const std::string& path, const Control& control);

// Errors: format for anything that does not check out, mismatch for other weights or kernels, no_memory when the budget is spent.
Result<Snapshot> load_snapshot(std::shared_ptr<const Model> model, StateStore& store, const std::string& path,
                               const Control& control);

}  // namespace sw
