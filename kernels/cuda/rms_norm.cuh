// The arithmetic of RMSNorm, for the decode product that normalises its own input and for rms_norm.cu.
#pragma once

#include "cuda/common.cuh"

namespace sw::cuda {

constexpr int kNormThreads = 256;

// One row x (n,), n a multiple of 4, by threads [0, 256) of a block: element i belongs to thread (i / 4) % 256. The
// first 4,096 are read at once and stay in registers, which is all there are in most models.
class RmsRow {
 public:
  __device__ RmsRow(const float* x, int n) : x_(x), n_(n) {
#pragma unroll
    for (int j = 0; j < kKept; ++j) {
      if (index(j) < n) kept_[j] = load(x, index(j));
    }
  }

  // The warp's share of the sum of squares.
  __device__ float squares() const {
    float sum = 0;
#pragma unroll
    for (int j = 0; j < kKept; ++j) {
      if (index(j) < n_) sum = add_squares(sum, kept_[j]);
    }
    for (int i = index(kKept); i < n_; i += kStep) sum = add_squares(sum, load(x_, i));
    return warp_sum(sum);
  }

  // store(i, two bf16 pairs) takes elements i to i + 3; zeros from n to n_padded. weight: (n,).
  template <class Store>
  __device__ void apply(const float* weight, float scale, int n_padded, Store store) const {
#pragma unroll
    for (int j = 0; j < kKept; ++j) {
      const int i = index(j);
      if (i < n_padded) store(i, i < n_ ? normed(kept_[j], load(weight, i), scale) : uint2{0, 0});
    }
    for (int i = index(kKept); i < n_padded; i += kStep) {
      store(i, i < n_ ? normed(load(x_, i), load(weight, i), scale) : uint2{0, 0});
    }
  }

 private:
  static constexpr int kKept = 4, kStep = kNormThreads * 4;

  __device__ static int index(int j) {
    return threadIdx.x * 4 + j * kStep;
  }
  __device__ static float4 load(const float* from, int i) {
    return *reinterpret_cast<const float4*>(from + i);
  }
  __device__ static float add_squares(float sum, float4 v) {
    return fmaf(v.w, v.w, fmaf(v.z, v.z, fmaf(v.y, v.y, fmaf(v.x, v.x, sum))));
  }
  __device__ static uint2 normed(float4 v, float4 w, float scale) {
    return {pack(v.x * scale * w.x, v.y * scale * w.y), pack(v.z * scale * w.z, v.w * scale * w.w)};
  }

  const float* x_;
  int n_;
  float4 kept_[kKept];
};

// From the sums of the eight warps.
__device__ inline float rms_scale(const float* partial, int n, float eps) {
  float sum = 0;
  for (int i = 0; i < kNormThreads / 32; ++i) sum += partial[i];
  return __frsqrt_rn(sum / n + eps);
}

}  // namespace sw::cuda
