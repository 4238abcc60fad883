// Kernels of the experiment in fp8.cc.
#pragma once

#include <cuda_bf16.h>

#include <cstdint>

namespace sw::cuda {

// Each row of x (n_rows, n_cols): q = e4m3(x / scale), scale = the row's largest / 448.
cudaError_t quantise_e4m3(const __nv_bfloat16* x, int n_rows, int n_cols, uint8_t* q, float* scales, cudaStream_t stream);

// u w^T (n_tokens, n_rows) of e4m3 values without scales: sums over k upwards by float32 fused multiply-adds, and in float64.
cudaError_t sum_e4m3(const uint8_t* w, const uint8_t* u, int n_rows, int n_cols, int n_tokens, float* ordered, double* exact,
                     cudaStream_t stream);

}  // namespace sw::cuda
