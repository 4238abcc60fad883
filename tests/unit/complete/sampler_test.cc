// The sampler against its definition, token by token, and its draws against the distribution.
#include "complete/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "support/drawn_from.h"

namespace sw {
namespace {

using Random = std::mt19937_64;

std::vector<float> random_logits(Random& random, size_t n) {
  std::vector<float> logits(n);
  std::normal_distribution<float> normal(0, 3);
  for (float& l : logits) l = normal(random);
  if (n > 3 && random() % 3 == 0) logits[1] = logits[2];  // ties
  return logits;
}

// Probability of each token by definition: the top_k likeliest, of these those at least min_p as likely as the first, of these the
// fewest that hold top_p.
std::vector<double> distribution(const std::vector<float>& logits, const SamplingOptions& options) {
  const double top = *std::max_element(logits.begin(), logits.end());
  std::vector<size_t> order(logits.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return logits[a] > logits[b]; });
  if (options.top_k > 0) order.resize(std::min(order.size(), static_cast<size_t>(options.top_k)));
  std::vector<double> weight(logits.size(), 0);
  double total = 0;
  for (const size_t i : order) {
    const double p = std::exp((logits[i] - top) / options.temperature);
    if (p >= options.min_p) total += weight[i] = p;
  }
  double sum = 0;
  for (const size_t i : order) {
    if (sum >= options.top_p * total) weight[i] = 0;
    sum += weight[i];
  }
  const double kept = std::accumulate(weight.begin(), weight.end(), 0.0);
  for (double& w : weight) w /= kept;
  return weight;
}

TEST(Sampler, GreedyIsTheFirstOfTheLikeliest) {
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    const auto logits = random_logits(random, 1 + random() % 50);
    const auto expected = std::max_element(logits.begin(), logits.end()) - logits.begin();
    ASSERT_EQ(sample(logits, {}, random()), expected);
    SamplingOptions one;
    one.temperature = 2;
    one.top_k = 1;
    ASSERT_EQ(sample(logits, one, random()), expected);
  }
}

TEST(Sampler, DrawsFollowTheDistribution) {
  Random random(2);
  for (int round = 0; round < 24; ++round) {
    const auto logits = random_logits(random, 3 + random() % 30);
    SamplingOptions options;
    options.temperature = 0.3f + 0.1f * static_cast<float>(round);
    options.seed = random();
    if (round % 2 == 1) options.top_k = 1 + static_cast<int>(random() % 8);
    if (round % 3 == 1) options.top_p = 0.8f;
    if (round % 4 == 1) options.min_p = 0.1f;
    const auto expected = distribution(logits, options);
    constexpr int kDraws = 20000;
    std::vector<int> seen(logits.size(), 0);
    for (int i = 0; i < kDraws; ++i) {
      const int32_t id = sample(logits, options, static_cast<uint64_t>(i));
      ASSERT_GT(expected[static_cast<size_t>(id)], 0) << "a token that should be out of the draw";
      ++seen[static_cast<size_t>(id)];
    }
    double chi2 = 0, n_cells = 0, rest = 0, rest_seen = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
      const double want = expected[i] * kDraws;
      if (want < 10) {
        rest += want;
        rest_seen += seen[i];
        continue;
      }
      chi2 += (seen[i] - want) * (seen[i] - want) / want;
      ++n_cells;
    }
    if (rest > 0) {
      chi2 += (rest_seen - rest) * (rest_seen - rest) / std::max(rest, 1.0);
      ++n_cells;
    }
    // Mean n - 1, variance 2 (n - 1): 6 standard deviations; the seeds are fixed, so this passes always or never.
    ASSERT_LE(chi2, n_cells + 6 * std::sqrt(2 * n_cells) + 6) << "round " << round;
  }
}

