// A Mamba-2 model ready to run: weights where they lie, small tensors as float32, and the forward pass.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "backend/backend.h"
#include "loader/checkpoint.h"
#include "model/fair_mutex.h"
#include "model/input_ring.h"
#include "model/state.h"

namespace sw {

// One Mamba-2 layer: r += out_proj(gated_norm(ssd(conv(in_proj(rms_norm(r))))))
struct Mamba2Block {
  Mamba2Config config;
  std::vector<float> norm;         // (d_model,)
  ops::Matrix in_proj;             // (d_in_proj, d_model)
  std::vector<float> conv_weight;  // (d_conv_in, d_conv)
  std::vector<float> conv_bias;    // (d_conv_in,)
  std::vector<float> dt_bias;      // (n_heads,)
  std::vector<float> A;            // (n_heads,)  -exp(A_log)
  std::vector<float> D;            // (n_heads,)
  std::vector<float> gated_norm;   // (d_inner,)
  ops::Matrix out_proj;            // (d_model, d_inner)
};

using Block = std::variant<Mamba2Block>;

class Model {
 public:
  // Takes the checked views of `checkpoint`; nothing of the matrices is copied. With count_only nothing is ever computed: states
  // are empty, forward() and replay() return at once, and what is to be counted can be counted.
  static Result<std::shared_ptr<const Model>> create(Checkpoint checkpoint, std::shared_ptr<Backend> backend,
                                                     bool count_only = false);

  const Checkpoint& checkpoint() const { return checkpoint_; }
  const StateLayout& layout() const { return layout_; }
  const InputLayout& input_layout() const { return input_layout_; }
  bool count_only() const { return count_only_; }
  Backend& backend() const { return *backend_; }
  int vocab_size() const { return checkpoint_.vocab_size; }
  int d_model() const { return checkpoint_.d_model; }

  // Tokens of one chunk: work between two looks at a Control.
  int chunk_len() const { return chunk_len_; }
  // Multiply-adds of one token without the head, twice: FLOP.
  double flop_per_token() const { return flop_per_token_; }

  // Runs at most chunk_len() tokens and moves `state` behind them. Ids are in range. logits: nullptr, or (n, vocab_size) for
  // those after each token. What is computed for a token is the same bytes however tokens are cut into calls.
  // Callers on several threads take turns, first come first served.
  // log: nullptr, or where the inputs of these tokens go, the first of them at `position`; of more than fit, the last ones.
  void forward(State& state, std::span<const int32_t> ids, float* logits, InputRing* log = nullptr, size_t position = 0) const;

  // Moves `state`, which stands at `position`, over n logged tokens: the bytes that forward() gave, without a matrix product.
  void replay(State& state, const InputRing& log, size_t position, size_t n_tokens) const;

  // Zero, before the first token. Empty with count_only.
  Result<State> new_state() const;
  uint64_t state_bytes() const { return layout_.n_floats * sizeof(float); }

  // The logits after the state's last token, (vocab_size,). Not with count_only.
  void head(const State& state, float* logits) const;

  // XXH3-128 of weights and config, 32 hex digits; computed once, then remembered.
  Result<std::string> hash(const Control& control) const;

 private:
  // Activations of one chunk.
  struct Workspace {
    FloatBuffer residual;  // (chunk_len, d_model)
    FloatBuffer normed;    // (chunk_len, d_model)
    FloatBuffer proj;      // (chunk_len, d_in_proj of the widest layer): z, x, B, C, dt
    FloatBuffer conv;      // (chunk_len, d_conv_in of the widest layer): x, B, C
    FloatBuffer y;         // (chunk_len, d_inner of the widest layer)
  };

  // Where one layer's inputs are logged: row of the token t of the chunk is at (position + t) % capacity.
  struct LogRows {
    float* rows = nullptr;  // nullptr: not logged
    size_t row = 0;
    size_t capacity = 0;
    size_t position = 0;
  };

  Model(Checkpoint checkpoint, std::shared_ptr<Backend> backend, bool count_only);
  Status allocate_workspace();
  void run_block(const Mamba2Block& block, const BlockStateView& state, int n_tokens, const LogRows& log) const;
  void replay_block(const Mamba2Block& block, const BlockStateView& state, const float* rows, size_t row, int n_tokens) const;
  // The SSD of tokens whose x, B, C and dt lie as given; y as in ops::SsdArgs.
  void run_ssd(const Mamba2Block& block, const BlockStateView& state, int n_tokens, const float* xbc, const float* dt,
               size_t dt_stride, float* y) const;

  Checkpoint checkpoint_;
  std::shared_ptr<Backend> backend_;
  ops::Matrix embedding_;
  ops::Matrix head_;
  std::vector<float> final_norm_;
  std::vector<Block> blocks_;
  StateLayout layout_;
  InputLayout input_layout_;
  bool count_only_;
  int chunk_len_ = 0;
  double flop_per_token_ = 0;

  mutable FairMutex running_;  // guards workspace_
  mutable Workspace workspace_;
  mutable std::mutex hashing_;  // guards hash_
  mutable std::string hash_;
};

}  // namespace sw
