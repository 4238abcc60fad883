// The arithmetic of the gated, grouped RMSNorm, for the decode product that makes its own input and for gated_norm.cu.
#pragma once

#include "cuda/common.cuh"

namespace sw::cuda {

// Eight of m[i] = y[i] silu(z[i]).
__device__ inline void gate8(const bf16* y, const bf16* z, float (&m)[8]) {
  const uint4 yv = *reinterpret_cast<const uint4*>(y);
  const uint4 zv = *reinterpret_cast<const uint4*>(z);
  const uint32_t ys[4] = {yv.x, yv.y, yv.z, yv.w};
  const uint32_t zs[4] = {zv.x, zv.y, zv.z, zv.w};
  for (int i = 0; i < 4; ++i) {
    const float2 a = unpack(ys[i]), b = unpack(zs[i]);
    m[2 * i] = a.x * silu(b.x);
    m[2 * i + 1] = a.y * silu(b.y);
  }
}

__device__ inline uint4 normed8(const float (&m)[8], float scale, const float* weight) {
  const float4 a = *reinterpret_cast<const float4*>(weight), b = *reinterpret_cast<const float4*>(weight + 4);
  return {pack(m[0] * scale * a.x, m[1] * scale * a.y), pack(m[2] * scale * a.z, m[3] * scale * a.w),
          pack(m[4] * scale * b.x, m[5] * scale * b.y), pack(m[6] * scale * b.z, m[7] * scale * b.w)};
}

// One group (n,) by one warp: eight elements of a lane, then 256 further on. store(i, four bf16 pairs) takes the result.
// n is a multiple of 8. The first 1,024 stay in registers, which is all there are in most models.
template <class Store>
__device__ inline void gated_norm_group(const bf16* y, const bf16* z, const float* weight, int n, float eps, Store store) {
  constexpr int kKept = 4;
  const int first = threadIdx.x % 32 * 8;
  float kept[kKept][8];
  float sum = 0;
#pragma unroll
  for (int j = 0; j < kKept; ++j) {
    if (first + j * 256 < n) gate8(y + first + j * 256, z + first + j * 256, kept[j]);
  }
#pragma unroll
  for (int j = 0; j < kKept; ++j) {
    if (first + j * 256 < n) {
      for (int k = 0; k < 8; ++k) sum = fmaf(kept[j][k], kept[j][k], sum);
    }
  }
  for (int i = first + kKept * 256; i < n; i += 256) {
    float m[8];
    gate8(y + i, z + i, m);
    for (int k = 0; k < 8; ++k) sum = fmaf(m[k], m[k], sum);
  }
  sum = warp_sum(sum);
  const float scale = __frsqrt_rn(sum / n + eps);
#pragma unroll
  for (int j = 0; j < kKept; ++j) {
    const int i = first + j * 256;
    if (i < n) store(i, normed8(kept[j], scale, weight + i));
  }
  for (int i = first + kKept * 256; i < n; i += 256) {
    float m[8];
    gate8(y + i, z + i, m);
    store(i, normed8(m, scale, weight + i));
  }
}

}  // namespace sw::cuda
