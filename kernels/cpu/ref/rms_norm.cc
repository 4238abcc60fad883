// y[t, i] = x[t, i] weight[i] / sqrt(mean over i of x[t, i]^2 + eps)
// Source: RMSNorm (Zhang & Sennrich 2019), model §4.1.
#include <cmath>

#include "cpu/ref/bind.h"

namespace sw::ops {
namespace {

void rms_norm(const RmsNormArgs& a, Part part) {
  const Range tokens = range_of(part, a.n_tokens, 1);
  for (int t = tokens.begin; t < tokens.end; ++t) {
    const float* x = a.x + static_cast<size_t>(t) * static_cast<size_t>(a.d_model);
    float* y = a.y + static_cast<size_t>(t) * static_cast<size_t>(a.d_model);
    double sum = 0;
    for (int i = 0; i < a.d_model; ++i) sum += double{x[i]} * x[i];
    const double scale = 1 / std::sqrt(sum / a.d_model + a.eps);
    for (int i = 0; i < a.d_model; ++i) y[i] = static_cast<float>(x[i] * scale * a.weight[i]);
  }
}

}  // namespace

void bind_ref_rms_norm(OpTable& table) {
  table.rms_norm = rms_norm;
}

}  // namespace sw::ops
