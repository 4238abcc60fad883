// The law by which a token is drawn from logits, and what its likelihood is made of: the same bits on the host and on a device.
//
//   id = the largest (logits[v] - top) / temperature + gumbel(seed, position, v) of the tokens v that are left in, which draws from
//   softmax(logits / temperature); at temperature 0 the largest logit. The lowest id among equals; NaN is smaller than all.
// Source: the Gumbel-max trick. The noise is a counter-based hash, so a draw depends on seed, position and logits alone.
//
// Everything here is sums, products and quotients in one order, each rounded once: compile it without contraction to fused
// multiply-adds (-ffp-contract=off, -fmad=false).
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#ifdef __CUDACC__
#define SW_DRAW_INLINE __host__ __device__ inline
#else
#define SW_DRAW_INLINE inline
#endif

namespace sw::draw {

// How a token is drawn.
struct Law {
  float temperature = 0;  // 0: the likeliest
  uint64_t seed = 0;
  float min_p = 0;    // tokens less likely than this, relative to the likeliest at this temperature, are left out
  int32_t n_ids = 0;  // tokens from this id on are left out; 0: none
};

// What was drawn, and its likelihood in parts that do not depend on the order in which they were computed.
struct Drawn {
  int32_t id = 0;
  float logit = 0;    // its own
  float top = 0;      // the largest
  uint64_t mass = 0;  // the sum of mass_of() over the first n_ids tokens
};

SW_DRAW_INLINE float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

SW_DRAW_INLINE uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

// exp(x), -28 <= x <= 0: 2^n times the series of exp(r), |r| <= log(2) / 2.
SW_DRAW_INLINE float exp_of(float x) {
  const int n = static_cast<int>(x * 1.442695041f - 0.5f);
  const float r = (x - static_cast<float>(n) * 0.693145752f) - static_cast<float>(n) * 1.428606765e-6f;
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  return p * float_of(static_cast<uint32_t>(n + 127) << 23);
}

// log(x), x > 0 and normal: k log(2) + log(m), sqrt(1/2) <= m < sqrt(2), by the series of 2 artanh((m - 1) / (m + 1)).
SW_DRAW_INLINE float log_of(float x) {
  constexpr uint32_t kRoot = 0x3f3504f3;  // of 1/2
  const uint32_t shifted = bits_of(x) - kRoot;
  const int k = static_cast<int>(shifted) >> 23;
  const float f = float_of((shifted & 0x007fffff) + kRoot) - 1.0f;
  const float s = f / (2.0f + f), z = s * s;
  float p = 1.0f / 9;
  p = p * z + 1.0f / 7;
  p = p * z + 1.0f / 5;
  p = p * z + 1.0f / 3;
  return static_cast<float>(k) * 0.693147181f + (2.0f * s + 2.0f * s * (z * p));
}

// How far a logit is below the largest; NaN for NaN.
SW_DRAW_INLINE float below_top(float logit, float top) { return logit == top ? 0.0f : logit - top; }

// exp(below) in units of 2^-40: whole numbers, whose sum does not depend on their order. Below e^-28 it is none.
SW_DRAW_INLINE uint64_t mass_of(float below) { return below >= -28.0f ? static_cast<uint64_t>(exp_of(below) * 0x1p40f) : 0; }

// Half of SplitMix64's steps (Steele, Lea & Flood 2014).
SW_DRAW_INLINE uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// `position`: tokens before the one that is drawn.
SW_DRAW_INLINE uint64_t noise_key(uint64_t seed, uint64_t position) {
  constexpr uint64_t kStep = 0x9e3779b97f4a7c15u;
  return mix(mix(seed + kStep) + (position + 1) * kStep);
}

SW_DRAW_INLINE uint64_t noise_bits(uint64_t key, int32_t id) {
  return mix(key + (static_cast<uint64_t>(id) + 1) * 0x9e3779b97f4a7c15u) | 1;
}

// -log(-log(1 - v)), v = bits / 2^64: as exact where v is small, which is where draws are decided.
SW_DRAW_INLINE float gumbel_of(uint64_t bits) {
  const float scaled = static_cast<float>(bits) * 0x1p-64f, v = scaled < 1.0f ? scaled : 0x1.fffffep-1f;
  const float rest = 1.0f - v;
  const float exponential = rest == 1.0f ? v : -log_of(rest) * (v / (1.0f - rest));
  return -log_of(exponential);
}

// The least that below_top() may be for a token to be left in.
inline float below_min(const Law& law) {
  const bool all = law.temperature == 0 || !(law.min_p > 0);
  return all ? -std::numeric_limits<float>::infinity() : static_cast<float>(double{law.temperature} * std::log(double{law.min_p}));
}

// What the token with the largest of these is drawn by.
SW_DRAW_INLINE float score_of(float below, float temperature, uint64_t bits) { return below / temperature + gumbel_of(bits); }

// log softmax(logits)[id], of the first n_ids logits.
inline double log_probability(const Drawn& drawn) {
  return static_cast<double>(drawn.logit) - drawn.top - std::log(static_cast<double>(drawn.mass) * 0x1p-40);
}

}  // namespace sw::draw
