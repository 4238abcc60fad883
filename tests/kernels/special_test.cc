// Values at the edges of the formats: every 16-bit weight pattern, and inputs that make exp, softplus and the sums
// meet infinity and subnormals.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "cases.h"
#include "row_list.h"

namespace sw::ops {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

// Independent of the code under test: by the definition of the formats.
float decoded(WeightType type, uint16_t bits) {
  const int n_mantissa = type == WeightType::f16 ? 10 : 7;
  const int n_exponent = 15 - n_mantissa;
  const int exponent = bits >> n_mantissa & ((1 << n_exponent) - 1);
  const int mantissa = bits & ((1 << n_mantissa) - 1);
  const int bias = (1 << (n_exponent - 1)) - 1;
  double value;
  if (exponent == (1 << n_exponent) - 1) {
    value = mantissa == 0 ? HUGE_VAL : std::nan("");
  } else if (exponent == 0) {
    value = std::ldexp(mantissa, 1 - bias - n_mantissa);
  } else {
    value = std::ldexp(mantissa + (1 << n_mantissa), exponent - bias - n_mantissa);
  }
  return static_cast<float>((bits & 0x8000) != 0 ? -value : value);
}

// 65536 rows, each with one pattern at a different column and zeros elsewhere; x is all ones, so y is the pattern.
void check_patterns(WeightType type, uint32_t mask, int n_cols, int n_tokens) {
  constexpr int kRows = 65536;
  std::vector<uint16_t> weights(size_t{kRows} * static_cast<size_t>(n_cols));
  for (int r = 0; r < kRows; ++r) weights[static_cast<size_t>(r) * n_cols + r % n_cols] = static_cast<uint16_t>(r);
  const std::vector<float> x(static_cast<size_t>(n_tokens * n_cols), 1.0f);
  std::vector<float> y(static_cast<size_t>(n_tokens) * kRows);
  bind_cpu(mask).matmul(
      {n_tokens, {type, kRows, n_cols, weights.data()}, x.data(), static_cast<size_t>(n_cols), y.data(), kRows, false},
      {});
  for (int t = 0; t < n_tokens; ++t) {
    for (int r = 0; r < kRows; ++r) {
      const float got = y[static_cast<size_t>(t) * kRows + static_cast<size_t>(r)];
      const float want = decoded(type, static_cast<uint16_t>(r));
      ASSERT_TRUE(got == want || (std::isnan(got) && std::isnan(want)))
          << name_of(type) << " pattern " << r << " is " << got << " instead of " << want << ", mask " << mask;
    }
  }
}

TEST(Special, EveryPatternOfA16BitWeight) {
  for (const Row& row : kCpuRows) {
    if (!runs_here(row)) continue;
    const uint32_t mask = row.mask;
    for (const WeightType type : {WeightType::f16, WeightType::bf16}) {
      for (const int n_cols : {1, 7, 33}) {  // only a row's end; whole vectors and an end
        check_patterns(type, mask, n_cols, 1);
        check_patterns(type, mask, n_cols, 4);
      }
    }
  }
}

TEST(Special, EmbedDecodesEveryPattern) {
  for (const WeightType type : {WeightType::f16, WeightType::bf16}) {
    std::vector<uint16_t> table(65536);
    std::vector<int32_t> ids(65536);
    std::vector<float> out(65536);
    for (int i = 0; i < 65536; ++i) {
      table[static_cast<size_t>(i)] = static_cast<uint16_t>(i);
      ids[static_cast<size_t>(i)] = i;
    }
    bind_cpu(~0u).embed({65536, {type, 65536, 1, table.data()}, ids.data(), out.data()}, {});
    for (int i = 0; i < 65536; ++i) {
      const float want = decoded(type, static_cast<uint16_t>(i)), got = out[static_cast<size_t>(i)];
      ASSERT_TRUE(std::bit_cast<uint32_t>(got) == std::bit_cast<uint32_t>(want) ||
                  (std::isnan(got) && std::isnan(want)))
          << name_of(type) << " pattern " << i;
    }
  }
}

// SiLU through the convolution with one tap of 1: y = silu(x).
TEST(Special, SiluOverItsWholeRange) {
  std::vector<float> x;
  for (float a = 1e-38f; a < 1e30f; a *= 1.37f) {
    x.push_back(a);
    x.push_back(-a);
  }
  for (float a = -120; a < 120; a += 0.37f) x.push_back(a);
  for (const float a : {0.0f, -0.0f, -87.3f, -88.0f, -88.7f, -88.8f, -103.9f, -104.1f, kInf}) x.push_back(a);
  const int n = static_cast<int>(x.size());
  const std::vector<float> ones(x.size(), 1.0f), zeros(x.size(), 0.0f);
  for (const Row& row : kCpuRows) {
    if (!runs_here(row)) continue;
    const uint32_t mask = row.mask;
    std::vector<float> y(x.size());
    bind_cpu(mask).conv({1, n, 1, x.data(), x.size(), ones.data(), zeros.data(), nullptr, y.data()}, {});
    for (size_t i = 0; i < x.size(); ++i) {
      const double want = x[i] / (1 + std::exp(-double{x[i]}));
      if (std::isinf(want)) {
        ASSERT_EQ(y[i], kInf);
        continue;
      }
      // 4 ulp; below the normal range, where exp(-x) is infinite in float32, the result may be zero.
      ASSERT_LE(std::fabs(y[i] - want), std::fmax(std::fabs(want) * 4 * 0x1p-23, 1.3e-36)) << x[i] << " mask " << mask;
    }
  }
}

// softplus and exp through one SSD step with B = x = 1 on a state of 1: state = exp(dt A) + dt, y = state C.
TEST(Special, SoftplusAndDecayOverTheirWholeRange) {
  std::vector<float> raw;
  for (float a = -110; a < 110; a += 0.17f) raw.push_back(a);
  for (const float a : {0.0f, 1e-7f, -1e-7f, 19.999f, 20.0f, 20.001f, 1e4f, -1e4f, 1e30f, -1e30f}) raw.push_back(a);
  const int n_heads = static_cast<int>(raw.size());
  for (const float A : {-1e-6f, -0.3f, -1.0f, -16.0f}) {
    for (const Row& row : kCpuRows) {
      if (!runs_here(row)) continue;
      const uint32_t mask = row.mask;
      const std::vector<float> one(raw.size(), 1.0f), zero(raw.size(), 0.0f), rate(raw.size(), A);
      std::vector<float> dt_only(raw.size(), 0.0f), decay_only(raw.size(), 1.0f), y(raw.size());
      const OpTable table = bind_cpu(mask);
      SsdArgs a{1,           n_heads,        1,          1,           1,
                0,           kInf,           one.data(), one.data(),  one.data(),
                raw.size(),  raw.data(),     raw.size(), zero.data(), rate.data(),
                zero.data(), dt_only.data(), y.data()};
      table.ssd(a, {});
      a.x = zero.data();
      a.ssm_state = decay_only.data();
      table.ssd(a, {});
      for (size_t h = 0; h < raw.size(); ++h) {
        const double dt = raw[h] > 20 ? raw[h] : std::log1p(std::exp(double{raw[h]}));
        const double decay = std::exp(dt * A);
        ASSERT_LE(std::fabs(dt_only[h] - dt), std::fmax(dt * 4 * 0x1p-23, 1e-44)) << raw[h] << " mask " << mask;
        // exp turns a relative error of its argument into an error of argument times that.
        ASSERT_LE(std::fabs(decay_only[h] - decay), std::fmax(decay * (4 - 4 * dt * A) * 0x1p-23, 1e-44))
            << raw[h] << " * " << A << " mask " << mask;
      }
    }
  }
}

// A NaN or infinity of one token, row or channel stays in its own outputs.
TEST(Special, NonFiniteValuesStayWhereTheyAre) {
  constexpr int kTokens = 5, kRows = 33, kCols = 70;
  for (const Row& row : kCpuRows) {
    if (!runs_here(row)) continue;
    const uint32_t mask = row.mask;
    std::vector<float> w(kRows * kCols, 0.5f), x(kTokens * kCols, 1.0f), y(kTokens * kRows);
    x[2 * kCols + 69] = std::nanf("");
    w[7 * kCols + 3] = kInf;
    bind_cpu(mask).matmul({kTokens, {WeightType::f32, kRows, kCols, w.data()}, x.data(), kCols, y.data(), kRows, false},
                          {});
    for (int t = 0; t < kTokens; ++t) {
      for (int r = 0; r < kRows; ++r) {
        const float value = y[static_cast<size_t>(t * kRows + r)];
        if (t == 2) {
          ASSERT_TRUE(std::isnan(value));
        } else {
          ASSERT_EQ(value, r == 7 ? kInf : 35.0f) << t << ' ' << r;
        }
      }
    }
  }
}

}  // namespace
}  // namespace sw::ops
