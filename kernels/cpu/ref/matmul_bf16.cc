// y[t, r] = sum over k of w[r, k] bf16(x[t, k])   (+ y[t, r] before, when accumulate)
// Source: the projections W_in, W_out and W_head, model §4.1, §4.2, §4.6, with operands as other runtimes take them.
#include <cmath>

#include "cpu/ref/bind.h"
#include "cpu/ref/weight.h"

namespace sw::ops {
namespace {

double normal(float value) { return std::fpclassify(value) == FP_SUBNORMAL ? 0.0 : double{value}; }

void matmul_bf16(const MatmulBf16Args& a, Part part) {
  const Range rows = range_of(part, a.w.n_rows, 1);
  const int n_cols = a.w.n_cols, n_steps = pair_steps(n_cols);
  for (int t = 0; t < a.n_tokens; ++t) {
    float* y = a.y + static_cast<size_t>(t) * a.y_stride;
    for (int r = rows.begin; r < rows.end; ++r) {
      double sum = 0;
      for (int k = 0; k < n_cols; ++k) {
        const uint32_t pair = a.x[pair_index(a.n_tokens, n_steps, t, k / 2)];
        const float x = float_of_bf16(static_cast<uint16_t>(k % 2 == 0 ? pair : pair >> 16));
        sum += normal(weight_at(a.w, static_cast<size_t>(r) * static_cast<size_t>(n_cols) + static_cast<size_t>(k))) * normal(x);
      }
      y[r] = static_cast<float>(a.accumulate ? sum + y[r] : sum);
    }
  }
}

}  // namespace

void bind_ref_matmul_bf16(OpTable& table) {
  table.matmul_bf16 = matmul_bf16;
}

}  // namespace sw::ops
