#include <cuda_runtime.h>

constexpr int kThreads = 256;

// y = a x + y
__global__ void saxpy(int n, float a, const float* x, float* y) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = a * x[i] + y[i];
}

__device__ float warp_sum(float value) {
  __shared__ float parts[32];
  parts[threadIdx.x] = value;
  __syncthreads();
  return parts[0];
}

struct Launcher {
  void launch(int n, const float* x, float* y) const {
    saxpy<<<(n + kThreads - 1) / kThreads, kThreads>>>(n, 2.0f, x, y);
  }
};
