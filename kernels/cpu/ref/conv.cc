// y[t, j] = silu(bias[j] + sum over k < d_conv of weight[j, k] c[t - (d_conv - 1) + k, j]),   silu(a) = a / (1 +
// exp(-a)) where c at negative t is conv_state, which afterwards holds the last d_conv - 1 rows of c. Source: the
// causal depthwise convolution of Mamba-2 (Dao & Gu 2024), model §4.3 and §4.8.
#include <cmath>

#include "cpu/ref/bind.h"

namespace sw::ops {
namespace {

double silu(double a) {
  return a / (1 + std::exp(-a));
}

// Row t of c for one channel: t may be as low as -(d_conv - 1), or n_tokens - 1 at most.
float input_at(const ConvArgs& a, int t, int j) {
  if (t >= 0) return a.x[static_cast<size_t>(t) * a.x_stride + static_cast<size_t>(j)];
  return a
      .conv_state[static_cast<size_t>(t + a.d_conv - 1) * static_cast<size_t>(a.d_conv_in) + static_cast<size_t>(j)];
}

void conv(const ConvArgs& a, Part part) {
  const Range channels = range_of(part, a.d_conv_in, 1);
  const size_t d_conv_in = static_cast<size_t>(a.d_conv_in);
  for (int j = channels.begin; j < channels.end; ++j) {
    const float* weight = a.weight + static_cast<size_t>(j) * static_cast<size_t>(a.d_conv);
    for (int t = 0; t < a.n_tokens; ++t) {
      double sum = a.bias[j];
      for (int k = 0; k < a.d_conv; ++k) sum += double{weight[k]} * input_at(a, t - (a.d_conv - 1) + k, j);
      a.y[static_cast<size_t>(t) * d_conv_in + static_cast<size_t>(j)] = static_cast<float>(silu(sum));
    }
    // Oldest first: each row moves down or comes from x, so a row is read before it is overwritten.
    for (int i = 0; i < a.d_conv - 1; ++i) {
      a.conv_state[static_cast<size_t>(i) * d_conv_in + static_cast<size_t>(j)] =
          input_at(a, a.n_tokens - (a.d_conv - 1) + i, j);
    }
  }
}

}  // namespace

void bind_ref_conv(OpTable& table) {
  table.conv = conv;
}

}  // namespace sw::ops
