// The scales of groups: what is chosen errs no more than what could have been chosen as well.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "loader/convert.h"
#include "model/group_scale.h"

namespace sw::test {
namespace {

using Values = std::array<float, kGroupWeights>;

double error_of(const Values& w, const Values& importance, const QuantisedGroup& group) {
  const double scale = f16_to_f32(group.scale);
  double sum = 0;
  for (size_t i = 0; i < w.size(); ++i) sum += importance[i] * std::pow(w[i] - scale * group.q[i], 2);
  return sum;
}

class Groups : public testing::Test {
 protected:
  // Weights of any size, with and without outliers, zeros among them.
  Values weights() {
    const float size = std::exp2(static_cast<float>(random_() % 24) - 16.0f);
    const bool outlier = random_() % 3 == 0, sparse = random_() % 8 == 0;
    Values w;
    for (float& v : w) v = sparse && random_() % 2 == 0 ? 0.0f : size * normal_(random_);
    if (outlier) w[random_() % w.size()] *= 6;
    return w;
  }
  // Mean squares as they are met: a few columns hold most of the sum; some meet nothing.
  Values importance() {
    const float size = std::exp2(static_cast<float>(random_() % 40) - 20.0f);
    Values m;
    for (float& v : m) v = random_() % 16 == 0 ? 0.0f : size * std::exp(2 * normal_(random_));
    return m;
  }

  std::mt19937_64 random_{17};
  std::normal_distribution<float> normal_;
};

constexpr int kRounds = 4000;

TEST_F(Groups, AWeighedChoiceErrsNoMoreThanThePlainOne) {
  double plain_sum = 0, weighed_sum = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Values w = weights(), m = importance();
    QuantisedGroup plain, weighed;
    ASSERT_TRUE(quantise_q4(w.data(), plain));
    ASSERT_TRUE(quantise_q4(w.data(), m.data(), weighed));
    const double before = error_of(w, m, plain), after = error_of(w, m, weighed);
    ASSERT_LE(after, before * (1 + 1e-6)) << "round " << round;
    for (const int8_t q : weighed.q) ASSERT_TRUE(q >= -8 && q <= 7);
    plain_sum += before > 0 ? 1 : 0;
    weighed_sum += before > 0 ? after / before : 0;
  }
  EXPECT_LT(weighed_sum, 0.9 * plain_sum) << "and as a rule a good deal less";
}

// Of all f16 scales within half an octave of the plain one, each tried, the best errs a tenth less as a rule.
TEST_F(Groups, AWeighedChoiceIsNearTheBestThereIs) {
  double ratio = 0;
  int n = 0;
  for (int round = 0; round < 200; ++round) {
    const Values w = weights(), m = importance();
    QuantisedGroup plain, weighed;
    ASSERT_TRUE(quantise_q4(w.data(), plain));
    ASSERT_TRUE(quantise_q4(w.data(), m.data(), weighed));
    double least = error_of(w, m, weighed);
    const double found = least;
    for (int bits = plain.scale - 512; bits <= plain.scale + 512; ++bits) {
      QuantisedGroup other;
      other.scale = static_cast<uint16_t>(bits);
      const float scale = f16_to_f32(other.scale);
      if (scale == 0 || !std::isfinite(scale) || std::signbit(scale) != std::signbit(f16_to_f32(plain.scale))) continue;
      for (size_t i = 0; i < w.size(); ++i) other.q[i] = static_cast<int8_t>(std::clamp(std::lrintf(w[i] / scale), -8L, 7L));
      least = std::min(least, error_of(w, m, other));
    }
    if (least == 0) continue;
    ratio += found / least;
    ++n;
  }
  EXPECT_LT(ratio / n, 1.15);
}

TEST_F(Groups, OnlyTheRatiosOfTheImportanceCount) {
  for (int round = 0; round < kRounds; ++round) {
    const Values w = weights(), m = importance();
    Values more = m;
    for (float& v : more) v *= 1024;
    QuantisedGroup a, b;
    ASSERT_TRUE(quantise_q4(w.data(), m.data(), a));
    ASSERT_TRUE(quantise_q4(w.data(), more.data(), b));
    ASSERT_EQ(a, b) << "round " << round;
  }
}

TEST_F(Groups, WhereNothingIsMetTheChoiceIsThePlainOne) {
  const Values none{};
  for (int round = 0; round < kRounds; ++round) {
    const Values w = weights();
    QuantisedGroup plain, weighed;
    ASSERT_TRUE(quantise_q4(w.data(), plain));
    ASSERT_TRUE(quantise_q4(w.data(), none.data(), weighed));
    ASSERT_EQ(plain, weighed);
  }
}

TEST_F(Groups, WhatTheFormatHoldsIsKept) {
  for (int round = 0; round < kRounds; ++round) {
    QuantisedGroup held;
    held.scale = static_cast<uint16_t>(1024 + random_() % (0x7800 - 1024));
    for (int8_t& q : held.q) q = static_cast<int8_t>(static_cast<int>(random_() % 16) - 8);
    held.q[random_() % held.q.size()] = -8;
    const float scale = f16_to_f32(held.scale);
    if (!std::isfinite(scale * 9)) continue;
    Values w;
    for (size_t i = 0; i < w.size(); ++i) w[i] = scale * held.q[i];
    const Values m = importance();
    for (const float* weighing : {static_cast<const float*>(nullptr), m.data()}) {
      QuantisedGroup found;
      ASSERT_TRUE(weighing == nullptr ? quantise_q4(w.data(), found) : quantise_q4(w.data(), weighing, found));
      for (size_t i = 0; i < w.size(); ++i) {
        if (weighing == nullptr || m[i] > 0) {
          ASSERT_EQ(f16_to_f32(found.scale) * found.q[i], w[i]) << "round " << round;
        }
      }
    }
  }
}

TEST_F(Groups, TheEndsOfTheRange) {
  QuantisedGroup out;
  const Values zero{}, m = importance();
  ASSERT_TRUE(quantise_q4(zero.data(), m.data(), out));
  EXPECT_EQ(error_of(zero, m, out), 0);
  for (const float largest : {4e5f, -4e5f}) {  // 4e5 / 8 has an f16, 4e5 / 6.6 and 4e6 / 8 have none
    Values w = zero;
    w[3] = largest;
    ASSERT_TRUE(quantise_q4(w.data(), m.data(), out));
    EXPECT_TRUE(std::isfinite(f16_to_f32(out.scale)));
    w[3] = 10 * largest;
    EXPECT_FALSE(quantise_q4(w.data(), m.data(), out));
    EXPECT_FALSE(quantise_q4(w.data(), out));
  }
  Values tiny = zero;
  tiny[0] = 1e-30f;
  ASSERT_TRUE(quantise_q4(tiny.data(), m.data(), out));
  EXPECT_LE(error_of(tiny, m, out), 1e-59 * m[0] + 1e-60);
}

}  // namespace
}  // namespace sw::test
