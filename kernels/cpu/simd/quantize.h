// Walks the groups of the quantize op. What becomes of one is the row's own: quantize_group, defined behind the include.
// Include after a vec.h. Private to the including file.
#pragma once

#include "ops.h"

namespace sw::ops {
namespace {

constexpr float kZeroBelow = 1e-36f;  // 127 / x overflows not far below

// 32 values of x, of which those behind the first n count as zero; n may be below 1.
inline void quantize_group(const float* x, int n, QuantGroup* out);

inline void quantize(const QuantizeArgs& a, Part part) {
  const Range tokens = range_of(part, a.n_tokens, 1);
  const int n_groups = pack_groups(a.n_cols);
  for (int t = tokens.begin; t < tokens.end; ++t) {
    const float* x = a.x + static_cast<size_t>(t) * a.x_stride;
    QuantGroup* out = a.out + quant_index(a.n_tokens, n_groups, t, 0);
    const size_t step = quant_index(a.n_tokens, n_groups, t, 1) - quant_index(a.n_tokens, n_groups, t, 0);
    for (int g = 0; g < n_groups; ++g) quantize_group(x + g * kPackGroup, a.n_cols - g * kPackGroup, out + static_cast<size_t>(g) * step);
  }
}

}  // namespace
}  // namespace sw::ops
