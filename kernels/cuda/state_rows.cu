// Small moves between a sequence's log and what is outside of it, and the byte comparison that admits a matrix product.
#include "cuda/common.cuh"
#include "cuda/ops.h"

namespace sw::cuda {
namespace {

constexpr int kThreads = 256;

template <bool kGather>
__global__ void move_rows(StateRowsArgs a) {
  const long long p = a.begin + blockIdx.x;
  if (p < 0) return;
  bf16* log = a.log + (size_t(blockIdx.y) * a.log_len + size_t(p % a.log_len)) * a.width;
  bf16* row = a.rows + (size_t(blockIdx.y) * a.n_rows_max + blockIdx.x) * a.width;
  const uint4* from = reinterpret_cast<const uint4*>(kGather ? log : row);
  uint4* to = reinterpret_cast<uint4*>(kGather ? row : log);
  for (int i = threadIdx.x; i < a.width / 8; i += kThreads) to[i] = from[i];
}

__global__ void conv_state_rows(ConvStateArgs a) {
  const int k = blockIdx.x, layer = blockIdx.y;
  const long long p = a.position - (a.d_conv - 1) + k;
  if (p < 0) return;
  const float* from = a.conv_state + layer * a.layer_stride + size_t(k) * a.d_conv_in;
  bf16* to = a.log + (size_t(layer) * a.log_len + size_t(p % a.log_len)) * a.width;
  for (int i = threadIdx.x; i < a.width; i += kThreads) to[i] = __float2bfloat16_rn(i < a.d_conv_in ? from[i] : 0.0f);
}

__global__ void widen(const bf16* from, float* to, int n) {
  const int i = blockIdx.x * kThreads + threadIdx.x;
  if (i < n) to[i] = float(from[i]);
}

__global__ void narrow(const float* from, bf16* to, int n) {
  const int i = blockIdx.x * kThreads + threadIdx.x;
  if (i < n) to[i] = __float2bfloat16_rn(from[i]);
}

template <class T>
__global__ void compare(const T* a, const T* b, size_t n, unsigned* n_different) {
  const size_t i = size_t(blockIdx.x) * kThreads + threadIdx.x;
  if (i < n && a[i] != b[i]) atomicAdd(n_different, 1u);
}

}  // namespace

cudaError_t gather_rows(const StateRowsArgs& args, cudaStream_t stream) {
  if (args.end <= args.begin) return cudaSuccess;
  return launch({dim3(static_cast<unsigned>(args.end - args.begin), args.n_layers), dim3(kThreads), 0, stream}, move_rows<true>,
                args);
}

cudaError_t scatter_rows(const StateRowsArgs& args, cudaStream_t stream) {
  if (args.end <= args.begin) return cudaSuccess;
  return launch({dim3(static_cast<unsigned>(args.end - args.begin), args.n_layers), dim3(kThreads), 0, stream},
                move_rows<false>, args);
}

cudaError_t load_conv_state(const ConvStateArgs& args, cudaStream_t stream) {
  if (args.d_conv < 2) return cudaSuccess;
  return launch({dim3(args.d_conv - 1, args.n_layers), dim3(kThreads), 0, stream}, conv_state_rows, args);
}

cudaError_t to_float(const bf16* from, float* to, int n, cudaStream_t stream) {
  return launch({dim3((n + kThreads - 1) / kThreads), dim3(kThreads), 0, stream}, widen, from, to, n);
}

cudaError_t to_bf16(const float* from, bf16* to, int n, cudaStream_t stream) {
  return launch({dim3((n + kThreads - 1) / kThreads), dim3(kThreads), 0, stream}, narrow, from, to, n);
}

cudaError_t count_different(const void* a, const void* b, int value_bytes, size_t n, unsigned* n_different,
                            cudaStream_t stream) {
  const LaunchShape shape = {dim3(static_cast<unsigned>((n + kThreads - 1) / kThreads)), dim3(kThreads), 0, stream};
  if (value_bytes == 2) {
    return launch(shape, compare<uint16_t>, static_cast<const uint16_t*>(a), static_cast<const uint16_t*>(b), n, n_different);
  }
  return launch(shape, compare<uint32_t>, static_cast<const uint32_t*>(a), static_cast<const uint32_t*>(b), n, n_different);
}

}  // namespace sw::cuda
