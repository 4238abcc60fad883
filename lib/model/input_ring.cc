#include "model/input_ring.h"

namespace sw {

InputLayout InputLayout::of(const Checkpoint& checkpoint) {
  InputLayout layout;
  size_t end = 0;
  for (const BlockWeights& weights : checkpoint.blocks) {
    const Mamba2Config& c = std::get<Mamba2Weights>(weights).config;
    const size_t row = size_t(c.d_conv_in()) + size_t(c.n_heads);
    layout.blocks.push_back({end, row});
    end += row;
  }
  layout.hidden_offset = end;
  layout.hidden_size = size_t(checkpoint.d_model);
  layout.n_floats = end + layout.hidden_size;
  return layout;
}

Result<InputRing> InputRing::create(const InputLayout& layout, size_t capacity, const Allocator& allocator) {
  SW_ASSIGN(FloatBuffer buffer, FloatBuffer::create(allocator, layout.n_floats * capacity));
  return InputRing(std::move(buffer), capacity);
}

}  // namespace sw
