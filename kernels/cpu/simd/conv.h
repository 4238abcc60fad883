// y[t, j] = silu(bias[j] + sum over k < d_conv of weight[j, k] c[t - (d_conv - 1) + k, j]); then conv_state holds the
// last rows of c. Oracle: cpu/ref/conv.cc.
// Lanes are channels, so a channel's arithmetic is its own; parts are cut at multiples of kConvGrain channels and the
// last, narrower vector of d_conv_in is the same vector for every cut.
// Order:  bias, then k = 0, 1, ... one fused multiply-add each.
// Bytes:  4 * 2 * n_tokens * d_conv_in, from cache; SiLU is most of the time.
// Include after a vec.h. Private to the including file.
#pragma once

#include "cpu/simd/math.h"
#include "ops.h"

namespace sw::ops {
namespace {

constexpr int kConvGrain = 16;  // channels: a whole number of vectors and of cache lines
constexpr int kConvSpan = 256;  // channels handled at once: d_conv rows of x and of weights stay in L1
constexpr int kConvTapsMax = 8;

// Row t of c from channel `begin` on; t may be negative: those rows are the state's.
inline const float* input_row(const ConvArgs& a, int t, int begin) {
  if (t >= 0) return a.x + static_cast<size_t>(t) * a.x_stride + begin;
  return a.conv_state + static_cast<size_t>(t + a.d_conv - 1) * static_cast<size_t>(a.d_conv_in) + begin;
}

// All tokens of n <= kConvSpan channels from `begin` on.
template <int kTaps>
void conv_span(const ConvArgs& a, int begin, int n) {
  alignas(64) float weight[kTaps][kConvSpan];
  for (int j = 0; j < n; ++j) {
    const float* taps = a.weight + static_cast<size_t>(begin + j) * kTaps;
    for (int k = 0; k < kTaps; ++k) weight[k][j] = taps[k];
  }
  const float* bias = a.bias + begin;
  for (int t = 0; t < a.n_tokens; ++t) {
    const float* row[kTaps];
    for (int k = 0; k < kTaps; ++k) row[k] = input_row(a, t - (kTaps - 1) + k, begin);
    float* y = a.y + static_cast<size_t>(t) * static_cast<size_t>(a.d_conv_in) + begin;
    int j = 0;
    for (; j + kLanes <= n; j += kLanes) {
      Vec sum = load(bias + j);
      for (int k = 0; k < kTaps; ++k) sum = fma(load(weight[k] + j), load(row[k] + j), sum);
      store(y + j, silu(sum));
    }
    if (const int rest = n - j; rest > 0) {
      Vec sum = load_n(bias + j, rest);
      for (int k = 0; k < kTaps; ++k) sum = fma(load_n(weight[k] + j, rest), load_n(row[k] + j, rest), sum);
      store_n(y + j, silu(sum), rest);
    }
  }
  // Oldest first: with few tokens a state row comes from a later state row, which must not be overwritten yet.
  for (int i = 0; i < kTaps - 1; ++i) {
    const float* from = input_row(a, a.n_tokens - (kTaps - 1) + i, begin);
    float* to = a.conv_state + static_cast<size_t>(i) * static_cast<size_t>(a.d_conv_in) + begin;
    for (int j = 0; j < n; ++j) to[j] = from[j];
  }
}

using ConvSpan = void (*)(const ConvArgs& a, int begin, int n);
constexpr ConvSpan kConvSpans[kConvTapsMax] = {conv_span<1>, conv_span<2>, conv_span<3>, conv_span<4>,
                                               conv_span<5>, conv_span<6>, conv_span<7>, conv_span<8>};

inline void conv(const ConvArgs& a, Part part) {
  const Range channels = range_of(part, a.d_conv_in, kConvGrain);
  const ConvSpan span = kConvSpans[a.d_conv - 1];
  for (int begin = channels.begin; begin < channels.end; begin += kConvSpan) {
    const int n = channels.end - begin < kConvSpan ? channels.end - begin : kConvSpan;
    span(a, begin, n);
  }
}

}  // namespace
}  // namespace sw::ops
