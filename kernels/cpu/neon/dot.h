// Integer dot products of a packed group with NEON as every 64-bit Arm has it: byte products widen to 16 bits, are added up
// there as far as they fit, and pairs of them in 32 bits. q4: eight products of at most 15 * 127 fit; q8: two of at most
// 128 * 127. Both are exact. Private to the including file.
#pragma once

#include <arm_neon.h>

#include "ops.h"

namespace sw::ops {
namespace {

constexpr int kDotTokens = 4;  // sums beside one another in 32 registers

// Four of a token's columns, for two rows.
inline int8x8_t quad(const QuantGroup& x, int j) {
  int32_t four;
  __builtin_memcpy(&four, x.q + 4 * j, sizeof four);
  return vreinterpret_s8_s32(vdup_n_s32(four));
}

// Lanes 2 r and 2 r + 1 of `low` (rows 0, 1) and `high` (rows 2, 3) belong to a row.
inline int32x4_t rows_of(int32x4_t low, int32x4_t high) {
  return vpaddq_s32(low, high);
}

struct DotQ8 {
  static constexpr size_t kUnitBytes = kPackUnitBytesQ8;

  // The dot products of a quarter of a group, 4 rows, with T tokens. `q` points at the quarter's first line.
  template <int T>
  [[gnu::always_inline]] static inline void dot(const char* q, const QuantGroup* x, int32x4_t (&sums)[T]) {
    int32x4_t low[T], high[T];
    for (int t = 0; t < T; ++t) low[t] = high[t] = vdupq_n_s32(0);
    for (int j = 0; j < 8; j += 2) {
      const int8x16_t a = vld1q_s8(reinterpret_cast<const int8_t*>(q + 64 * j));
      const int8x16_t b = vld1q_s8(reinterpret_cast<const int8_t*>(q + 64 * j + 64));
      for (int t = 0; t < T; ++t) {
        const int8x8_t x0 = quad(x[t], j), x1 = quad(x[t], j + 1);
        low[t] = vpadalq_s16(low[t], vmlal_s8(vmull_s8(vget_low_s8(a), x0), vget_low_s8(b), x1));
        high[t] = vpadalq_s16(high[t], vmlal_s8(vmull_s8(vget_high_s8(a), x0), vget_high_s8(b), x1));
      }
    }
    for (int t = 0; t < T; ++t) sums[t] = rows_of(low[t], high[t]);
  }
};

struct DotQ4 {
  static constexpr size_t kUnitBytes = kPackUnitBytesQ4;

  template <int T>
  [[gnu::always_inline]] static inline void dot(const char* q, const QuantGroup* x, int32x4_t (&sums)[T]) {
    int16x8_t low[T], high[T];
    for (int t = 0; t < T; ++t) low[t] = high[t] = vdupq_n_s16(0);
    for (int j = 0; j < 4; ++j) {
      const uint8x16_t both = vld1q_u8(reinterpret_cast<const uint8_t*>(q + 64 * j));
      const int8x16_t first = vreinterpretq_s8_u8(vandq_u8(both, vdupq_n_u8(15)));
      const int8x16_t second = vreinterpretq_s8_u8(vshrq_n_u8(both, 4));
      for (int t = 0; t < T; ++t) {
        const int8x8_t x0 = quad(x[t], j), x1 = quad(x[t], j + 4);
        low[t] = vmlal_s8(vmlal_s8(low[t], vget_low_s8(first), x0), vget_low_s8(second), x1);
        high[t] = vmlal_s8(vmlal_s8(high[t], vget_high_s8(first), x0), vget_high_s8(second), x1);
      }
    }
    for (int t = 0; t < T; ++t) {
      sums[t] = vaddq_s32(rows_of(vpaddlq_s16(low[t]), vpaddlq_s16(high[t])), vdupq_n_s32(x[t].offset_q4));
    }
  }
};

// acc += scale_w scale_x dot, for the group at `q` of 16 rows and T tokens.
template <class Dot, int T>
[[gnu::always_inline]] inline void add_group(const char* scales, const char* q, const QuantGroup* x, Vec (&acc)[T][4]) {
  for (int quarter = 0; quarter < 4; ++quarter) {
    int32x4_t sums[T];
    Dot::template dot<T>(q + 16 * quarter, x, sums);
    const Vec scale = WeightF16::load(scales + 8 * quarter);
    for (int t = 0; t < T; ++t) acc[t][quarter] = fma(vcvtq_f32_s32(sums[t]), mul(scale, set1(x[t].scale)), acc[t][quarter]);
  }
}

}  // namespace
}  // namespace sw::ops

#include "cpu/simd/one_block.h"
