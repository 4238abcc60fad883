// y[t] = x[t] * weight / sqrt(mean(x[t]^2) + eps). Oracle: cpu/ref/rms_norm.cc.
// Order: four vectors of partial sums, vector i of x into number i mod 4; then one fixed tree.
// Bytes:  4 * 3 * n_tokens * d_model, all from cache.
// Include after a vec.h. Private to the including file.
#pragma once

#include "ops.h"

namespace sw::ops {
namespace {

inline float sum_of_squares(const float* x, int n) {
  Vec sums[4] = {zero(), zero(), zero(), zero()};
  int i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
    for (int j = 0; j < 4; ++j) {
      const Vec v = load(x + i + j * kLanes);
      sums[j] = fma(v, v, sums[j]);
    }
  }
  for (int j = 0; i < n; i += kLanes, ++j) {
    const Vec v = n - i >= kLanes ? load(x + i) : load_n(x + i, n - i);
    sums[j] = fma(v, v, sums[j]);
  }
  const Vec sum = add(add(sums[0], sums[1]), add(sums[2], sums[3]));
  return first_of(sum4(sum, zero(), zero(), zero()));
}

inline void rms_norm(const RmsNormArgs& a, Part part) {
  const Range tokens = range_of(part, a.n_tokens, 1);
  for (int t = tokens.begin; t < tokens.end; ++t) {
    const float* x = a.x + static_cast<size_t>(t) * static_cast<size_t>(a.d_model);
    float* y = a.y + static_cast<size_t>(t) * static_cast<size_t>(a.d_model);
    const float mean = sum_of_squares(x, a.d_model) / static_cast<float>(a.d_model);
    const Vec scale = set1(1 / __builtin_sqrtf(mean + a.eps));
    int i = 0;
    for (; i + kLanes <= a.d_model; i += kLanes) store(y + i, mul(mul(load(x + i), scale), load(a.weight + i)));
    if (const int n = a.d_model - i; n > 0) {
      store_n(y + i, mul(mul(load_n(x + i, n), scale), load_n(a.weight + i, n)), n);
    }
  }
}

}  // namespace
}  // namespace sw::ops
