// 8 floats at a time with AVX2, FMA and F16C. Everything here is private to the file that includes it.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sw::ops {
namespace {

using Vec = __m256;
constexpr int kLanes = 8;

// Register tiles, by what 16 registers hold (matmul.h, ssd.h).
constexpr int kTileRows = 3;
constexpr int kTileTokens = 4;
constexpr int kFewTokens = 1;     // beside 8 rows
constexpr int kStreamTokens = 3;  // beside 4 rows
constexpr int kScanRows = 1;
constexpr int kScanVecs = 8;

inline Vec zero() {
  return _mm256_setzero_ps();
}
inline Vec set1(float a) {
  return _mm256_set1_ps(a);
}
inline Vec load(const float* p) {
  return _mm256_loadu_ps(p);
}
inline void store(float* p, Vec a) {
  _mm256_storeu_ps(p, a);
}

// The first n < 8 lanes; the others read as zero, and their memory is not touched.
inline __m256i mask_of(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
inline Vec load_n(const float* p, int n) {
  return _mm256_maskload_ps(p, mask_of(n));
}
inline void store_n(float* p, Vec a, int n) {
  _mm256_maskstore_ps(p, mask_of(n), a);
}

inline Vec add(Vec a, Vec b) {
  return _mm256_add_ps(a, b);
}
inline Vec sub(Vec a, Vec b) {
  return _mm256_sub_ps(a, b);
}
inline Vec mul(Vec a, Vec b) {
  return _mm256_mul_ps(a, b);
}
inline Vec div(Vec a, Vec b) {
  return _mm256_div_ps(a, b);
}
inline Vec fma(Vec a, Vec b, Vec c) {
  return _mm256_fmadd_ps(a, b, c);
}  // a b + c
inline Vec fnma(Vec a, Vec b, Vec c) {
  return _mm256_fnmadd_ps(a, b, c);
}  // c - a b
// Both return b when either is NaN.
inline Vec max(Vec a, Vec b) {
  return _mm256_max_ps(a, b);
}
inline Vec min(Vec a, Vec b) {
  return _mm256_min_ps(a, b);
}
inline Vec round(Vec a) {
  return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
// a > b ? yes : no
inline Vec select_gt(Vec a, Vec b, Vec yes, Vec no) {
  return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_GT_OQ));
}
inline Vec power2(__m256i n) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
}
// a 2^n for whole n within +-250, in two steps so that each factor exists; the first is exact for a near 1.
inline Vec scale2(Vec a, Vec n) {
  const __m256i whole = _mm256_cvtps_epi32(n);
  const __m256i half = _mm256_srai_epi32(whole, 1);
  return mul(mul(a, power2(half)), power2(_mm256_sub_epi32(whole, half)));
}
// For positive normal a: a = m 2^e with m in [0.5, 1).
inline Vec mantissa(Vec a) {
  const __m256i bits = _mm256_and_si256(_mm256_castps_si256(a), _mm256_set1_epi32(0x007fffff));
  return _mm256_castsi256_ps(_mm256_or_si256(bits, _mm256_set1_epi32(0x3f000000)));
}
inline Vec exponent(Vec a) {
  const __m256i biased = _mm256_srli_epi32(_mm256_castps_si256(a), 23);
  return _mm256_cvtepi32_ps(_mm256_sub_epi32(biased, _mm256_set1_epi32(126)));
}

// Four floats, whatever the width of a vector.
using Four = __m128;
inline Four load4(const float* p) {
  return _mm_loadu_ps(p);
}
inline void store4(float* p, Four a) {
  _mm_storeu_ps(p, a);
}
inline Four add4(Four a, Four b) {
  return _mm_add_ps(a, b);
}
inline float first_of(Four a) {
  return _mm_cvtss_f32(a);
}

// The sums of four vectors. Always the same tree: lanes l and l + 4, then l + 2, l + 1.
inline Four sum4(Vec a, Vec b, Vec c, Vec d) {
  const Vec ab = add(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
  const Vec cd = add(_mm256_permute2f128_ps(c, d, 0x20), _mm256_permute2f128_ps(c, d, 0x31));
  Vec s = add(_mm256_shuffle_ps(ab, cd, 0x44), _mm256_shuffle_ps(ab, cd, 0xee));  // a a c c | b b d d
  s = add(s, _mm256_permute_ps(s, 0xb1));
  return _mm_unpacklo_ps(_mm_permute_ps(_mm256_castps256_ps128(s), 0x08),
                         _mm_permute_ps(_mm256_extractf128_ps(s, 1), 0x08));
}

// How a stored weight becomes floats. `p` is any byte address.
struct WeightF32 {
  static constexpr size_t kBytes = 4;
  static Vec load(const char* p) {
    return _mm256_castsi256_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
  }
  static Vec load_n(const char* p, int n) {
    return _mm256_castsi256_ps(_mm256_maskload_epi32(reinterpret_cast<const int*>(p), mask_of(n)));
  }
};

// AVX2 has no masked load of 16-bit lanes; row ends go through a buffer.
inline __m128i load16_n(const char* p, int n) {
  uint16_t bits[8] = {};
  std::memcpy(bits, p, static_cast<size_t>(n) * sizeof bits[0]);
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bits));
}

struct WeightF16 {
  static constexpr size_t kBytes = 2;
  static Vec load(const char* p) { return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))); }
  static Vec load_n(const char* p, int n) { return _mm256_cvtph_ps(load16_n(p, n)); }
};

struct WeightBf16 {
  static constexpr size_t kBytes = 2;
  static Vec widen(__m128i bits) { return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16)); }
  static Vec load(const char* p) { return widen(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))); }
  static Vec load_n(const char* p, int n) { return widen(load16_n(p, n)); }
};

}  // namespace
}  // namespace sw::ops
