// m[t, i] = y[t, i] silu(z[t, i]);   out[t, i] = weight[i] m[t, i] / sqrt(mean over i's group of m[t]^2 + eps)
// Source: the gated RMSNorm of Mamba-2 (Dao & Gu 2024), gate first, groups normalised independently; model §4.6.
#include <cmath>

#include "cpu/ref/bind.h"

namespace sw::ops {
namespace {

double silu(double a) {
  return a / (1 + std::exp(-a));
}

// One group of one token. `out` may be `y`.
void norm_group(const float* y, const float* z, const float* weight, int n, float eps, float* out) {
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    const double m = y[i] * silu(z[i]);
    sum += m * m;
  }
  const double scale = 1 / std::sqrt(sum / n + eps);
  for (int i = 0; i < n; ++i) out[i] = static_cast<float>(y[i] * silu(z[i]) * scale * weight[i]);
}

void gated_norm(const GatedNormArgs& a, Part part) {
  const Range tokens = range_of(part, a.n_tokens, 1);
  const int n = a.d_inner / a.n_groups;
  for (int t = tokens.begin; t < tokens.end; ++t) {
    const size_t row = static_cast<size_t>(t) * static_cast<size_t>(a.d_inner);
    const float* z = a.z + static_cast<size_t>(t) * a.z_stride;
    for (int i = 0; i < a.d_inner; i += n) norm_group(a.y + row + i, z + i, a.weight + i, n, a.eps, a.out + row + i);
  }
}

}  // namespace

void bind_ref_gated_norm(OpTable& table) {
  table.gated_norm = gated_norm;
}

}  // namespace sw::ops
