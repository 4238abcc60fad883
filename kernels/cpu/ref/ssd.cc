// The SSD recurrence, one token after the other.
//   dt[t, h]         = clamp(softplus(dt_raw[t, h] + dt_bias[h]), dt_min, dt_max)
//   ssm_state[h,p,n] = exp(dt[t,h] A[h]) ssm_state[h,p,n] + dt[t,h] x[t,h,p] B[t,g,n]
//   y[t,h,p]         = sum over n of ssm_state[h,p,n] C[t,g,n]  +  D[h] x[t,h,p]        g = h / (n_heads / n_groups)
//   softplus(a)      = a for a > 20, else log(1 + exp(a))
// Source: Dao & Gu 2024, "Transformers are SSMs"; model §4.4 and §4.5.
#include <algorithm>
#include <cmath>

#include "cpu/ref/bind.h"

namespace sw::ops {
namespace {

double softplus(double a) {
  return a > 20 ? a : std::log1p(std::exp(a));
}

// One head, one token. `state` and `y`, which may be nullptr, are the head's own; x, B and C the token's.
void step(const SsdArgs& a, int h, float dt, const float* x, const float* B, const float* C, float* state, float* y) {
  const double decay = std::exp(double{dt} * a.A[h]);
  for (int p = 0; p < a.head_dim; ++p) {
    float* row = state + static_cast<size_t>(p) * static_cast<size_t>(a.d_state);
    double sum = 0;
    for (int n = 0; n < a.d_state; ++n) {
      row[n] = static_cast<float>(decay * row[n] + double{dt} * x[p] * B[n]);
      if (y != nullptr) sum += double{row[n]} * C[n];
    }
    if (y != nullptr) y[p] = static_cast<float>(sum + double{a.D[h]} * x[p]);
  }
}

void ssd(const SsdArgs& a, Part part) {
  const Range heads = range_of(part, a.n_heads, 1);
  const size_t head_dim = static_cast<size_t>(a.head_dim);
  const size_t d_state = static_cast<size_t>(a.d_state);
  for (int h = heads.begin; h < heads.end; ++h) {
    const size_t head = static_cast<size_t>(h);
    const size_t group = static_cast<size_t>(h / (a.n_heads / a.n_groups));
    for (int t = 0; t < a.n_tokens; ++t) {
      const size_t token = static_cast<size_t>(t);
      const double raw = double{a.dt_raw[token * a.dt_stride + head]} + a.dt_bias[h];
      const float dt = std::clamp(static_cast<float>(softplus(raw)), a.dt_min, a.dt_max);
      step(a, h, dt, a.x + token * a.xbc_stride + head * head_dim, a.B + token * a.xbc_stride + group * d_state,
           a.C + token * a.xbc_stride + group * d_state, a.ssm_state + head * head_dim * d_state,
           a.y == nullptr ? nullptr : a.y + (token * static_cast<size_t>(a.n_heads) + head) * head_dim);
    }
  }
}

}  // namespace

void bind_ref_ssd(OpTable& table) {
  table.ssd = ssd;
}

}  // namespace sw::ops
