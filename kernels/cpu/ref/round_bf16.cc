// The upper half of a float32, rounded to the nearest, ties to even.
#include <bit>
#include <cmath>

#include "cpu/ref/bind.h"

namespace sw::ops {
namespace {

uint32_t bf16_of(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return bits >> 16 | 0x40;  // quiet
  return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

void round_bf16(const RoundBf16Args& a, Part part) {
  const Range tokens = range_of(part, a.n_tokens, kPairTile);
  const int n_steps = pair_steps(a.n_cols);
  for (int t = tokens.begin; t < tokens.end; ++t) {
    const float* x = a.x + static_cast<size_t>(t) * a.x_stride;
    for (int p = 0; p < n_steps * kStepPairs; ++p) {
      const uint32_t even = 2 * p < a.n_cols ? bf16_of(x[2 * p]) : 0, odd = 2 * p + 1 < a.n_cols ? bf16_of(x[2 * p + 1]) : 0;
      a.out[pair_index(a.n_tokens, n_steps, t, p)] = even | odd << 16;
    }
  }
}

}  // namespace

void bind_ref_round_bf16(OpTable& table) {
  table.round_bf16 = round_bf16;
}

}  // namespace sw::ops
