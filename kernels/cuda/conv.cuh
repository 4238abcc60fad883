// The arithmetic of the convolution, and where its input rows are.
#pragma once

#include "cuda/common.cuh"
#include "cuda/ops.h"

namespace sw::cuda {

// One output from the inputs at t - 3, t - 2, t - 1 and t.
__device__ inline float conv_tap(const float (&w)[kTaps], float bias, float c0, float c1, float c2, float c3) {
  return silu(fmaf(w[3], c3, fmaf(w[2], c2, fmaf(w[1], c1, fmaf(w[0], c0, bias)))));
}

// The raw row of a position, nullptr before the first token.
__device__ inline const bf16* log_row(const Log& log, int width, long long position) {
  return position < 0 ? nullptr : log.rows + size_t(position % log.log_len) * width;
}

// Eight channels of a row; zeros for no row.
__device__ inline uint4 load8(const bf16* row, int channel) {
  return row == nullptr ? uint4{0, 0, 0, 0} : *reinterpret_cast<const uint4*>(row + channel);
}

__device__ inline void unpack8(uint4 v, float (&out)[8]) {
  const uint32_t words[4] = {v.x, v.y, v.z, v.w};
  for (int i = 0; i < 4; ++i) {
    const float2 pair = unpack(words[i]);
    out[2 * i] = pair.x;
    out[2 * i + 1] = pair.y;
  }
}

// The convolution of eight channels, row after row: holds the weights and the last three inputs.
struct ConvStrip {
  float w[8][kTaps];
  float bias[8];
  float c[kTaps][8];

  __device__ ConvStrip(const Mamba& m, int channel) {
    const int d = m.d_conv_in();
    for (int i = 0; i < 8; i += 4) {
      for (int k = 0; k < kTaps; ++k) {
        const float4 v = *reinterpret_cast<const float4*>(m.conv_weight + k * d + channel + i);
        w[i][k] = v.x;
        w[i + 1][k] = v.y;
        w[i + 2][k] = v.z;
        w[i + 3][k] = v.w;
      }
      const float4 v = *reinterpret_cast<const float4*>(m.conv_bias + channel + i);
      bias[i] = v.x;
      bias[i + 1] = v.y;
      bias[i + 2] = v.z;
      bias[i + 3] = v.w;
    }
  }
  __device__ void push(uint4 v) {
    for (int k = 0; k + 1 < kTaps; ++k) {
      for (int i = 0; i < 8; ++i) c[k][i] = c[k + 1][i];
    }
    unpack8(v, c[kTaps - 1]);
  }
  __device__ uint4 output() const {
    float y[8];
    for (int i = 0; i < 8; ++i) y[i] = conv_tap(w[i], bias[i], c[0][i], c[1][i], c[2][i], c[3][i]);
    return {pack(y[0], y[1]), pack(y[2], y[3]), pack(y[4], y[5]), pack(y[6], y[7])};
  }
};

}  // namespace sw::cuda
