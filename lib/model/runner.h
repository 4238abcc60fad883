// What moves one sequence over tokens: its running state, wherever the hardware wants it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/status.h"
#include "draw.h"
#include "model/input_ring.h"
#include "model/state.h"

namespace sw {

// Stands after some tokens, at first after none. It does not know them: who calls says at which position it stands, and asks only
// for what it said it can do. Belongs to one thread at a time; its model outlives it.
//
// Errors: a device that fails (io, no_memory). On the host nothing fails but the memory of a copy. After an error of a device the
// runner stands nowhere, until load() or reset() succeeds.
class Runner {
 public:
  virtual ~Runner() = default;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Runs at most chunk_len() tokens, ids in range, the first of them at `position`. logits: nullptr, or (n, vocab_size) for those after
  // each token. What is computed for a token is the same bytes however tokens are cut into calls.
  // log: nullptr, or where the inputs of these tokens go; of more than fit, the last ones.
  virtual Status forward(std::span<const int32_t> ids, size_t position, float* logits, InputRing* log) = 0;
  // The logits after the last token, (vocab_size,).
  virtual Status head(float* logits) = 0;
  // What follows the last token, drawn by the law, without the logits. Only where Model::draws().
  virtual Result<draw::Drawn> draw_next(const draw::Law& law) = 0;

  // Before the first token.
  virtual Status reset() = 0;
  // Where `state` was kept: after `position` tokens, a place of Model::kept_length(). Waits for values that are on their way.
  virtual Status load(const State& state, size_t position) = 0;
  // The state to keep of the tokens run so far: that after the first kept_length() of them. `to` is empty or of the model's layout, and
  // its memory is used again. Its values may come later (State::arrived()): what the runner does meanwhile does not change them.
  virtual Status save(State& to) = 0;
  // The state where it stands, in the host's layout. Valid until the runner moves.
  virtual Result<std::span<const float>> floats() = 0;

  // From `position` on over n logged tokens, without a matrix product. Only where logs are the caller's.
  virtual Status replay(const InputRing& log, size_t position, size_t n_tokens) = 0;
  // Whether it can go back to `position` by what it has logged itself, and going there: gives the tokens replayed.
  virtual bool reaches(size_t position) const = 0;
  virtual Result<size_t> go_back(size_t position) = 0;

  // What the next Model::step() is to know: at which position this one stands, and where the inputs of its token go, as for forward().
  struct Next {
    size_t position = 0;
    InputRing* log = nullptr;
  };
  Next next;

  // Another one at the same place. brief: it will look a few tokens ahead and need no way back.
  virtual Result<std::unique_ptr<Runner>> copy(bool brief) const = 0;

 protected:
  Runner() = default;
};

}  // namespace sw
