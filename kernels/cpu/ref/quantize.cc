// scale = max |x| / 127;  q = x * (127 / max |x|), rounded to the nearest, ties to even
// Source: symmetric 8-bit quantisation of activations by groups, the operand of integer dot products.
#include <bit>
#include <cmath>
#include <limits>

#include "cpu/ref/bind.h"

namespace sw::ops {
namespace {

constexpr float kZeroBelow = 1e-36f;  // 127 / x overflows not far below

// The largest |x| of n values. NaN counts as larger than infinity.
float largest(const float* x, int n) {
  uint32_t bits = 0;
  for (int k = 0; k < n; ++k) {
    const uint32_t magnitude = std::bit_cast<uint32_t>(x[k]) & 0x7fffffff;
    bits = magnitude > bits ? magnitude : bits;
  }
  return std::bit_cast<float>(bits);
}

QuantGroup quantize_group(const float* x, int n) {
  QuantGroup out{};
  const float max = largest(x, n);
  if (!std::isfinite(max)) out.scale = std::numeric_limits<float>::quiet_NaN();
  if (!std::isfinite(max) || max < kZeroBelow) return out;
  out.scale = max / 127.0f;
  const float factor = 127.0f / max;
  int32_t sum = 0;
  for (int k = 0; k < n; ++k) {
    out.q[k] = static_cast<int8_t>(std::nearbyint(x[k] * factor));
    sum += out.q[k];
  }
  out.offset_q4 = -8 * sum;
  out.offset_q8 = -128 * sum;
  return out;
}

void quantize(const QuantizeArgs& a, Part part) {
  const Range tokens = range_of(part, a.n_tokens, 1);
  const int n_groups = pack_groups(a.n_cols);
  for (int t = tokens.begin; t < tokens.end; ++t) {
    const float* x = a.x + static_cast<size_t>(t) * a.x_stride;
    for (int g = 0; g < n_groups; ++g) {
      const int k = g * kPackGroup;
      const int rest = a.n_cols - k;
      a.out[quant_index(a.n_tokens, n_groups, t, g)] = quantize_group(x + (rest > 0 ? k : 0), rest < 0 ? 0 : rest < kPackGroup ? rest : kPackGroup);
    }
  }
}

}  // namespace

void bind_ref_quantize(OpTable& table) {
  table.quantize = quantize;
}

}  // namespace sw::ops
