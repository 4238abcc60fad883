// y[t, r] = sum over k of w[r, k] x[t, k]   (+ y[t, r] before, when accumulate)
// Source: the projections W_in, W_out and W_head, model §4.1, §4.2, §4.6.
#include "cpu/ref/bind.h"
#include "cpu/ref/weight.h"

namespace sw::ops {
namespace {

void matmul(const MatmulArgs& a, Part part) {
  const Range rows = range_of(part, a.w.n_rows, 1);
  const size_t n_cols = static_cast<size_t>(a.w.n_cols);
  for (int t = 0; t < a.n_tokens; ++t) {
    const float* x = a.x + static_cast<size_t>(t) * a.x_stride;
    float* y = a.y + static_cast<size_t>(t) * a.y_stride;
    for (int r = rows.begin; r < rows.end; ++r) {
      const size_t row = static_cast<size_t>(r) * n_cols;
      double sum = 0;
      for (size_t k = 0; k < n_cols; ++k) sum += double{weight_at(a.w, row + k)} * x[k];
      y[r] = static_cast<float>(a.accumulate ? sum + y[r] : sum);
    }
  }
}

}  // namespace

void bind_ref_matmul(OpTable& table) {
  table.matmul = matmul;
}

}  // namespace sw::ops
