// Integer dot products of a packed group with AVX-VNNI: vpdpbusd as in avx512_vnni/dot.h, 8 rows at a time in 16 registers.
// Private to the including file.
#pragma once

#include "cpu/simd/half_groups.h"

namespace sw::ops {
namespace {

// sums + unsigned bytes of w times signed bytes of x, four to a lane.
inline __m256i dot4(__m256i sums, __m256i w, __m256i x) {
#if defined(__AVXVNNI__)
  return _mm256_dpbusd_avx_epi32(sums, w, x);
#else
  return _mm256_dpbusd_epi32(sums, w, x);  // the same operation of AVX-512 VL: how tests run this row on processors with that alone
#endif
}

struct DotQ8 {
  static constexpr size_t kUnitBytes = kPackUnitBytesQ8;

  // The dot products of half a group, 8 rows, with T tokens. `q` points at the half's first line.
  template <int T>
  [[gnu::always_inline]] static inline void dot(const char* q, const QuantGroup* x, __m256i (&sums)[T]) {
    for (int t = 0; t < T; ++t) sums[t] = _mm256_set1_epi32(x[t].offset_q8);
    for (int j = 0; j < 8; ++j) {
      const __m256i w = _mm256_xor_si256(line(q + 64 * j), _mm256_set1_epi8(-128));
      for (int t = 0; t < T; ++t) sums[t] = dot4(sums[t], w, quad(x[t], j));
    }
  }
};

struct DotQ4 {
  static constexpr size_t kUnitBytes = kPackUnitBytesQ4;

  template <int T>
  [[gnu::always_inline]] static inline void dot(const char* q, const QuantGroup* x, __m256i (&sums)[T]) {
    const __m256i low = _mm256_set1_epi8(15);
    for (int t = 0; t < T; ++t) sums[t] = _mm256_set1_epi32(x[t].offset_q4);
    for (int j = 0; j < 4; ++j) {
      const __m256i both = line(q + 64 * j);
      const __m256i first = _mm256_and_si256(both, low);
      const __m256i second = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
      for (int t = 0; t < T; ++t) sums[t] = dot4(sums[t], first, quad(x[t], j));
      for (int t = 0; t < T; ++t) sums[t] = dot4(sums[t], second, quad(x[t], j + 4));
    }
  }
};

}  // namespace
}  // namespace sw::ops
