// The arithmetic of the gated, grouped RMSNorm, for the decode product that makes its own input and for gated_norm.cu.
#pragma once

#include "cuda/common.cuh"

namespace sw::cuda {

// Two of m[i] = y[i] silu(z[i]), from bf16 pairs.
__device__ inline float2 gated(uint32_t y, uint32_t z) {
  const float2 a = unpack(y), b = unpack(z);
  return {a.x * silu(b.x), a.y * silu(b.y)};
}

__device__ inline void load8(const float* from, float (&to)[8]) {
  const float4 a = *reinterpret_cast<const float4*>(from), b = *reinterpret_cast<const float4*>(from + 4);
  to[0] = a.x, to[1] = a.y, to[2] = a.z, to[3] = a.w;
  to[4] = b.x, to[5] = b.y, to[6] = b.z, to[7] = b.w;
}

__device__ inline uint4 normed8(const float (&m)[8], const float (&w)[8], float scale) {
  uint32_t pairs[4];
  for (int i = 0; i < 4; ++i) pairs[i] = pack(m[2 * i] * scale * w[2 * i], m[2 * i + 1] * scale * w[2 * i + 1]);
  return {pairs[0], pairs[1], pairs[2], pairs[3]};
}

// One group (n,) by one warp: eight elements of a lane, then 256 further on. load(i, m) gives eight of m, store(i, four
// bf16 pairs) takes the result. n is a multiple of 8. The first 1,024 stay in registers, which is all there are in most
// models.
template <class Load, class Store>
__device__ inline void gated_norm_group(const float* weight, int n, float eps, Load load, Store store) {
  constexpr int kKept = 4;
  const int first = threadIdx.x % 32 * 8;
  float kept[kKept][8];
  float sum = 0;
#pragma unroll
  for (int j = 0; j < kKept; ++j) {
    if (first + j * 256 < n) load(first + j * 256, kept[j]);
  }
#pragma unroll
  for (int j = 0; j < kKept; ++j) {
    if (first + j * 256 < n) {
      for (int k = 0; k < 8; ++k) sum = fmaf(kept[j][k], kept[j][k], sum);
    }
  }
  for (int i = first + kKept * 256; i < n; i += 256) {
    float m[8];
    load(i, m);
    for (int k = 0; k < 8; ++k) sum = fmaf(m[k], m[k], sum);
  }
  sum = warp_sum(sum);
  const float scale = __frsqrt_rn(sum / n + eps);
#pragma unroll
  for (int j = 0; j < kKept; ++j) {
    const int i = first + j * 256;
    if (i >= n) continue;
    float w[8];
    load8(weight + i, w);
    store(i, normed8(kept[j], w, scale));
  }
  for (int i = first + kKept * 256; i < n; i += 256) {
    float m[8], w[8];
    load(i, m);
    load8(weight + i, w);
    store(i, normed8(m, w, scale));
  }
}

}  // namespace sw::cuda
