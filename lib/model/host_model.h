// A model that runs on the CPU: weights where they lie, and the forward pass over the ops of the backend.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "model/block.h"
#include "model/fair_mutex.h"
#include "model/importance.h"
#include "model/model.h"

namespace sw {

class HostModel final : public Model {
 public:
  // Takes the checked views of `checkpoint`; nothing of the matrices is copied. With count_only nothing is ever computed: states
  // are empty, forward() and replay() return at once.
  static Result<std::shared_ptr<const HostModel>> create(Checkpoint checkpoint, std::shared_ptr<Backend> backend,
                                                         bool count_only = false);

  bool count_only() const override { return count_only_; }
  int chunk_len() const override { return chunk_len_; }
  std::string numerics() const override { return backend().numerics(); }
  Result<std::unique_ptr<Runner>> new_runner() const override;
  // The products of all runners are one; convolution, recurrence and logs are each one's own. Never fails.
  Status step(std::span<Runner* const> runners, std::span<const int32_t> ids, float* logits) const override;

  // The mean squares of what the columns of in_proj, out_proj and head (of a tied one, the embedding) meet while `texts` run, each from its
  // start; at least a hundredth of the matrix's mean.
  // The same bytes for any number of threads. A layer's weights are passed over once for many tokens and then leave this process's
  // memory, so a model may be larger than that. Progress in tokens of a layer.
  // Not with count_only. Errors: argument when there is no token, or a text has more than kMeanSquaresTokensMax; format for activations that are not finite.
  Result<Importance> mean_squares(std::span<const std::vector<int32_t>> texts, const Control& control) const;
  static constexpr size_t kMeanSquaresTokensMax = 16384;

  // Multiply-adds of one token without the head, twice: FLOP.
  double flop_per_token() const { return flop_per_token_; }

  // Runs at most chunk_len() tokens and moves `state` behind them. Ids are in range. logits: nullptr, or (n, vocab_size) for
  // those after each token. What is computed for a token is the same bytes however tokens are cut into calls.
  // Callers on several threads take turns, first come first served.
  // log: nullptr, or where the inputs of these tokens go, the first of them at `position`; of more than fit, the last ones.
  void forward(State& state, std::span<const int32_t> ids, float* logits, InputRing* log = nullptr, size_t position = 0) const;

  // Moves `state`, which stands at `position`, over n logged tokens: the bytes that forward() gave, without a matrix product.
  void replay(State& state, const InputRing& log, size_t position, size_t n_tokens) const;

  // The logits after the state's last token, (vocab_size,). Not with count_only. scratch: of head_scratch() floats.
  void head(const State& state, float* logits, float* scratch) const;
  size_t head_scratch() const;

 private:
  class MeanSquares;  // mean_squares.cc

  // Activations of one chunk.
  struct Workspace {
    FloatBuffer residual;  // (chunk_len, d_model)
    FloatBuffer normed;    // (chunk_len, d_model)
    FloatBuffer proj;      // (chunk_len, d_in_proj of the widest layer): z, x, B, C, dt
    FloatBuffer conv;      // (chunk_len, d_conv_in of the widest layer): x, B, C
    FloatBuffer y;         // (chunk_len, d_inner of the widest layer)
    FloatBuffer operands;  // the widest operand of a matrix as its product takes it, quantised or rounded; empty when all are taken as they are
  };

  // Tokens of a chunk that follow one another in one sequence: rows [first, first + n) of the activations.
  struct Strand {
    State* state;
    InputRing* log;   // nullptr: not logged
    size_t position;  // of its first token
    int first;
    int n;
  };
  static constexpr int kStrands = 16;  // of one pass over the weights

  HostModel(Checkpoint checkpoint, std::shared_ptr<Backend> backend, bool count_only);
  Status allocate_workspace();
  // y = w x, or y += w x. scratch: for x as the product takes it.
  void project(const ops::Matrix& w, int n_tokens, const float* x, float* y, size_t y_stride, bool accumulate, float* scratch) const;
  void run(std::span<const Strand> strands, std::span<const int32_t> ids, float* logits) const;
  void run_block(const Mamba2Block& block, size_t index, std::span<const Strand> strands, int n_tokens) const;
  void log_inputs(const Mamba2Block& block, size_t index, std::span<const Strand> strands) const;
  void finish(std::span<const Strand> strands, int n_tokens, float* logits) const;
  void replay_block(const Mamba2Block& block, const BlockStateView& state, const float* rows, size_t row, int n_tokens) const;
  // The convolution of tokens whose x, B and C lie as given.
  ops::ConvArgs conv_args(const Mamba2Block& block, const BlockStateView& state, int n_tokens, const float* x, size_t x_stride, float* y) const;
  // The SSD of tokens whose x, B, C and dt lie as given; y as in ops::SsdArgs.
  ops::SsdArgs ssd_args(const Mamba2Block& block, const BlockStateView& state, int n_tokens, const float* xbc, const float* dt,
                        size_t dt_stride, float* y) const;

  ops::Matrix embedding_;
  ops::Matrix head_;
  std::vector<float> final_norm_;
  std::vector<Block> blocks_;
  bool count_only_;
  int chunk_len_ = 0;
  double flop_per_token_ = 0;

  mutable FairMutex running_;  // guards workspace_
  mutable Workspace workspace_;
};

}  // namespace sw
