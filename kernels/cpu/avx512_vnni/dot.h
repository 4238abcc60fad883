// Integer dot products of a packed group with AVX-512 VNNI: vpdpbusd multiplies unsigned by signed bytes and adds four
// products to each 32-bit lane, so a line of 16 rows by 4 columns is one instruction for each token. Weights are made
// unsigned by an offset (q8: the sign bit flipped; q4 is stored so), which the sums' start value takes back.
// Private to the including file.
#pragma once

#include <immintrin.h>

#include "ops.h"

namespace sw::ops {
namespace {

constexpr int kDotTokens = 12;  // sums beside one another in 32 registers

inline __m512i quad(const QuantGroup& x, int j) {
  int32_t four;
  __builtin_memcpy(&four, x.q + 4 * j, sizeof four);
  return _mm512_set1_epi32(four);
}

inline __m512i line(const char* p) {
  return _mm512_loadu_si512(p);
}

struct DotQ8 {
  static constexpr size_t kUnitBytes = kPackUnitBytesQ8;

  // The dot products of the group at `q` with T tokens.
  template <int T>
  [[gnu::always_inline]] static inline void dot(const char* q, const QuantGroup* x, __m512i (&sums)[T]) {
    for (int t = 0; t < T; ++t) sums[t] = _mm512_set1_epi32(x[t].offset_q8);
    for (int j = 0; j < 8; ++j) {
      const __m512i w = _mm512_xor_si512(line(q + 64 * j), _mm512_set1_epi8(-128));
      for (int t = 0; t < T; ++t) sums[t] = _mm512_dpbusd_epi32(sums[t], w, quad(x[t], j));
    }
  }
};

struct DotQ4 {
  static constexpr size_t kUnitBytes = kPackUnitBytesQ4;

  template <int T>
  [[gnu::always_inline]] static inline void dot(const char* q, const QuantGroup* x, __m512i (&sums)[T]) {
    const __m512i low = _mm512_set1_epi8(15);
    for (int t = 0; t < T; ++t) sums[t] = _mm512_set1_epi32(x[t].offset_q4);
    for (int j = 0; j < 4; ++j) {
      const __m512i both = line(q + 64 * j);
      const __m512i first = _mm512_and_si512(both, low);
      const __m512i second = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
      for (int t = 0; t < T; ++t) sums[t] = _mm512_dpbusd_epi32(sums[t], first, quad(x[t], j));
      for (int t = 0; t < T; ++t) sums[t] = _mm512_dpbusd_epi32(sums[t], second, quad(x[t], j + 4));
    }
  }
};

// acc += scale_w scale_x dot, for the group at `q` of 16 rows and T tokens.
template <class Dot, int T>
[[gnu::always_inline]] inline void add_group(const char* scales, const char* q, const QuantGroup* x, Vec (&acc)[T][1]) {
  __m512i sums[T];
  Dot::template dot<T>(q, x, sums);
  const Vec scale = _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(scales)));
  for (int t = 0; t < T; ++t) acc[t][0] = fma(_mm512_cvtepi32_ps(sums[t]), mul(scale, set1(x[t].scale)), acc[t][0]);
}

}  // namespace
}  // namespace sw::ops
