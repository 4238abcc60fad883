// Intervals of means.
#include "bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace sw::tool {
namespace {

std::vector<double> zeros_and_ones(size_t n, double share, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> values(n);
  for (double& value : values) value = static_cast<double>(random() % 1000) < 1000 * share ? 1 : 0;
  return values;
}

TEST(Bootstrap, NothingAndSameness) {
  const Estimate none = bootstrap_mean({}, 1);
  EXPECT_EQ(none.mean, 0);
  const Estimate same = bootstrap_mean({0.25, 0.25, 0.25}, 1);
  EXPECT_DOUBLE_EQ(same.mean, 0.25);
  EXPECT_DOUBLE_EQ(same.low, 0.25);
  EXPECT_DOUBLE_EQ(same.high, 0.25);
}

TEST(Bootstrap, DependsOnTheSeedAlone) {
  const auto values = zeros_and_ones(80, 0.3, 7);
  const Estimate a = bootstrap_mean(values, 5), b = bootstrap_mean(values, 5);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
}

TEST(Bootstrap, ARatioOfSumsIsNoMeanOfRatios) {
  const Estimate e = bootstrap_ratio({1, 30}, {1, 10}, 1);
  EXPECT_DOUBLE_EQ(e.mean, 31.0 / 11);
  EXPECT_DOUBLE_EQ(e.low, 1);  // the first pair drawn twice
  EXPECT_DOUBLE_EQ(e.high, 3);
  const auto values = zeros_and_ones(50, 0.3, 9);
  const Estimate mean = bootstrap_mean(values, 4), scaled = bootstrap_ratio(values, std::vector<double>(50, 2), 4);
  EXPECT_DOUBLE_EQ(mean.low, 2 * scaled.low);
  EXPECT_DOUBLE_EQ(mean.high, 2 * scaled.high);
}

// Of shares, the interval is known well enough from the normal distribution.
TEST(Bootstrap, IsAsWideAsTheory) {
  const auto values = zeros_and_ones(400, 0.3, 3);
  const Estimate e = bootstrap_mean(values, 1);
  const double half = 1.96 * std::sqrt(e.mean * (1 - e.mean) / 400);
  EXPECT_NEAR(e.high - e.mean, half, 0.15 * half);
  EXPECT_NEAR(e.mean - e.low, half, 0.15 * half);
}

TEST(Bootstrap, HoldsTheTruthNineteenTimesOfTwenty) {
  int held = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    const Estimate e = bootstrap_mean(zeros_and_ones(60, 0.4, 1000 + i), i);
    held += e.low <= 0.4 && 0.4 <= e.high ? 1 : 0;
  }
  EXPECT_GE(held, 176);  // 190 expected, 3.1 standard deviations of the count each; percentile intervals are a little narrow
  EXPECT_LE(held, 199);
}

}  // namespace
}  // namespace sw::tool
