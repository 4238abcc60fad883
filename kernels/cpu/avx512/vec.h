// 16 floats at a time with AVX-512 F, BW, DQ, VL. Everything here is private to the file that includes it.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace sw::ops {
namespace {

using Vec = __m512;
constexpr int kLanes = 16;

// Register tiles, by what 32 registers hold (matmul.h, ssd.h).
constexpr int kTileRows = 4;
constexpr int kTileTokens = 6;
constexpr int kFewTokens = 3;     // beside 8 rows
constexpr int kStreamTokens = 6;  // beside 4 rows
constexpr int kScanRows = 4;        // of a state, ...
constexpr int kScanVecs = 4;        // ... so many vectors of each: 4 to 7 % faster on Zen 5 than 2 rows of 8

inline Vec zero() {
  return _mm512_setzero_ps();
}
inline Vec set1(float a) {
  return _mm512_set1_ps(a);
}
inline Vec load(const float* p) {
  return _mm512_loadu_ps(p);
}
inline void store(float* p, Vec a) {
  _mm512_storeu_ps(p, a);
}

// The first n < 16 lanes; the others read as zero, and their memory is not touched.
inline __mmask16 mask_of(int n) {
  return static_cast<__mmask16>((1u << n) - 1);
}
inline Vec load_n(const float* p, int n) {
  return _mm512_maskz_loadu_ps(mask_of(n), p);
}
inline void store_n(float* p, Vec a, int n) {
  _mm512_mask_storeu_ps(p, mask_of(n), a);
}

inline Vec add(Vec a, Vec b) {
  return _mm512_add_ps(a, b);
}
inline Vec sub(Vec a, Vec b) {
  return _mm512_sub_ps(a, b);
}
inline Vec mul(Vec a, Vec b) {
  return _mm512_mul_ps(a, b);
}
inline Vec div(Vec a, Vec b) {
  return _mm512_div_ps(a, b);
}
inline Vec fma(Vec a, Vec b, Vec c) {
  return _mm512_fmadd_ps(a, b, c);
}  // a b + c
inline Vec fnma(Vec a, Vec b, Vec c) {
  return _mm512_fnmadd_ps(a, b, c);
}  // c - a b
// Both return b when either is NaN.
inline Vec max(Vec a, Vec b) {
  return _mm512_max_ps(a, b);
}
inline Vec min(Vec a, Vec b) {
  return _mm512_min_ps(a, b);
}
inline Vec round(Vec a) {
  return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
// a > b ? yes : no
inline Vec select_gt(Vec a, Vec b, Vec yes, Vec no) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), no, yes);
}
// a 2^n for whole n, rounded once.
inline Vec scale2(Vec a, Vec n) {
  return _mm512_scalef_ps(a, n);
}
// For positive normal a: a = m 2^e with m in [0.5, 1).
inline Vec mantissa(Vec a) {
  return _mm512_getmant_ps(a, _MM_MANT_NORM_p5_1, _MM_MANT_SIGN_src);
}
inline Vec exponent(Vec a) {
  return add(_mm512_getexp_ps(a), set1(1));
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

// The sums of four vectors. Always the same tree: lanes l and l + 8, then l + 4, l + 2, l + 1.
inline Four sum4(Vec a, Vec b, Vec c, Vec d) {
  const Vec ab = add(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
  const Vec cd = add(_mm512_shuffle_f32x4(c, d, 0x44), _mm512_shuffle_f32x4(c, d, 0xee));
  Vec s = add(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xdd));  // 4 lanes of each
  s = add(s, _mm512_permute_ps(s, 0x4e));
  s = add(s, _mm512_permute_ps(s, 0xb1));
  const __m512i first = _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  return _mm512_castps512_ps128(_mm512_permutexvar_ps(first, s));
}

// How a stored weight becomes floats. `p` is any byte address.
struct WeightF32 {
  static constexpr size_t kBytes = 4;
  static Vec load(const char* p) { return _mm512_loadu_ps(p); }
  static Vec load_n(const char* p, int n) { return _mm512_maskz_loadu_ps(mask_of(n), p); }
};

struct WeightF16 {
  static constexpr size_t kBytes = 2;
  static Vec load(const char* p) { return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))); }
  static Vec load_n(const char* p, int n) { return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(mask_of(n), p)); }
};

struct WeightBf16 {
  static constexpr size_t kBytes = 2;
  static Vec widen(__m256i bits) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16)); }
  static Vec load(const char* p) { return widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))); }
  static Vec load_n(const char* p, int n) { return widen(_mm256_maskz_loadu_epi16(mask_of(n), p)); }
};

}  // namespace
}  // namespace sw::ops
