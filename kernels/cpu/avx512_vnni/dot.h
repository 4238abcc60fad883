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
constexpr int kDotBlocks = 2;   // blocks that share the loads of activations, with half as many tokens

inline __m512i quad(const QuantGroup& x, int j) {
  int32_t four;
  __builtin_memcpy(&four, x.q + 4 * j, sizeof four);
  return _mm512_set1_epi32(four);
}

inline __m512i line(const char* p) {
  return _mm512_loadu_si512(p);
}

// sums += the line w of S blocks times columns 4 j to 4 j + 3 of T tokens.
template <int S, int T>
[[gnu::always_inline]] inline void add_line(const __m512i (&w)[S], const QuantGroup* x, int j, __m512i (&sums)[S][T]) {
  for (int t = 0; t < T; ++t) {
    __m512i columns = quad(x[t], j);
    if constexpr (S > 1) asm("" : "+v"(columns));  // else each product loads them again
    for (int s = 0; s < S; ++s) sums[s][t] = _mm512_dpbusd_epi32(sums[s][t], w[s], columns);
  }
}

struct DotQ8 {
  static constexpr size_t kUnitBytes = kPackUnitBytesQ8;
  static int32_t start(const QuantGroup& x) { return x.offset_q8; }

  // sums += the dot products of the groups at q[s] with T tokens.
  template <int S, int T>
  [[gnu::always_inline]] static inline void dot(const char* const (&q)[S], const QuantGroup* x, __m512i (&sums)[S][T]) {
    for (int j = 0; j < 8; ++j) {
      __m512i w[S];
      for (int s = 0; s < S; ++s) w[s] = _mm512_xor_si512(line(q[s] + 64 * j), _mm512_set1_epi8(-128));
      add_line(w, x, j, sums);
    }
  }
};

struct DotQ4 {
  static constexpr size_t kUnitBytes = kPackUnitBytesQ4;
  static int32_t start(const QuantGroup& x) { return x.offset_q4; }

  template <int S, int T>
  [[gnu::always_inline]] static inline void dot(const char* const (&q)[S], const QuantGroup* x, __m512i (&sums)[S][T]) {
    const __m512i low = _mm512_set1_epi8(15);
    for (int j = 0; j < 4; ++j) {
      __m512i first[S], second[S];
      for (int s = 0; s < S; ++s) {
        const __m512i both = line(q[s] + 64 * j);
        first[s] = _mm512_and_si512(both, low);
        second[s] = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
      }
      add_line(first, x, j, sums);
      add_line(second, x, j + 4, sums);
    }
  }
};

// acc += scale_w scale_x dot, for the groups at q[s] of 16 rows and T tokens.
template <class Dot, int S, int T>
[[gnu::always_inline]] inline void add_groups(const char* const (&scales)[S], const char* const (&q)[S], const QuantGroup* x,
                                              Vec (&acc)[S][T][1]) {
  __m512i sums[S][T];
  for (int s = 0; s < S; ++s) {
    for (int t = 0; t < T; ++t) sums[s][t] = _mm512_set1_epi32(Dot::start(x[t]));
  }
  Dot::dot(q, x, sums);
  for (int s = 0; s < S; ++s) {
    const Vec scale = _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(scales[s])));
    for (int t = 0; t < T; ++t) acc[s][t][0] = fma(_mm512_cvtepi32_ps(sums[s][t]), mul(scale, set1(x[t].scale)), acc[s][t][0]);
  }
}

}  // namespace
}  // namespace sw::ops
