// Integer dot products of a packed group with the dot product instructions of Armv8.2: sdot adds the products of four columns
// to each row's 32-bit lane, the four columns of a token being a lane of its own vector. Private to the including file.
#pragma once

#include <arm_neon.h>

#include <utility>

#include "ops.h"

namespace sw::ops {
namespace {

constexpr int kDotTokens = 4;  // sums beside one another in 32 registers

// The 32 values of a group of activations.
struct Values {
  explicit Values(const QuantGroup& x) : q{vld1q_s8(x.q), vld1q_s8(x.q + 16)} {}
  int8x16_t q[2];
};

// sums += four rows of columns 4 J to 4 J + 3, for T tokens.
template <int J, int T>
[[gnu::always_inline]] inline void add_quad(int8x16_t w, const Values* x, int32x4_t (&sums)[T]) {
  for (int t = 0; t < T; ++t) sums[t] = vdotq_laneq_s32(sums[t], w, x[t].q[J / 4], J % 4);
}

struct DotQ8 {
  static constexpr size_t kUnitBytes = kPackUnitBytesQ8;
  static int32_t start(const QuantGroup&) { return 0; }

  // The dot products of a quarter of a group, 4 rows, with T tokens. `q` points at the quarter's first line.
  template <int T, int... J>
  [[gnu::always_inline]] static inline void dot(const char* q, const Values* x, int32x4_t (&sums)[T], std::integer_sequence<int, J...>) {
    (add_quad<2 * J>(vld1q_s8(reinterpret_cast<const int8_t*>(q + 128 * J)), x, sums), ...);
    (add_quad<2 * J + 1>(vld1q_s8(reinterpret_cast<const int8_t*>(q + 128 * J + 64)), x, sums), ...);
  }
};

struct DotQ4 {
  static constexpr size_t kUnitBytes = kPackUnitBytesQ4;
  static int32_t start(const QuantGroup& x) { return x.offset_q4; }

  template <int T, int... J>
  [[gnu::always_inline]] static inline void dot(const char* q, const Values* x, int32x4_t (&sums)[T], std::integer_sequence<int, J...>) {
    const uint8x16_t both[] = {vld1q_u8(reinterpret_cast<const uint8_t*>(q + 64 * J))...};
    (add_quad<J>(vreinterpretq_s8_u8(vandq_u8(both[J], vdupq_n_u8(15))), x, sums), ...);
    (add_quad<J + 4>(vreinterpretq_s8_u8(vshrq_n_u8(both[J], 4)), x, sums), ...);
  }
};

// acc += scale_w scale_x dot, for the group at `q` of 16 rows and T tokens.
template <class Dot, int T>
[[gnu::always_inline]] inline void add_group(const char* scales, const char* q, const QuantGroup* x, Vec (&acc)[T][4]) {
  for (int quarter = 0; quarter < 4; ++quarter) {
    int32x4_t sums[T];
    for (int t = 0; t < T; ++t) sums[t] = vdupq_n_s32(Dot::start(x[t]));
    [&]<int... I>(std::integer_sequence<int, I...>) {
      const Values values[] = {Values(x[I])...};
      Dot::template dot<T>(q + 16 * quarter, values, sums, std::make_integer_sequence<int, 4>());
    }(std::make_integer_sequence<int, T>());
    const Vec scale = WeightF16::load(scales + 8 * quarter);
    for (int t = 0; t < T; ++t) acc[t][quarter] = fma(vcvtq_f32_s32(sums[t]), mul(scale, set1(x[t].scale)), acc[t][quarter]);
  }
}

}  // namespace
}  // namespace sw::ops

#include "cpu/simd/one_block.h"
