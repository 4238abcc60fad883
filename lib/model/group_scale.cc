#include "model/group_scale.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "loader/convert.h"

namespace sw {
namespace {

// IEEE binary16, rounded to the nearest, ties to even; infinity beyond its range.
uint16_t f16_of(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000u;
  const float magnitude = std::fabs(value);
  if (!(magnitude < 65520.0f)) return static_cast<uint16_t>(sign | 0x7c00u);
  // Adding a power of two puts the last bit that f16 has at the last that f32 has: the addition rounds.
  const int exponent = std::max(static_cast<int>(std::bit_cast<uint32_t>(magnitude) >> 23) - 127, -14);
  const float rounder = std::ldexp(1.0f, exponent + 13);
  const float rounded = (magnitude + rounder) - rounder;
  const auto whole = static_cast<uint32_t>(rounded * std::ldexp(1.0f, 10 - exponent));  // 0 to 2048
  return static_cast<uint16_t>(sign | (static_cast<uint32_t>(exponent + 14) * 1024 + whole));
}

// To the nearest, ties to even, for |value| < 2^22: the addition rounds.
float rounded(float value) {
  constexpr float kRounder = 0x1.8p23f;
  return (value + kRounder) - kRounder;
}

float largest_of(const float* w) {  // with its sign
  float out = 0;
  for (int i = 0; i < kGroupWeights; ++i) out = std::fabs(w[i]) > std::fabs(out) ? w[i] : out;
  return out;
}

// w / scale in whole numbers from low to high, or zeros when the scale is zero. False: no f16 is that large.
bool quantise_with(const float* w, float wanted, float low, float high, QuantisedGroup& out) {
  out = {};
  const uint16_t bits = f16_of(wanted);
  const float scale = f16_to_f32(bits);
  if (!std::isfinite(scale)) return false;
  if (scale == 0) return true;
  out.scale = bits;
  for (int i = 0; i < kGroupWeights; ++i) {
    const float wanted_q = w[i] / scale, at_least = wanted_q < low ? low : wanted_q;
    out.q[i] = static_cast<int8_t>(rounded(at_least > high ? high : at_least));
  }
  return true;
}

// The largest weight is -8 at first; a little more or less of the range may err less in all the others.
constexpr float kTops[] = {-8.0f, -7.7f, -7.4f, -7.1f, -8.4f, -8.8f, -9.2f};
// Worth their time only when the error is weighed, as is moving the best of all (docs/quantisation.md).
constexpr float kMoreTops[] = {-6.6f, -6.8f, -7.0f, -7.2f, -7.6f, -7.8f, -8.2f, -8.6f, -9.0f, -9.4f};
constexpr int kMoves = 2;

double weighed_error(const float* w, const float* importance, const QuantisedGroup& group) {
  const float scale = f16_to_f32(group.scale);
  double sum = 0;
  for (int i = 0; i < kGroupWeights; ++i) {
    const double error = w[i] - scale * group.q[i];
    sum += importance[i] * error * error;
  }
  return sum;
}

// The scale with which these integers err least: sum(m w q) / sum(m q^2); their own when no scale matters.
float best_scale(const float* w, const float* importance, const QuantisedGroup& group) {
  double products = 0, squares = 0;
  for (int i = 0; i < kGroupWeights; ++i) {
    products += double(importance[i]) * w[i] * group.q[i];
    squares += double(importance[i]) * group.q[i] * group.q[i];
  }
  return squares == 0 ? f16_to_f32(group.scale) : static_cast<float>(products / squares);
}

// The best of the scales that are tried one after the other.
class LeastError {
 public:
  LeastError(const float* w, const float* importance, QuantisedGroup& best) : w_(w), importance_(importance), best_(best) {}

  // False: no f16 is that large.
  bool try_scale(float scale) {
    QuantisedGroup group;
    if (!quantise_with(w_, scale, -8, 7, group)) return false;
    const double error = weighed_error(w_, importance_, group);
    if (first_ || error < least_) {
      first_ = false;
      least_ = error;
      best_ = group;
    }
    return true;
  }

 private:
  const float* w_;
  const float* importance_;
  QuantisedGroup& best_;
  bool first_ = true;
  double least_ = 0;
};

}  // namespace

double squared_error(const float* w, const QuantisedGroup& group) {
  const float scale = f16_to_f32(group.scale);
  double sum = 0;
  for (int i = 0; i < kGroupWeights; ++i) sum += double(w[i] - scale * group.q[i]) * (w[i] - scale * group.q[i]);
  return sum;
}

bool quantise_q8(const float* w, QuantisedGroup& out) { return quantise_with(w, std::fabs(largest_of(w)) / 127.0f, -127, 127, out); }

bool quantise_q4(const float* w, QuantisedGroup& out) {
  const float largest = largest_of(w);
  double least = 0;
  for (const float top : kTops) {
    QuantisedGroup other;
    if (!quantise_with(w, largest / top, -8, 7, other)) return false;
    const double error = squared_error(w, other);
    if (top == kTops[0] || error < least) {
      least = error;
      out = other;
    }
  }
  return true;
}

bool quantise_q4(const float* w, const float* importance, QuantisedGroup& out) {
  if (std::all_of(importance, importance + kGroupWeights, [](float m) { return m == 0; })) return quantise_q4(w, out);
  const float largest = largest_of(w);
  LeastError search(w, importance, out);
  for (const float top : kTops) {
    if (!search.try_scale(largest / top)) return false;
  }
  for (const float top : kMoreTops) (void)search.try_scale(largest / top);
  for (int i = 0; i < kMoves; ++i) (void)search.try_scale(best_scale(w, importance, out));
  return true;
}

}  // namespace sw
