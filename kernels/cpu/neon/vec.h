// 4 floats at a time with NEON as every 64-bit Arm has it. Everything here is private to the file that includes it.
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sw::ops {
namespace {

using Vec = float32x4_t;
constexpr int kLanes = 4;

// Register tiles, by what 32 registers hold (matmul.h, ssd.h).
constexpr int kTileRows = 4;
constexpr int kTileTokens = 6;
constexpr int kFewTokens = 3;     // beside 8 rows
constexpr int kStreamTokens = 6;  // beside 4 rows
constexpr int kScanRows = 2;
constexpr int kScanVecs = 8;

inline Vec zero() {
  return vdupq_n_f32(0);
}
inline Vec set1(float a) {
  return vdupq_n_f32(a);
}
// Through bytes: float pointers here may miss the alignment of a float.
inline Vec load(const float* p) {
  return vreinterpretq_f32_u8(vld1q_u8(reinterpret_cast<const uint8_t*>(p)));
}
inline void store(float* p, Vec a) {
  vst1q_u8(reinterpret_cast<uint8_t*>(p), vreinterpretq_u8_f32(a));
}

// The first n < 4 lanes; the others read as zero, and their memory is not touched.
inline Vec load_n(const float* p, int n) {
  float lanes[kLanes] = {};
  std::memcpy(lanes, p, static_cast<size_t>(n) * sizeof lanes[0]);
  return load(lanes);
}
inline void store_n(float* p, Vec a, int n) {
  float lanes[kLanes];
  store(lanes, a);
  std::memcpy(p, lanes, static_cast<size_t>(n) * sizeof lanes[0]);
}

inline Vec add(Vec a, Vec b) {
  return vaddq_f32(a, b);
}
inline Vec sub(Vec a, Vec b) {
  return vsubq_f32(a, b);
}
inline Vec mul(Vec a, Vec b) {
  return vmulq_f32(a, b);
}
inline Vec div(Vec a, Vec b) {
  return vdivq_f32(a, b);
}
inline Vec fma(Vec a, Vec b, Vec c) {
  return vfmaq_f32(c, a, b);
}  // a b + c
inline Vec fnma(Vec a, Vec b, Vec c) {
  return vfmsq_f32(c, a, b);
}  // c - a b
// a > b ? yes : no
inline Vec select_gt(Vec a, Vec b, Vec yes, Vec no) {
  return vbslq_f32(vcgtq_f32(a, b), yes, no);
}
// Both return b when either is NaN; vmaxq and vminq return NaN instead.
inline Vec max(Vec a, Vec b) {
  return select_gt(a, b, a, b);
}
inline Vec min(Vec a, Vec b) {
  return select_gt(b, a, a, b);
}
inline Vec round(Vec a) {
  return vrndnq_f32(a);
}
inline Vec power2(int32x4_t n) {
  return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(n, vdupq_n_s32(127)), 23));
}
// a 2^n for whole n within +-250, in two steps so that each factor exists; the first is exact for a near 1.
inline Vec scale2(Vec a, Vec n) {
  const int32x4_t whole = vcvtnq_s32_f32(n);
  const int32x4_t half = vshrq_n_s32(whole, 1);
  return mul(mul(a, power2(half)), power2(vsubq_s32(whole, half)));
}
// For positive normal a: a = m 2^e with m in [0.5, 1).
inline Vec mantissa(Vec a) {
  const uint32x4_t bits = vandq_u32(vreinterpretq_u32_f32(a), vdupq_n_u32(0x007fffff));
  return vreinterpretq_f32_u32(vorrq_u32(bits, vdupq_n_u32(0x3f000000)));
}
inline Vec exponent(Vec a) {
  const int32x4_t biased = vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_f32(a), 23));
  return vcvtq_f32_s32(vsubq_s32(biased, vdupq_n_s32(126)));
}

// Four floats, whatever the width of a vector.
using Four = Vec;
inline Four load4(const float* p) {
  return load(p);
}
inline void store4(float* p, Four a) {
  store(p, a);
}
inline Four add4(Four a, Four b) {
  return add(a, b);
}
inline float first_of(Four a) {
  return vgetq_lane_f32(a, 0);
}

// The sums of four vectors. Always the same tree: lanes 0 and 1, 2 and 3, then both.
inline Four sum4(Vec a, Vec b, Vec c, Vec d) {
  return vpaddq_f32(vpaddq_f32(a, b), vpaddq_f32(c, d));
}

// How a stored weight becomes floats. `p` is any byte address.
struct WeightF32 {
  static constexpr size_t kBytes = 4;
  static Vec load(const char* p) { return vreinterpretq_f32_u8(vld1q_u8(reinterpret_cast<const uint8_t*>(p))); }
  static Vec load_n(const char* p, int n) { return ops::load_n(reinterpret_cast<const float*>(p), n); }
};

// Four, or the first n < 4, 16-bit patterns.
inline uint16x4_t load16(const char* p) {
  return vreinterpret_u16_u8(vld1_u8(reinterpret_cast<const uint8_t*>(p)));
}
inline uint16x4_t load16_n(const char* p, int n) {
  uint16_t bits[kLanes] = {};
  std::memcpy(bits, p, static_cast<size_t>(n) * sizeof bits[0]);
  return vld1_u16(bits);
}

struct WeightF16 {
  static constexpr size_t kBytes = 2;
  static Vec widen(uint16x4_t bits) { return vcvt_f32_f16(vreinterpret_f16_u16(bits)); }
  static Vec load(const char* p) { return widen(load16(p)); }
  static Vec load_n(const char* p, int n) { return widen(load16_n(p, n)); }
};

struct WeightBf16 {
  static constexpr size_t kBytes = 2;
  static Vec widen(uint16x4_t bits) { return vreinterpretq_f32_u32(vshll_n_u16(bits, 16)); }
  static Vec load(const char* p) { return widen(load16(p)); }
  static Vec load_n(const char* p, int n) { return widen(load16_n(p, n)); }
};

}  // namespace
}  // namespace sw::ops
