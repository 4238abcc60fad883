// m[t, i] = y[t, i] silu(z[t, i]);   out[t, i] = weight[i] m[t, i] / sqrt(mean over i's group of m[t]^2 + eps), as bf16
// Source: the gated RMSNorm of Mamba-2 (Dao & Gu 2024), gate first, groups alone; oracle: kernels/cpu/ref/gated_norm.cc.
// Grid:   one warp for a group of a token; y and z are read twice, the second time from L1.
// Bytes:  6 d_inner for a token.
#include "cuda/gated_norm.cuh"
#include "cuda/ops.h"

namespace sw::cuda {
namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads) gated_norm_rows(GatedNormArgs a) {
  previous_done();
  allow_next();
  const int item = blockIdx.x * (kThreads / 32) + threadIdx.x / 32;
  const int t = item / a.n_groups, g = item % a.n_groups;
  if (t >= a.n_tokens) return;
  const int n = a.d_inner / a.n_groups;
  const bf16* y = a.y + size_t(t) * a.d_inner + g * n;
  const bf16* z = a.z + size_t(t) * a.z_stride + g * n;
  bf16* out = a.out + size_t(t) * a.out_stride;
  const auto load = [&](int i, float(&m)[8]) {
    const uint4 yv = *reinterpret_cast<const uint4*>(y + i), zv = *reinterpret_cast<const uint4*>(z + i);
    const float2 pairs[4] = {gated(yv.x, zv.x), gated(yv.y, zv.y), gated(yv.z, zv.z), gated(yv.w, zv.w)};
    for (int k = 0; k < 8; ++k) m[k] = k % 2 == 0 ? pairs[k / 2].x : pairs[k / 2].y;
  };
  gated_norm_group(a.weight + g * n, n, a.eps, load,
                   [&](int i, uint4 v) { *reinterpret_cast<uint4*>(out + g * n + i) = v; });
  if (g == 0) {
    for (int i = a.d_inner + threadIdx.x % 32; i < a.out_stride; i += 32) out[i] = bf16(0.0f);
  }
}

}  // namespace

cudaError_t gated_norm(const GatedNormArgs& args, bool overlap, cudaStream_t stream) {
  const int n_warps = args.n_tokens * args.n_groups;
  const dim3 grid((n_warps + kThreads / 32 - 1) / (kThreads / 32));
  return launch({grid, dim3(kThreads), 0, stream, overlap}, gated_norm_rows, args);
}

}  // namespace sw::cuda
