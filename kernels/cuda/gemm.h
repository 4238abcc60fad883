// Matrix products of many tokens by cuBLASLt, which is loaded when it is there. An algorithm is used only after its bytes were
// found equal to those of matmul_decode, so that it does not matter which of the two computed a token.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cuda/ops.h"

namespace sw::cuda {

struct LtLibrary;

class Gemm {
 public:
  Gemm();
  ~Gemm();
  Gemm(const Gemm&) = delete;
  Gemm& operator=(const Gemm&) = delete;

  // Where the products of one weight shape and output run; made by admit().
  struct Shape {
    int n_rows = 0;
    int n_cols = 0;
    Output output = Output::f32;
    int n_parts = 1;  // as in MatmulDecodeArgs
    struct Bucket {
      int n_tokens_max = 0;
      int n_tried = 0;
      int n_equal = 0;         // of those tried
      float best_ms = 0;       // at n_tokens_max
      unsigned char algo[64];  // cublasLtMatmulAlgo_t
    };
    std::vector<Bucket> buckets;  // ascending; empty: none is equal, use matmul_decode
  };

  // Tries the algorithms that cuBLASLt proposes for 16, 32, ... n_tokens_max tokens. w is bf16, as any of this shape.
  Shape admit(const Weights& w, Output output, int n_parts, size_t y_stride, int n_tokens_max, const MatmulPlan& plan,
              cudaStream_t stream);

  // y = u w^T or y += u w^T; false when the shape has no algorithm that takes it. u: (n_tokens, w.cols_padded()).
  bool run(const Shape& shape, const __nv_bfloat16* w, const __nv_bfloat16* u, int n_tokens, void* y, size_t y_stride,
           cudaStream_t stream) const;

  bool available() const { return library_ != nullptr; }
  const std::string& why() const { return why_; }  // it is not available

 private:
  std::unique_ptr<LtLibrary> library_;
  std::string why_;
  void* workspace_ = nullptr;
};

}  // namespace sw::cuda
