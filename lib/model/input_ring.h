// What entered convolution and recurrence of every layer, for the last tokens: from an earlier state and these rows any later
// one is rebuilt without a matrix product, in the very bytes that a forward pass gives.
#pragma once

#include <cstddef>
#include <vector>

#include "backend/allocator.h"
#include "loader/checkpoint.h"

namespace sw {

// Floats of one token.
struct InputLayout {
  struct Block {
    size_t offset = 0;  // of the layer's row among the token's floats
    size_t row = 0;     // d_conv_in + n_heads: x, B, C before the convolution, then dt before its bias
  };
  std::vector<Block> blocks;
  size_t hidden_offset = 0;  // (d_model,): after the final norm; what the head reads
  size_t hidden_size = 0;
  size_t n_floats = 0;

  static InputLayout of(const Checkpoint& checkpoint);
  size_t n_bytes() const { return n_floats * sizeof(float); }
};

// Room for the last `capacity` tokens; the token at position p of a sequence lies in slot p % capacity.
class InputRing {
 public:
  static Result<InputRing> create(const InputLayout& layout, size_t capacity, const Allocator& allocator);

  size_t capacity() const { return capacity_; }
  // Layer `block`'s rows lie together, slot by slot: (capacity, row).
  float* rows(const InputLayout& layout, size_t block) { return buffer_.data() + layout.blocks[block].offset * capacity_; }
  const float* rows(const InputLayout& layout, size_t block) const {
    return buffer_.data() + layout.blocks[block].offset * capacity_;
  }
  float* hidden(const InputLayout& layout, size_t slot) {
    return buffer_.data() + layout.hidden_offset * capacity_ + slot * layout.hidden_size;
  }
  const float* hidden(const InputLayout& layout, size_t slot) const {
    return buffer_.data() + layout.hidden_offset * capacity_ + slot * layout.hidden_size;
  }

 private:
  InputRing(FloatBuffer buffer, size_t capacity) : buffer_(std::move(buffer)), capacity_(capacity) {}
  FloatBuffer buffer_;
  size_t capacity_;
};

}  // namespace sw
