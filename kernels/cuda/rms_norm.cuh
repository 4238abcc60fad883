// The arithmetic of RMSNorm, for the decode product that normalises its own input and for rms_norm.cu.
#pragma once

#include "cuda/common.cuh"

namespace sw::cuda {

constexpr int kNormThreads = 256;

// The sum of squares of x (n,), n a multiple of 4, by threads [0, 256) of a block: element i belongs to thread (i / 4) % 256;
// each warp's sum goes to partial[warp]. The caller synchronises.
__device__ inline void rms_partial(const float* x, int n, float* partial) {
  float sum = 0;
  for (int i = threadIdx.x * 4; i < n; i += kNormThreads * 4) {
    const float4 v = *reinterpret_cast<const float4*>(x + i);
    sum = fmaf(v.x, v.x, sum);
    sum = fmaf(v.y, v.y, sum);
    sum = fmaf(v.z, v.z, sum);
    sum = fmaf(v.w, v.w, sum);
  }
  sum = warp_sum(sum);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = sum;
}

__device__ inline float rms_scale(const float* partial, int n, float eps) {
  float sum = 0;
  for (int i = 0; i < kNormThreads / 32; ++i) sum += partial[i];
  return __frsqrt_rn(sum / n + eps);
}

// Elements i to i + 3 of the norm, as two bf16 pairs; zeros from n on.
__device__ inline uint2 rms_apply(const float* x, const float* weight, int i, int n, float scale) {
  if (i >= n) return {0, 0};
  const float4 v = *reinterpret_cast<const float4*>(x + i);
  const float4 w = *reinterpret_cast<const float4*>(weight + i);
  return {pack(v.x * scale * w.x, v.y * scale * w.y), pack(v.z * scale * w.z, v.w * scale * w.w)};
}

}  // namespace sw::cuda
