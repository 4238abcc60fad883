// m[i] = y[i] silu(z[i]);  out[i] = weight[i] m[i] / sqrt(mean over i's group of m^2 + eps).
// Oracle: cpu/ref/gated_norm.cc. `out` holds m between the two passes, so it may alias `y`.
// Order:  one vector of partial sums a group, in increasing i; then one fixed tree.
// Bytes:  4 * 4 * n_tokens * d_inner, all from cache; the exponential and the division are the time.
// Include after a vec.h. Private to the including file.
#pragma once

#include "cpu/simd/math.h"
#include "ops.h"

namespace sw::ops {
namespace {

// out = y silu(z); returns the sum of its squares.
inline float gate(const float* y, const float* z, int n, float* out) {
  Vec sum = zero();
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Vec m = mul(load(y + i), silu(load(z + i)));
    store(out + i, m);
    sum = fma(m, m, sum);
  }
  if (const int rest = n - i; rest > 0) {
    const Vec m = mul(load_n(y + i, rest), silu(load_n(z + i, rest)));
    store_n(out + i, m, rest);
    sum = fma(m, m, sum);
  }
  return first_of(sum4(sum, zero(), zero(), zero()));
}

inline void scale_by(const float* weight, float scale, int n, float* out) {
  const Vec s = set1(scale);
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) store(out + i, mul(mul(load(out + i), s), load(weight + i)));
  if (const int rest = n - i; rest > 0) {
    store_n(out + i, mul(mul(load_n(out + i, rest), s), load_n(weight + i, rest)), rest);
  }
}

inline void gated_norm(const GatedNormArgs& a, Part part) {
  const Range tokens = range_of(part, a.n_tokens, 1);
  const int n = a.d_inner / a.n_groups;
  for (int t = tokens.begin; t < tokens.end; ++t) {
    const size_t row = static_cast<size_t>(t) * static_cast<size_t>(a.d_inner);
    const float* z = a.z + static_cast<size_t>(t) * a.z_stride;
    for (int i = 0; i < a.d_inner; i += n) {
      float* out = a.out + row + i;
      const float mean = gate(a.y + row + i, z + i, n, out) / static_cast<float>(n);
      scale_by(a.weight + i, 1 / __builtin_sqrtf(mean + a.eps), n, out);
    }
  }
}

}  // namespace
}  // namespace sw::ops
