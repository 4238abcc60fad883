// y[t, r] = sum over k of w[r, k] x[t, k]   (+ y[t, r] before, when accumulate). Oracle: cpu/ref/matmul.cc.
//
// One order of additions for every output, whatever the number of tokens and the split:
//   k is cut into blocks of kBlockK; in a block, lane l sums the products of k = l, l + kLanes, ... by fused
//   multiply-add in increasing k (the last vector of a row padded with zeros); the lanes are added by the tree of sum4;
//   the blocks are added in increasing k; y comes last.
// Two paths share it. Few tokens: the weights are streamed from memory once, from several rows at a time, far apart,
// since on most processors one stream of reads does not fill the memory's bandwidth (few_streams: on some, few do). Many tokens: blocks of weights are widened to
// float32 once and multiplied from L1 and L2 by a register tile.
// Bytes:  rows * n_cols * weight_bytes for few tokens.   Flops: 2 * n_tokens * rows * n_cols.
// Stack:  about 200 KB on the path for many tokens.
// Include after a vec.h. Private to the including file.
#pragma once

#include "ops.h"

namespace sw::ops {
namespace {

constexpr int kBlockK = 512;
constexpr int kRowGrain = 16;  // rows of a part: one cache line of y

// Few tokens.
constexpr int kStreamTokensMax = 24;
constexpr int kPrefetchBytes = 1024;  // ahead, in each stream; +5 to 10 % on Zen 4 over none, into L1 it costs as much

// Many tokens.
constexpr int kBlockRows = 72;     // with kBlockK: 144 KB of widened weights, in L2
constexpr int kBlockTokens = 128;  // what a widened block is used for before the next

static_assert(kBlockRows % kTileRows == 0 && kBlockK % kLanes == 0);

// To L2 only: the streams and the rows of x often lie a power of two apart, and would push each other out of L1.
// The address may lie beyond the operand.
inline void prefetch_line(const char* p, int ahead_bytes) {
  const uintptr_t at = reinterpret_cast<uintptr_t>(p) + static_cast<uintptr_t>(ahead_bytes);
  __builtin_prefetch(reinterpret_cast<const char*>(at), 0, 2);
}

// Adds the lane sums of n vectors to sums[0..n).
template <int n>
[[gnu::always_inline]] inline void add_sums(const Vec* acc, float* sums) {
  int i = 0;
  for (; i + 4 <= n; i += 4) {
    store4(sums + i, add4(load4(sums + i), sum4(acc[i], acc[i + 1], acc[i + 2], acc[i + 3])));
  }
  if constexpr (n % 4 != 0) {
    float rest[4];
    store4(rest, sum4(acc[i], n - i > 1 ? acc[i + 1] : zero(), n - i > 2 ? acc[i + 2] : zero(), zero()));
    for (int j = 0; i + j < n; ++j) sums[i + j] += rest[j];
  }
}

inline void put(const MatmulArgs& a, int t, int r, float sum) {
  float& y = a.y[static_cast<size_t>(t) * a.y_stride + static_cast<size_t>(r)];
  y = a.accumulate ? sum + y : sum;
}

inline const float* x_at(const MatmulArgs& a, int t, int k) {
  return a.x + static_cast<size_t>(t) * a.x_stride + static_cast<size_t>(k);
}

template <class Weight>
inline const char* w_at(const MatmulArgs& a, int r, int k) {
  return static_cast<const char*>(a.w.data) +
         (static_cast<size_t>(r) * static_cast<size_t>(a.w.n_cols) + static_cast<size_t>(k)) * Weight::kBytes;
}

inline int at_most(int a, int limit) {
  return a < limit ? a : limit;
}

// How many of n tokens to take next when at most `limit` fit: even shares, since a narrow tile is a slow one.
inline int tile_width(int n, int limit) {
  const int n_tiles = (n + limit - 1) / limit;
  return (n + n_tiles - 1) / n_tiles;
}

// Few tokens.

// Adds the products of one block of k (n of them) to sums[T][R]. `w` and `x` point at the block.
template <class Weight, int R, int T>
[[gnu::always_inline]] inline void stream_block(const char* const (&w)[R], const float* const (&x)[T], int n,
                                                float* sums) {
  constexpr int kLine = 64 / static_cast<int>(Weight::kBytes);  // weights of a cache line
  Vec acc[T * R];
  for (int i = 0; i < T * R; ++i) acc[i] = zero();
  const auto step = [&](int k, bool ahead) {
    Vec xs[T];
    for (int t = 0; t < T; ++t) xs[t] = load(x[t] + k);
    for (int r = 0; r < R; ++r) {
      if (ahead) prefetch_line(w[r] + static_cast<size_t>(k) * Weight::kBytes, kPrefetchBytes);
      const Vec weight = Weight::load(w[r] + static_cast<size_t>(k) * Weight::kBytes);
      for (int t = 0; t < T; ++t) acc[t * R + r] = fma(weight, xs[t], acc[t * R + r]);
    }
  };
  int k = 0;
  for (; k + kLine <= n; k += kLine) {
    for (int i = 0; i < kLine; i += kLanes) step(k + i, i == 0);  // one prefetch a line, between the loads
  }
  for (; k + kLanes <= n; k += kLanes) step(k, false);
  if (const int rest = n - k; rest > 0) {
    for (int r = 0; r < R; ++r) {
      const Vec weight = Weight::load_n(w[r] + static_cast<size_t>(k) * Weight::kBytes, rest);
      for (int t = 0; t < T; ++t) acc[t * R + r] = fma(weight, load_n(x[t] + k, rest), acc[t * R + r]);
    }
  }
  add_sums<T * R>(acc, sums);
}

// T tokens from t on against R rows.
template <class Weight, int R, int T>
inline void stream_tokens(const MatmulArgs& a, const int (&r)[R], int n_valid, int t) {
  alignas(64) float sums[T * R] = {};
  for (int k = 0; k < a.w.n_cols; k += kBlockK) {
    const char* w[R];
    const float* x[T];
    for (int s = 0; s < R; ++s) w[s] = w_at<Weight>(a, r[s], k);
    for (int j = 0; j < T; ++j) x[j] = x_at(a, t + j, k);
    stream_block<Weight, R, T>(w, x, at_most(a.w.n_cols - k, kBlockK), sums);
  }
  for (int j = 0; j < T; ++j) {
    for (int s = 0; s < n_valid; ++s) put(a, t + j, r[s], sums[j * R + s]);
  }
}

// All tokens, at most T at once, against R rows: after the first few the rows are in cache.
template <class Weight, int R, int T>
inline void stream_rows(const MatmulArgs& a, const int (&r)[R], int n_valid) {
  for (int t = 0, width; t < a.n_tokens; t += width) {
    width = tile_width(a.n_tokens - t, T);
    if (width == 1) stream_tokens<Weight, R, 1>(a, r, n_valid, t);
    if constexpr (T > 1) {
      if (width == 2) stream_tokens<Weight, R, 2>(a, r, n_valid, t);
    }
    if constexpr (T > 2) {
      if (width == 3) stream_tokens<Weight, R, 3>(a, r, n_valid, t);
    }
    if constexpr (T > 3) {
      if (width == 4) stream_tokens<Weight, R, 4>(a, r, n_valid, t);
      if (width == 5) stream_tokens<Weight, R, 5>(a, r, n_valid, t);
      if (width == 6) stream_tokens<Weight, R, 6>(a, r, n_valid, t);
    }
  }
  static_assert(T <= 6);
}

// The rows are cut into R runs, walked side by side; a row of the remainder is its own run.
template <class Weight, int R, int T>
void stream(const MatmulArgs& a, Range rows) {
  const int n_rows = rows.end - rows.begin;
  const int run = n_rows / R;
  for (int i = 0; i < run; ++i) {
    int r[R];
    for (int s = 0; s < R; ++s) r[s] = rows.begin + s * run + i;
    stream_rows<Weight, R, T>(a, r, R);
  }
  if (const int n_valid = n_rows - R * run; n_valid > 0) {
    int r[R];
    for (int s = 0; s < R; ++s) r[s] = rows.begin + R * run + (s < n_valid ? s : 0);
    stream_rows<Weight, R, T>(a, r, n_valid);
  }
}

// Many tokens.

// Widens n columns of `n_rows` rows into tiles of kTileRows rows: (tile, step, row, lane). Missing rows are zeros.
template <class Weight>
inline void widen_rows(const MatmulArgs& a, int r0, int n_rows, int k0, int n, float* panel) {
  const int n_padded = (n_rows + kTileRows - 1) / kTileRows * kTileRows;
  for (int i = 0; i < n_padded; ++i) {
    float* out = panel + (i / kTileRows * (kBlockK / kLanes) * kTileRows + i % kTileRows) * kLanes;
    const char* w = w_at<Weight>(a, i < n_rows ? r0 + i : r0, k0);
    int k = 0;
    for (; k + kLanes <= n; k += kLanes, out += kTileRows * kLanes) {
      store(out, i < n_rows ? Weight::load(w + static_cast<size_t>(k) * Weight::kBytes) : zero());
    }
    if (const int rest = n - k; rest > 0) {
      store(out, i < n_rows ? Weight::load_n(w + static_cast<size_t>(k) * Weight::kBytes, rest) : zero());
    }
  }
}

// Copies n columns of T tokens to (step, token, lane): contiguous, so that strides of 2^n cannot collide in L1.
template <int T>
[[gnu::always_inline]] inline void gather_tokens(const MatmulArgs& a, int t0, int k0, int n, float* out) {
  for (int t = 0; t < T; ++t) {
    const float* x = x_at(a, t0 + t, k0);
    int k = 0;
    for (; k + kLanes <= n; k += kLanes) store(out + k * T + t * kLanes, load(x + k));
    if (const int rest = n - k; rest > 0) store(out + k * T + t * kLanes, load_n(x + k, rest));
  }
}

// kTileRows x T outputs, `n_steps` vectors of k: the register tile. sums is (token, row); what it holds counts unless
// this is the first block of k.
template <int T>
[[gnu::always_inline]] inline void tile(const float* w, const float* x, int n_steps, bool first, float* sums) {
  Vec acc[T * kTileRows];
  for (int i = 0; i < T * kTileRows; ++i) acc[i] = zero();
  for (int s = 0; s < n_steps; ++s) {
    Vec ws[kTileRows];
    for (int r = 0; r < kTileRows; ++r) ws[r] = load(w + r * kLanes);
    for (int t = 0; t < T; ++t) {
      const Vec xt = load(x + t * kLanes);
      for (int r = 0; r < kTileRows; ++r) acc[t * kTileRows + r] = fma(ws[r], xt, acc[t * kTileRows + r]);
    }
    w += kTileRows * kLanes;
    x += T * kLanes;
  }
  if (first) {
    for (int i = 0; i < T * kTileRows; ++i) sums[i] = 0;
  }
  add_sums<T * kTileRows>(acc, sums);
}

// Where the tiles of one block leave their sums: (row tile, token, row).
inline float* sums_at(float* sums, int row_tile, int t) {
  return sums + (row_tile * kBlockTokens + t) * kTileRows;
}

// Memory that the next turn of `block` reads, asked for line by line while this one computes: rows of n_bytes each.
struct Ahead {
  const char* row;
  size_t row_stride;  // bytes
  int n_rows;
  int n_bytes;
  int at = 0;  // in the row

