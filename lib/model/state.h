// The recurrent state of a model after some tokens: all that the future depends on.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "backend/allocator.h"
#include "loader/checkpoint.h"
#include "model/arrival.h"

namespace sw {

// Where each layer's state lies in one array of floats: layer by layer conv_state, then ssm_state; at the end `hidden`.
struct StateLayout {
  struct Block {
    size_t conv_offset = 0;
    size_t conv_size = 0;  // (d_conv - 1, d_conv_in), oldest row first: inputs of the convolution
    size_t ssm_offset = 0;
    size_t ssm_size = 0;  // (n_heads, head_dim, d_state)
    size_t d_state = 0;   // floats of one row of ssm_state
  };
  std::vector<Block> blocks;
  size_t hidden_offset = 0;  // (d_model,): the last token after the final norm; what the head reads
  size_t hidden_size = 0;
  size_t n_floats = 0;

  static StateLayout of(const Checkpoint& checkpoint);
  size_t n_ssm() const;
  size_t n_conv() const;
};

struct BlockStateView {
  float* conv_state;
  float* ssm_state;
};

// A mutable state, float32. Zero before the first token. One that comes from a device may still be on its way: whoever reads its values asks
// arrived() first.
class State {
 public:
  State() = default;
  static Result<State> zero(const StateLayout& layout, const Allocator& allocator);
  // With whatever bytes lie there: to be written whole.
  static Result<State> uninitialised(const StateLayout& layout, const Allocator& allocator);
  Result<State> copy(const Allocator& allocator) const;
  void assign(const State& other);  // same layout
  void clear();                     // zero

  BlockStateView block(const StateLayout& layout, size_t i) {
    return {buffer_.data() + layout.blocks[i].conv_offset, buffer_.data() + layout.blocks[i].ssm_offset};
  }
  float* hidden(const StateLayout& layout) { return buffer_.data() + layout.hidden_offset; }
  const float* hidden(const StateLayout& layout) const { return buffer_.data() + layout.hidden_offset; }
  std::span<float> floats() { return buffer_.span(); }
  std::span<const float> floats() const { return buffer_.span(); }
  size_t n_bytes() const { return buffer_.n_bytes(); }

  // The values come by this one; nullptr: they are there. Waits for those that came before.
  void arrive_by(std::unique_ptr<Arrival> arrival) { arrival_ = std::move(arrival); }
  // Returns when the values are there. Thread-safe. Errors: io when the device failed; then they never will be.
  Status arrived() const { return arrival_ == nullptr ? Status() : arrival_->wait(); }

 private:
  explicit State(FloatBuffer buffer) : buffer_(std::move(buffer)) {}
  FloatBuffer buffer_;
  std::unique_ptr<Arrival> arrival_;  // behind the buffer: it goes first
};

}  // namespace sw
