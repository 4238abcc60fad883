// ref's step-by-step recurrence against the other form of the same mathematics: the chunked sum of Dao & Gu 2024
// (model §4.7), in double and with nothing shared.
//   l_i   = sum over j <= i of dt_j A
//   y_i   = sum over j <= i of (C_i . B_j) exp(l_i - l_j) dt_j x_j  +  exp(l_i) S0 C_i  +  D x_i
//   S_out = exp(l_q) S0 + sum over j of exp(l_q - l_j) dt_j x_j B_j^T
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "cpu/rows.h"

namespace sw::ops {
namespace {

struct Dims {
  int n_tokens, n_heads, head_dim, n_groups, d_state, chunk_len;
};

struct Data {
  explicit Data(const Dims& d, unsigned seed) : random(seed) {
    const auto fill = [&](std::vector<float>& v, int n, float low, float high) {
      v.resize(static_cast<size_t>(n));
      for (float& value : v) value = std::uniform_real_distribution<float>(low, high)(random);
    };
    fill(x, d.n_tokens * d.n_heads * d.head_dim, -1, 1);
    fill(B, d.n_tokens * d.n_groups * d.d_state, -1, 1);
    fill(C, d.n_tokens * d.n_groups * d.d_state, -1, 1);
    fill(dt_raw, d.n_tokens * d.n_heads, -3, 1);
    fill(dt_bias, d.n_heads, -1, 0);
    fill(A, d.n_heads, -2, -0.05f);
    fill(D, d.n_heads, -1, 1);
    fill(state, d.n_heads * d.head_dim * d.d_state, -1, 1);
  }
  std::mt19937 random;
  std::vector<float> x, B, C, dt_raw, dt_bias, A, D, state;
};

// One head, tokens [begin, end): y of the head's tokens, and the state in place.
void chunk(const Dims& d, const Data& in, int h, int begin, int end, std::vector<double>& S, std::vector<double>& y) {
  const int g = h / (d.n_heads / d.n_groups);
  const auto x = [&](int t, int p) { return double{in.x[static_cast<size_t>((t * d.n_heads + h) * d.head_dim + p)]}; };
  const auto B = [&](int t, int n) { return double{in.B[static_cast<size_t>((t * d.n_groups + g) * d.d_state + n)]}; };
  const auto C = [&](int t, int n) { return double{in.C[static_cast<size_t>((t * d.n_groups + g) * d.d_state + n)]}; };
  std::vector<double> dt, l;
  for (int t = begin; t < end; ++t) {
    const size_t head = static_cast<size_t>(h);
    const double raw = double{in.dt_raw[static_cast<size_t>(t * d.n_heads + h)]} + in.dt_bias[head];
    dt.push_back(std::log1p(std::exp(raw)));
    l.push_back((l.empty() ? 0 : l.back()) + dt.back() * in.A[head]);
  }
  const auto S0 = [&](int p, int n) -> double& { return S[static_cast<size_t>((h * d.head_dim + p) * d.d_state + n)]; };
  for (int i = begin; i < end; ++i) {
    const size_t ci = static_cast<size_t>(i - begin);
    for (int p = 0; p < d.head_dim; ++p) {
      double sum = double{in.D[static_cast<size_t>(h)]} * x(i, p);
      for (int n = 0; n < d.d_state; ++n) sum += std::exp(l[ci]) * S0(p, n) * C(i, n);
      for (int j = begin; j <= i; ++j) {
        const size_t cj = static_cast<size_t>(j - begin);
        double cb = 0;
        for (int n = 0; n < d.d_state; ++n) cb += C(i, n) * B(j, n);
        sum += cb * std::exp(l[ci] - l[cj]) * dt[cj] * x(j, p);
      }
      y[static_cast<size_t>((i * d.n_heads + h) * d.head_dim + p)] = sum;
    }
  }
  for (int p = 0; p < d.head_dim; ++p) {
    for (int n = 0; n < d.d_state; ++n) {
      double sum = std::exp(l.back()) * S0(p, n);
      for (int j = begin; j < end; ++j) {
        const size_t cj = static_cast<size_t>(j - begin);
        sum += std::exp(l.back() - l[cj]) * dt[cj] * x(j, p) * B(j, n);
      }
      S0(p, n) = sum;
    }
  }
}

double relative_l2(const std::vector<float>& got, const std::vector<double>& want) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    difference += (got[i] - want[i]) * (got[i] - want[i]);
    size += want[i] * want[i];
  }
  return std::sqrt(difference / size);
}

TEST(SsdChunked, RefComputesTheSameSum) {
  unsigned seed = 7;
  for (const Dims& d : {Dims{1, 1, 4, 1, 8, 8}, Dims{40, 2, 8, 1, 16, 16}, Dims{65, 4, 5, 2, 12, 32},
                        Dims{50, 3, 6, 3, 7, 50}, Dims{33, 8, 3, 4, 9, 5}}) {
    Data in(d, ++seed);
    std::vector<double> S(in.state.begin(), in.state.end()), want(in.x.size());
    for (int h = 0; h < d.n_heads; ++h) {
      for (int t = 0; t < d.n_tokens; t += d.chunk_len) {
        chunk(d, in, h, t, std::min(t + d.chunk_len, d.n_tokens), S, want);
      }
    }
    // The op wants x, B and C at one stride: side by side in a row.
    const size_t n_x = static_cast<size_t>(d.n_heads * d.head_dim), n_b = static_cast<size_t>(d.n_groups * d.d_state);
    const size_t stride = n_x + 2 * n_b;
    std::vector<float> xbc, y(in.x.size());
    for (size_t t = 0; t < static_cast<size_t>(d.n_tokens); ++t) {
      const auto row = [t](const std::vector<float>& v, size_t n) { return v.begin() + static_cast<ptrdiff_t>(t * n); };
      xbc.insert(xbc.end(), row(in.x, n_x), row(in.x, n_x) + static_cast<ptrdiff_t>(n_x));
      xbc.insert(xbc.end(), row(in.B, n_b), row(in.B, n_b) + static_cast<ptrdiff_t>(n_b));
      xbc.insert(xbc.end(), row(in.C, n_b), row(in.C, n_b) + static_cast<ptrdiff_t>(n_b));
    }
    bind_cpu(kCpuRef).ssd(
        {d.n_tokens, d.n_heads, d.head_dim, d.n_groups, d.d_state, 0, std::numeric_limits<float>::infinity(),
         xbc.data(), xbc.data() + n_x, xbc.data() + n_x + n_b, stride, in.dt_raw.data(), static_cast<size_t>(d.n_heads),
         in.dt_bias.data(), in.A.data(), in.D.data(), in.state.data(), y.data()},
        {});
    EXPECT_LE(relative_l2(y, want), 1e-5) << d.n_tokens << " tokens, y";
    EXPECT_LE(relative_l2(in.state, S), 1e-5) << d.n_tokens << " tokens, state";
  }
}

}  // namespace
}  // namespace sw::ops
