// hash_weights: the identity of a model, whatever files it lies in.
#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <string_view>

#include "loader/checkpoint.h"
#include "loader/hasher.h"
#include "loader/roles.h"

namespace sw {
namespace {

constexpr uint64_t kStepBytes = uint64_t{4} << 20;

void hash_config(const Checkpoint& checkpoint, Hasher& hasher) {
  hasher.text("sidewinder model");
  for (const int n : {checkpoint.vocab_size, checkpoint.d_model}) hasher.number(static_cast<uint64_t>(n));
  hasher.number(checkpoint.norm_eps);
  hasher.number(uint64_t{checkpoint.tied});
  hasher.number(uint64_t{checkpoint.blocks.size()});
  for (const BlockWeights& block : checkpoint.blocks) {
    hasher.number(uint64_t{block.index()});
    const Mamba2Config& c = std::get<Mamba2Weights>(block).config;
    for (const int n : {c.d_inner, c.n_heads, c.head_dim, c.d_state, c.n_groups, c.d_conv}) {
      hasher.number(static_cast<uint64_t>(n));
    }
    hasher.number(c.dt_min);
    hasher.number(c.dt_max);
  }
}

}  // namespace

Result<std::string> hash_weights(const Checkpoint& checkpoint, const Control& control) {
  Hasher hasher;
  hash_config(checkpoint, hasher);
  uint64_t n_done = 0;
  const auto hash_tensor = [&](const std::string& role, const TensorView& tensor) {
    hasher.text(role);
    hasher.text(dtype_name(tensor.dtype));
    hasher.number(uint64_t{tensor.shape.size()});
    for (const int64_t n : tensor.shape) hasher.number(static_cast<uint64_t>(n));
    for (uint64_t at = 0; at < tensor.n_bytes; at += kStepBytes) {
      const uint64_t n = std::min(kStepBytes, tensor.n_bytes - at);
      hasher.bytes(tensor.data + at, n);
      n_done += n;
      SW_TRY(control.step(n_done, checkpoint.n_bytes));
    }
    return Status();
  };
  SW_TRY(for_each_role(checkpoint, hash_tensor));
  return hasher.digits();
}

}  // namespace sw
