#include "model/block.h"

#include <cmath>

#include "loader/convert.h"

namespace sw {
namespace {

ops::WeightType weight_type(DType type) {
  switch (type) {
    case DType::f16: return ops::WeightType::f16;
    case DType::bf16: return ops::WeightType::bf16;
    case DType::q8: return ops::WeightType::q8;
    case DType::q4: return ops::WeightType::q4;
    default: break;  // blocks are decoded or repacked before anything is computed (model/pack_checkpoint.h)
  }
  return ops::WeightType::f32;
}

// A = -exp(A_log), unless it is stored so.
std::vector<float> decay_of(const Mamba2Weights& w) {
  if (!w.A.empty()) return to_f32(w.A);
  std::vector<float> A = to_f32(w.A_log);
  for (float& a : A) a = -std::exp(a);
  return A;
}

Mamba2Block make_block(const Mamba2Weights& w) {
  Mamba2Block block;
  block.config = w.config;
  block.norm = to_f32(w.norm);
  block.in_proj = matrix_of(w.in_proj);
  block.conv_weight = to_f32(w.conv_weight);
  block.conv_bias = w.conv_bias.empty() ? std::vector<float>(w.config.d_conv_in(), 0.0f) : to_f32(w.conv_bias);
  block.dt_bias = to_f32(w.dt_bias);
  block.A = decay_of(w);
  block.D = to_f32(w.D);
  block.gated_norm = to_f32(w.gated_norm);
  block.out_proj = matrix_of(w.out_proj);
  return block;
}

}  // namespace

ops::Matrix matrix_of(const TensorView& tensor) {
  return {weight_type(tensor.dtype), static_cast<int>(tensor.shape[0]), static_cast<int>(tensor.shape[1]), tensor.data};
}

std::vector<Block> blocks_of(const Checkpoint& checkpoint) {
  std::vector<Block> blocks;
  for (const BlockWeights& weights : checkpoint.blocks) blocks.emplace_back(make_block(std::get<Mamba2Weights>(weights)));
  return blocks;
}

}  // namespace sw