// What is passed over could not have been drawn; a cut that cuts nothing changes nothing; the likelihood is of all tokens.
TEST(Sampler, DrawsAreTheLawsToTheBit) {
  Random random(5);
  for (int round = 0; round < 400; ++round) {
    auto logits = random_logits(random, 1 + random() % 3000);
    for (size_t i = random() % 5; i > 0; --i) logits[random() % logits.size()] = -std::numeric_limits<float>::infinity();
    SamplingOptions options;
    options.temperature = round % 8 == 0 ? 0 : 0.05f * static_cast<float>(1 + random() % 60);
    options.seed = random();
    options.min_p = round % 3 == 0 ? 0.001f * static_cast<float>(random() % 1000) : 0;
    const uint64_t position = random();
    const draw::Drawn expected = test::drawn_from(logits, law_of(options, 0), position);
    ASSERT_TRUE(is_drawn_by_law(options));
    const int32_t id = sample(logits, options, position);
    ASSERT_EQ(id, expected.id);
    ASSERT_EQ(log_probability(logits, id), draw::log_probability(expected));
    const draw::Drawn drawn = draw_from(logits, options, position);
    ASSERT_EQ(drawn.id, id);
    ASSERT_EQ(drawn.logit, expected.logit);
    ASSERT_EQ(drawn.top, expected.top);
    ASSERT_EQ(drawn.mass, expected.mass);
    options.top_k = static_cast<int>(logits.size());
    ASSERT_EQ(is_drawn_by_law(options), options.temperature == 0);
    ASSERT_EQ(sample(logits, options, position), expected.id);
  }
}

TEST(Sampler, ItsExponentialAndLogarithmAreNearTheTrueOnes) {
  Random random(6);
  for (int i = 0; i < 200000; ++i) {
    const float x = -28 * std::uniform_real_distribution<float>()(random);
    ASSERT_NEAR(draw::exp_of(x) / std::exp(double{x}), 1, 4e-7) << x;
    const float y = std::ldexp(std::uniform_real_distribution<float>(0.5f, 1)(random), static_cast<int>(random() % 70) - 66);
    ASSERT_NEAR(draw::log_of(y), std::log(double{y}), 3e-7 * (std::abs(std::log(double{y})))) << y;
    const uint64_t bits = random() >> random() % 50 | 1;
    const double v = std::min(std::ldexp(double(bits), -64), 1 - 0x1p-24);
    ASSERT_NEAR(draw::gumbel_of(bits), -std::log(-std::log1p(-v)), 1e-5) << bits;
  }
}

TEST(Sampler, DrawDependsOnItsArgumentsAlone) {
  Random random(3);
  const auto logits = random_logits(random, 100);
  SamplingOptions options;
  options.temperature = 1;
  int n_differ_by_seed = 0, n_differ_by_position = 0;
  for (uint64_t position = 0; position < 200; ++position) {
    const int32_t id = sample(logits, options, position);
    ASSERT_EQ(sample(logits, options, position), id);
    ASSERT_EQ(draw_from(logits, options, position).id, id);
    ASSERT_EQ(draw::log_probability(draw_from(logits, options, position)), log_probability(logits, id));
    SamplingOptions other = options;
    other.seed = 1;
    n_differ_by_seed += sample(logits, other, position) != id ? 1 : 0;
    n_differ_by_position += sample(logits, options, position + 1000) != id ? 1 : 0;
  }
  EXPECT_GT(n_differ_by_seed, 50);
  EXPECT_GT(n_differ_by_position, 50);
}

TEST(Sampler, SurvivesWhatIsNoNumber) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  SamplingOptions warm;
  warm.temperature = 0.7f;
  for (const SamplingOptions& options : {SamplingOptions{}, warm}) {
    for (uint64_t position = 0; position < 20; ++position) {
      EXPECT_EQ(sample(std::vector<float>{nan, 1, nan}, options, position), 1);
      EXPECT_EQ(sample(std::vector<float>{0, inf, 2}, options, position), 1);
      EXPECT_EQ(sample(std::vector<float>{-inf, -inf, 2}, options, position), 2);
      EXPECT_EQ(sample(std::vector<float>{nan, nan}, options, position), 0);
      EXPECT_EQ(draw_from(std::vector<float>{nan, nan}, options, position).id, 0);
      EXPECT_EQ(sample(std::vector<float>{3.0e38f, -3.0e38f}, options, position), 0);
    }
  }
}

TEST(Sampler, LogProbabilitiesSumToOne) {
  Random random(4);
  for (int i = 0; i < 50; ++i) {
    const auto logits = random_logits(random, 1 + random() % 200);
    double sum = 0;
    for (size_t id = 0; id < logits.size(); ++id) sum += std::exp(log_probability(logits, static_cast<int32_t>(id)));
    ASSERT_NEAR(sum, 1, 1e-6);  // the terms of the sum are float32
  }
}

}  // namespace
}  // namespace sw
