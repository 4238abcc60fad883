// y[t, i] = x[t, i] weight[i] / sqrt(mean over i of x[t, i]^2 + eps), rounded to bf16
// Source: RMSNorm (Zhang & Sennrich 2019); oracle: kernels/cpu/ref/rms_norm.cc.
// Grid:   one block for a token.
// Bytes:  (4 + 2) d_model for a token.
#include "cuda/ops.h"
#include "cuda/rms_norm.cuh"

namespace sw::cuda {
namespace {

__global__ void __launch_bounds__(kNormThreads) rms_norm_rows(RmsNormArgs a) {
  __shared__ float partial[kNormThreads / 32];
  previous_done();
  allow_next();
  const int t = blockIdx.x;
  const size_t to = a.log_len > 0 ? size_t((a.position + t) % a.log_len) : size_t(t);
  bf16* y = a.y + to * a.y_stride;
  const RmsRow row(a.x + size_t(t) * a.d_model, a.d_model);
  const float squares = row.squares();
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = squares;
  __syncthreads();
  row.apply(a.weight, rms_scale(partial, a.d_model, a.eps), a.y_stride,
            [&](int i, uint2 v) { *reinterpret_cast<uint2*>(y + i) = v; });
}

}  // namespace

cudaError_t rms_norm(const RmsNormArgs& args, bool overlap, cudaStream_t stream) {
  return launch({dim3(args.n_tokens), dim3(kNormThreads), 0, stream, overlap}, rms_norm_rows, args);
}

}  // namespace sw::cuda
