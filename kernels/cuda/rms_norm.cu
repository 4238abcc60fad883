// y[t, i] = x[t, i] weight[i] / sqrt(mean over i of x[t, i]^2 + eps), rounded to bf16
// Source: RMSNorm (Zhang & Sennrich 2019); oracle: kernels/cpu/ref/rms_norm.cc.
// Grid:   one block for a token.
// Bytes:  (4 + 2) d_model for a token; x is read twice, the second time from L1.
#include "cuda/ops.h"
#include "cuda/rms_norm.cuh"

namespace sw::cuda {
namespace {

__global__ void __launch_bounds__(kNormThreads) rms_norm_rows(RmsNormArgs a) {
  __shared__ float partial[kNormThreads / 32];
  const int t = blockIdx.x;
  const float* x = a.x + size_t(t) * a.d_model;
  const size_t row = a.log_len > 0 ? size_t((a.position + t) % a.log_len) : size_t(t);
  bf16* y = a.y + row * a.y_stride;
  rms_partial(x, a.d_model, partial);
  __syncthreads();
  const float scale = rms_scale(partial, a.d_model, a.eps);
  for (int i = threadIdx.x * 4; i < a.y_stride; i += kNormThreads * 4) {
    *reinterpret_cast<uint2*>(y + i) = rms_apply(x, a.weight, i, a.d_model, scale);
  }
}

}  // namespace

cudaError_t rms_norm(const RmsNormArgs& args, cudaStream_t stream) {
  return launch({dim3(args.n_tokens), dim3(kNormThreads), 0, stream}, rms_norm_rows, args);
}

}  // namespace sw::cuda
