// y[t, r] = sum over k of w[r, k] x[t, k]   (+ y[t, r] before, when accumulate), both quantised by groups of k
// Source: as matmul.cc; the layout of w and x is packed.h's.
#include "cpu/ref/bind.h"
#include "cpu/ref/packed_weight.h"

namespace sw::ops {
namespace {

// The group of w's row r against x.
double dot_group(const Matrix& w, int r, int g, const QuantGroup& x) {
  int32_t sum = 0;
  for (int i = 0; i < kPackGroup; ++i) sum += packed_value(w, r, g * kPackGroup + i) * x.q[i];
  return double{packed_scale(w, r, g * kPackGroup)} * x.scale * sum;
}

void matmul_packed(const MatmulPackedArgs& a, Part part) {
  const Range rows = range_of(part, a.w.n_rows, kPackRows);
  const int n_groups = pack_groups(a.w.n_cols);
  for (int t = 0; t < a.n_tokens; ++t) {
    float* y = a.y + static_cast<size_t>(t) * a.y_stride;
    for (int r = rows.begin; r < rows.end; ++r) {
      double sum = 0;
      for (int g = 0; g < n_groups; ++g) sum += dot_group(a.w, r, g, a.x[quant_index(a.n_tokens, n_groups, t, g)]);
      y[r] = static_cast<float>(a.accumulate ? sum + y[r] : sum);
    }
  }
}

}  // namespace

void bind_ref_matmul_packed(OpTable& table) {
  table.matmul_packed = matmul_packed;
}

}  // namespace sw::ops
