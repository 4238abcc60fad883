// A packed group in 256-bit registers, half of its 16 rows at a time: what the dot products of AVX2 and AVX-VNNI are made of.
// Private to the including file, which has Vec.
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

#include "cpu/simd/one_block.h"
