// Integer dot products of a packed group with AVX-VNNI: vpdpbusd as in avx512_vnni/dot.h, 8 rows at a time in 16 registers.
// Private to the including file.
#pragma once

#include <immintrin.h>

#include "ops.h"

namespace sw::ops {
namespace {

constexpr int kDotTokens = 4;  // sums beside one another in 16 registers

inline __m256i quad(const QuantGroup& x, int j) {
  int32_t four;
  __builtin_memcpy(&four, x.q + 4 * j, sizeof four);
  return _mm256_set1_epi32(four);
}

inline __m256i line(const char* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

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

// acc += scale_w scale_x dot, for the group at `q` of 16 rows and T tokens.
template <class Dot, int T>
[[gnu::always_inline]] inline void add_group(const char* scales, const char* q, const QuantGroup* x, Vec (&acc)[T][2]) {
  for (int half = 0; half < 2; ++half) {
    __m256i sums[T];
    const QuantGroup* again = x;
    asm("" : "+r"(again));  // else the compiler keeps one half's activations for the other, on the stack: half the speed
    Dot::template dot<T>(q + 32 * half, again, sums);
    const Vec scale = _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(scales + 16 * half)));
    for (int t = 0; t < T; ++t) acc[t][half] = fma(_mm256_cvtepi32_ps(sums[t]), mul(scale, set1(x[t].scale)), acc[t][half]);
  }
}

}  // namespace
}  // namespace sw::ops
