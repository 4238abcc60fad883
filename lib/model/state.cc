#include "model/state.h"

#include <algorithm>
#include <cstring>

namespace sw {
namespace {

// Every part starts on a cache line.
constexpr size_t kGrain = FloatBuffer::kAlignment / sizeof(float);

size_t place(size_t& end, size_t size) {
  const size_t offset = end;
  end += (size + kGrain - 1) / kGrain * kGrain;
  return offset;
}

}  // namespace

StateLayout StateLayout::of(const Checkpoint& checkpoint) {
  StateLayout layout;
  size_t end = 0;
  for (const BlockWeights& weights : checkpoint.blocks) {
    const Mamba2Config& c = std::get<Mamba2Weights>(weights).config;
    Block block;
    block.conv_size = size_t(c.d_conv - 1) * c.d_conv_in();
    block.conv_offset = place(end, block.conv_size);
    block.ssm_size = size_t(c.n_heads) * c.head_dim * c.d_state;
    block.ssm_offset = place(end, block.ssm_size);
    block.d_state = size_t(c.d_state);
    layout.blocks.push_back(block);
  }
  layout.hidden_size = checkpoint.d_model;
  layout.hidden_offset = place(end, layout.hidden_size);
  layout.n_floats = end;
  return layout;
}

size_t StateLayout::n_ssm() const {
  size_t n = 0;
  for (const Block& block : blocks) n += block.ssm_size;
  return n;
}

size_t StateLayout::n_conv() const {
  size_t n = 0;
  for (const Block& block : blocks) n += block.conv_size;
  return n;
}

Result<State> State::uninitialised(const StateLayout& layout, const Allocator& allocator) {
  SW_ASSIGN(FloatBuffer buffer, FloatBuffer::create(allocator, layout.n_floats));
  return State(std::move(buffer));
}

Result<State> State::zero(const StateLayout& layout, const Allocator& allocator) {
  SW_ASSIGN(State state, uninitialised(layout, allocator));
  state.clear();
  return state;
}

Result<State> State::copy(const Allocator& allocator) const {
  SW_ASSIGN(FloatBuffer buffer, FloatBuffer::create(allocator, buffer_.size()));
  if (buffer_.size() > 0) std::memcpy(buffer.data(), buffer_.data(), buffer_.n_bytes());
  return State(std::move(buffer));
}

void State::assign(const State& other) {
  if (buffer_.size() > 0) std::memcpy(buffer_.data(), other.buffer_.data(), buffer_.n_bytes());
}

void State::clear() { std::fill_n(buffer_.data(), buffer_.size(), 0.0f); }

}  // namespace sw
