#include "e4m3.h"

#include <cuda_fp8.h>

namespace sw::cuda {
namespace {

constexpr int kThreads = 256;
constexpr float kLargest = 448;  // of e4m3

// One block a row: q = e4m3(x / scale), scale = the row's largest / 448.
__global__ void __launch_bounds__(kThreads) to_e4m3(const __nv_bfloat16* x, int n_cols, uint8_t* q, float* scales) {
  __shared__ float largest[kThreads / 32];
  const __nv_bfloat16* row = x + size_t(blockIdx.x) * n_cols;
  float m = 0;
  for (int i = threadIdx.x; i < n_cols; i += kThreads) m = fmaxf(m, fabsf(__bfloat162float(row[i])));
  for (int i = 16; i > 0; i /= 2) m = fmaxf(m, __shfl_xor_sync(~0u, m, i));
  if (threadIdx.x % 32 == 0) largest[threadIdx.x / 32] = m;
  __syncthreads();
  for (const float other : largest) m = fmaxf(m, other);
  const float scale = m > 0 ? m / kLargest : 1.0f;
  if (threadIdx.x == 0) scales[blockIdx.x] = scale;
  for (int i = threadIdx.x; i < n_cols; i += kThreads) {
    q[size_t(blockIdx.x) * n_cols + i] = __nv_cvt_float_to_fp8(__bfloat162float(row[i]) / scale, __NV_SATFINITE, __NV_E4M3);
  }
}

__device__ float value_of(uint8_t q) {
  return __half2float(__half(__nv_cvt_fp8_to_halfraw(q, __NV_E4M3)));
}

// One thread an element: the sum over k upwards by fused multiply-adds, and in float64.
__global__ void exact_sums(const uint8_t* w, const uint8_t* u, int n_cols, int n_rows, float* ordered, double* exact) {
  const int r = blockIdx.x * blockDim.x + threadIdx.x, t = blockIdx.y;
  if (r >= n_rows) return;
  float sum = 0;
  double sum64 = 0;
  for (int k = 0; k < n_cols; ++k) {
    const float a = value_of(w[size_t(r) * n_cols + k]), b = value_of(u[size_t(t) * n_cols + k]);
    sum = fmaf(a, b, sum);
    sum64 += double(a) * b;
  }
  ordered[size_t(t) * n_rows + r] = sum;
  exact[size_t(t) * n_rows + r] = sum64;
}

}  // namespace

cudaError_t quantise_e4m3(const __nv_bfloat16* x, int n_rows, int n_cols, uint8_t* q, float* scales, cudaStream_t stream) {
  to_e4m3<<<n_rows, kThreads, 0, stream>>>(x, n_cols, q, scales);
  return cudaGetLastError();
}

cudaError_t sum_e4m3(const uint8_t* w, const uint8_t* u, int n_rows, int n_cols, int n_tokens, float* ordered, double* exact,
                     cudaStream_t stream) {
  exact_sums<<<dim3((n_rows + 127) / 128, n_tokens), 128, 0, stream>>>(w, u, n_cols, n_rows, ordered, exact);
  return cudaGetLastError();
}

}  // namespace sw::cuda
