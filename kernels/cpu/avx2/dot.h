// Integer dot products of a packed group with AVX2: maddubs multiplies unsigned by signed bytes and adds pairs in 16 bits.
// q4: eight such pairs of at most 2 * 15 * 127 fit, so a group is summed in 16 bits and widened once. q8: the sign of the
// weight goes to the activation, and a pair of at most 2 * 128 * 127 fits, so each is widened at once. Both are exact.
// Private to the including file.
#pragma once

#include "cpu/simd/half_groups.h"

namespace sw::ops {
namespace {

struct DotQ8 {
  static constexpr size_t kUnitBytes = kPackUnitBytesQ8;

  // The dot products of half a group, 8 rows, with T tokens. `q` points at the half's first line.
  template <int T>
  [[gnu::always_inline]] static inline void dot(const char* q, const QuantGroup* x, __m256i (&sums)[T]) {
    const __m256i ones = _mm256_set1_epi16(1);
    for (int t = 0; t < T; ++t) sums[t] = _mm256_setzero_si256();
    for (int j = 0; j < 8; ++j) {
      const __m256i w = line(q + 64 * j);
      const __m256i magnitude = _mm256_abs_epi8(w);
      for (int t = 0; t < T; ++t) {
        const __m256i pairs = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(quad(x[t], j), w));
        sums[t] = _mm256_add_epi32(sums[t], _mm256_madd_epi16(pairs, ones));
      }
    }
  }
};

struct DotQ4 {
  static constexpr size_t kUnitBytes = kPackUnitBytesQ4;

  template <int T>
  [[gnu::always_inline]] static inline void dot(const char* q, const QuantGroup* x, __m256i (&sums)[T]) {
    const __m256i low = _mm256_set1_epi8(15);
    for (int t = 0; t < T; ++t) sums[t] = _mm256_setzero_si256();
    for (int j = 0; j < 4; ++j) {
      const __m256i both = line(q + 64 * j);
      const __m256i first = _mm256_and_si256(both, low);
      const __m256i second = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
      for (int t = 0; t < T; ++t) sums[t] = _mm256_add_epi16(sums[t], _mm256_maddubs_epi16(first, quad(x[t], j)));
      for (int t = 0; t < T; ++t) sums[t] = _mm256_add_epi16(sums[t], _mm256_maddubs_epi16(second, quad(x[t], j + 4)));
    }
    for (int t = 0; t < T; ++t) {
      const __m256i wide = _mm256_madd_epi16(sums[t], _mm256_set1_epi16(1));
      sums[t] = _mm256_add_epi32(wide, _mm256_set1_epi32(x[t].offset_q4));
    }
  }
};

}  // namespace
}  // namespace sw::ops