  int n_lines() const { return n_rows * ((n_bytes + 63) / 64); }
  void prefetch(int n) {
    for (; n > 0 && n_rows > 0; --n) {
      prefetch_line(row, at);
      at += 64;
      if (at >= n_bytes) {
        at = 0;
        row += row_stride;
        --n_rows;
      }
    }
  }
};

// T tokens from t0 (`t` in the block) against a whole panel.
template <int T>
void panel_tokens(const MatmulArgs& a, const float* panel, int n_tiles, int t0, int t, int k0, int n, float* sums,
                  Ahead next_x, Ahead next_w) {
  alignas(64) float x[kBlockK * T];
  gather_tokens<T>(a, t0 + t, k0, n, x);
  const int n_steps = (n + kLanes - 1) / kLanes;
  const int x_lines = next_x.n_lines() / n_tiles + 1;
  const int w_lines = next_w.n_lines() / n_tiles + 1;
  for (int i = 0; i < n_tiles; ++i) {
    next_x.prefetch(x_lines);
    next_w.prefetch(w_lines);
    tile<T>(panel + i * kBlockK * kTileRows, x, n_steps, k0 == 0, sums_at(sums, i, t));
  }
}

using PanelTokens = void (*)(const MatmulArgs&, const float*, int, int, int, int, int, float*, Ahead, Ahead);

inline void put_block(const MatmulArgs& a, int r0, int n_rows, int t0, int n_tokens, float* sums) {
  for (int t = 0; t < n_tokens; ++t) {
    float* y = a.y + static_cast<size_t>(t0 + t) * a.y_stride + r0;
    int i = 0;
    if constexpr (kTileRows == 4) {
      for (; i + 4 <= n_rows; i += 4) {
        const Four sum = load4(sums_at(sums, i / 4, t));
        store4(y + i, a.accumulate ? add4(sum, load4(y + i)) : sum);
      }
    }
    for (; i < n_rows; ++i) put(a, t0 + t, r0 + i, sums_at(sums, i / kTileRows, t)[i % kTileRows]);
  }
}

// n_rows <= kBlockRows from r0, n_tokens <= kBlockTokens from t0.
template <class Weight>
void block(const MatmulArgs& a, int r0, int n_rows, int t0, int n_tokens) {
  static constexpr PanelTokens kPanelTokens[6] = {panel_tokens<1>, panel_tokens<2>, panel_tokens<3>,
                                                  panel_tokens<4>, panel_tokens<5>, panel_tokens<6>};
  static_assert(kTileTokens <= 6);
  alignas(64) float panel[kBlockRows * kBlockK];
  alignas(64) float sums[kBlockRows * kBlockTokens];
  const int n_tiles = (n_rows + kTileRows - 1) / kTileRows;
  const int n_cols = a.w.n_cols;
  for (int k = 0; k < n_cols; k += kBlockK) {
    const int n = at_most(n_cols - k, kBlockK);
    widen_rows<Weight>(a, r0, n_rows, k, n, panel);
    const bool last_k = k + kBlockK >= n_cols;
    for (int t = 0, width; t < n_tokens; t += width) {
      width = tile_width(n_tokens - t, kTileTokens);
      // After the last tokens of this panel come the first of the next; after the last panel, the next rows'. Every
      // turn asks for its share of the next panel.
      const bool last_t = t + width >= n_tokens;
      const int x_t = last_t ? 0 : t + width;
      const int x_k = !last_t ? k : last_k ? 0 : k + kBlockK;
      const int w_r0 = last_k ? r0 + n_rows : r0;
      const int w_k = last_k ? 0 : k + kBlockK;
      const int w_rows = at_most(a.w.n_rows - w_r0, n_rows);
      const int w_r = w_rows * t / n_tokens;
      const Ahead next_x{reinterpret_cast<const char*>(x_at(a, t0 + x_t, x_k)), a.x_stride * sizeof(float),
                         at_most(n_tokens - x_t, kTileTokens),
                         at_most(n_cols - x_k, kBlockK) * static_cast<int>(sizeof(float))};
      const Ahead next_w{w_at<Weight>(a, w_r0 + w_r, w_k), static_cast<size_t>(n_cols) * Weight::kBytes,
                         w_rows * (t + width) / n_tokens - w_r,
                         at_most(n_cols - w_k, kBlockK) * static_cast<int>(Weight::kBytes)};
      kPanelTokens[width - 1](a, panel, n_tiles, t0, t, k, n, sums, next_x, next_w);
    }
  }
  put_block(a, r0, n_rows, t0, n_tokens, sums);
}

template <class Weight>
void matmul_of(const MatmulArgs& a, Part part) {
  const Range rows = range_of(part, a.w.n_rows, kRowGrain);
  if (a.n_tokens <= kFewTokens) {
    return a.few_streams ? stream<Weight, 4, kFewTokens>(a, rows) : stream<Weight, 8, kFewTokens>(a, rows);
  }
  if (a.n_tokens <= kStreamTokensMax) return stream<Weight, 4, kStreamTokens>(a, rows);
  for (int r = rows.begin; r < rows.end; r += kBlockRows) {
    const int n_rows = at_most(rows.end - r, kBlockRows);
    for (int t = 0; t < a.n_tokens; t += kBlockTokens) {
      block<Weight>(a, r, n_rows, t, at_most(a.n_tokens - t, kBlockTokens));
    }
  }
}

inline void matmul(const MatmulArgs& a, Part part) {
  switch (a.w.type) {
    case WeightType::f32:
      return matmul_of<WeightF32>(a, part);
    case WeightType::f16:
      return matmul_of<WeightF16>(a, part);
    case WeightType::bf16:
      return matmul_of<WeightBf16>(a, part);
    case WeightType::q8:
    case WeightType::q4:
      break;  // packed: matmul_packed
  }
}

}  // namespace
}  // namespace sw::ops
