// The layers of a model as an executor wants them: matrices where they lie, small tensors as float32.
#pragma once

#include <variant>
#include <vector>

#include "loader/checkpoint.h"
#include "ops.h"

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

// Views of the checkpoint's bytes, which it keeps.
ops::Matrix matrix_of(const TensorView& tensor);
std::vector<Block> blocks_of(const Checkpoint& checkpoint);

}  // namespace sw
