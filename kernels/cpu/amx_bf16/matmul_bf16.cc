// The matmul_bf16 op in tiles. Weights are the left operand: 16 rows by 32 columns, as they lie in the file; activations the right one: 16 pairs
// of columns by up to 16 tokens. What a tile instruction adds, and in which order, is fixed, and a sum goes through the steps of 32 columns in
// increasing order, in a tile or, between chunks, in memory: so a token's bytes depend neither on its neighbours nor on the cut.
//
// Few tokens wait for memory: 16 rows stream by, asked for ahead.
// Many: a panel of 32 rows and 512 columns is laid out for the tiles, so that its rows, which may lie a multiple of 4 KB apart, do not push one
// another out of L1; there it stays while all tokens pass by from L2, 32 at a time. The next panel is asked for meanwhile.
// Operations: 2 * n_tokens * rows * n_cols. A step of two tiles by two, 65536 of them, takes 64 cycles of products and 64 lines of operands, of
//             which those of tokens come from L2; loading and storing the four sums are 128 lines more for 16 steps. Seen on a
//             Sapphire Rapids: about 280 cycles, 0.20 to 0.22 of the tiles' peak. A panel's 32 KB, the 32 KB of tokens that pass by
//             and their sums are more than L1, so it seems to be refilled too (docs/quantisation.md).
// Stack: 66 KB.
#include "cpu/amx_bf16/bind.h"
#include "cpu/amx_bf16/transpose.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/avx512/vec.h"
#include "cpu/amx_int8/tiles.h"
// clang-format on

namespace sw::ops {
namespace {

constexpr int kTileWeights = 16;                      // rows of a tile
constexpr int kStepCols = 2 * kStepPairs;             // columns of a tile
constexpr int kPanel = 2;                             // tiles of rows side by side
constexpr int kChunkSteps = 16;                       // of a panel: 32 KB
constexpr int kStepTiles = 16;                        // tiles of tokens whose sums wait between chunks
constexpr int kAheadSteps = 16;                       // what few tokens ask for: 1 KB of each row
constexpr size_t kTileBytes = 1024;
constexpr size_t kStepBytes = kStepCols * sizeof(uint16_t);

// Registers: sums of token tile i and row tile j, tokens, weights.
constexpr int kSums = 0, kTokens = 4, kWeights = 6;

using Sums = float[kTileWeights][kPairTile];  // (row, token)

struct Work {
  alignas(64) char panel[kChunkSteps][kPanel][kTileBytes];
  alignas(64) Sums sums[kStepTiles][kPanel];
};

constexpr int at_most(int a, int b) { return a < b ? a : b; }

// Tiles for tokens of two widths.
void set_widths(int first, int second) {
  TileShapes shapes;
  const auto shape = [&](int tile, int n_rows, int bytes) {
    shapes.n_rows[tile] = static_cast<uint8_t>(n_rows);
    shapes.row_bytes[tile] = static_cast<uint16_t>(bytes);
  };
  for (int i = 0; i < 2; ++i) {
    const int width = i == 0 ? first : second;
    for (int j = 0; j < kPanel; ++j) shape(kSums + i * kPanel + j, kTileWeights, 4 * width);
    shape(kTokens + i, kStepPairs, 4 * width);
    shape(kWeights + i, kTileWeights, static_cast<int>(kStepBytes));
  }
  set_shapes(shapes);
}

// Where the weights are of which a part is computed.
struct Weights {
  explicit Weights(const Matrix& w)
      : data(static_cast<const char*>(w.data)), row_bytes(static_cast<size_t>(w.n_cols) * sizeof(uint16_t)), n_rows(w.n_rows), n_cols(w.n_cols) {}
  const char* at(int row, int step) const { return data + static_cast<size_t>(row) * row_bytes + static_cast<size_t>(step) * kStepBytes; }
  // Whether a tile lies whole in the matrix.
  bool whole(int row, int step) const { return row + kTileWeights <= n_rows && (step + 1) * kStepCols <= n_cols; }

  const char* data;
  size_t row_bytes;
  int n_rows, n_cols;
};

// One tile, with zeros for what is not there.
void lay_out(const Weights& w, int row, int step, char* out) {
  const int n_cols = at_most(w.n_cols - step * kStepCols, kStepCols);
  const auto mask = static_cast<__mmask32>(n_cols >= kStepCols ? ~0u : (1u << n_cols) - 1);
  for (int r = 0; r < kTileWeights; ++r) {
    const __m512i line = row + r < w.n_rows ? _mm512_maskz_loadu_epi16(mask, w.at(row + r, step)) : _mm512_setzero_si512();
    _mm512_store_si512(out + static_cast<size_t>(r) * kStepBytes, line);
  }
}

// The sums of a tile of rows and one of tokens, to where they belong; y has rows up to `end`.
void put(const MatmulBf16Args& a, int row, int end, int first, int width, const Sums& sums) {
  __m512i v[kPairTile];
  for (int r = 0; r < kTileWeights; ++r) v[r] = _mm512_load_si512(sums[r]);
  transpose(v);
  const int n = at_most(end - row, kTileWeights);
  for (int t = 0; t < width; ++t) {
    float* y = a.y + static_cast<size_t>(first + t) * a.y_stride + row;
    const Vec sum = _mm512_castsi512_ps(v[t]);
    if (n == kTileWeights) {
      store(y, a.accumulate ? add(load(y), sum) : sum);
    } else {
      store_n(y, a.accumulate ? add(load_n(y, n), sum) : sum, n);
    }
  }
}

const uint32_t* tokens_at(const MatmulBf16Args& a, int first, int step) {
  const size_t width = static_cast<size_t>(pair_tile_width(a.n_tokens, first));
  return a.x + pair_index(a.n_tokens, pair_steps(a.w.n_cols), first, 0) + static_cast<size_t>(step * kStepPairs) * width;
}

// Few tokens.

// Rows from `row` on against the one tile of tokens; `next`: the row that comes then.
void run_rows(const MatmulBf16Args& a, const Weights& w, int row, int next, Work& work) {
  const int n_steps = pair_steps(a.w.n_cols);
  const size_t stride = static_cast<size_t>(a.n_tokens) * sizeof(uint32_t);
  zero_tile<kSums>();
  for (int s = 0; s < n_steps; ++s) {
    const bool here = s + kAheadSteps < n_steps;
    const char* ahead = here ? w.at(row, s + kAheadSteps) : w.at(next, s + kAheadSteps - n_steps);
    for (int r = 0; r < kTileWeights; ++r) __builtin_prefetch(ahead + static_cast<size_t>(r) * w.row_bytes, 0, 3);
    load_tile<kTokens, kTileBytes>(tokens_at(a, 0, s), stride);
    if (w.whole(row, s)) {
      load_tile<kWeights, kStepBytes>(w.at(row, s), w.row_bytes);
    } else {
      lay_out(w, row, s, work.panel[0][0]);
      load_tile<kWeights, kTileBytes>(work.panel[0][0], kStepBytes);
    }
    dot_tiles_bf16<kSums, kWeights, kTokens>();
  }
  store_tile<kSums, sizeof(Sums)>(work.sums[0][0], sizeof work.sums[0][0][0]);
}

void run_few(const MatmulBf16Args& a, Range rows, Work& work) {
  const Weights w(a.w);
  set_widths(a.n_tokens, a.n_tokens);
  for (int row = rows.begin; row < rows.end; row += kTileWeights) {
    run_rows(a, w, row, row + kTileWeights < rows.end ? row + kTileWeights : row, work);
    put(a, row, rows.end, 0, a.n_tokens, work.sums[0][0]);
  }
}

// Many tokens.

// Weights that will be wanted: lines of the rows from `row` on, some asked for at each step.
struct Ahead {
  const char* first;
  size_t row_bytes;
  int lines_a_row, lines_a_step, next = 0, end;

  void ask() {
    for (int i = 0; i < lines_a_step && next < end; ++i, ++next) {
      __builtin_prefetch(first + static_cast<size_t>(next / lines_a_row) * row_bytes + static_cast<size_t>(next % lines_a_row) * kStepBytes, 0, 2);
    }
  }
};

// A chunk of a panel against one tile of tokens (T = 1) or two; `sums` are theirs.
template <int T>
void run_tiles(const uint32_t* const (&x)[2], const int (&width)[2], int n_steps, bool first, Ahead& ahead, Work& work, Sums (*sums)[kPanel]) {
  if (first) {
    zero_tile<kSums>();
    zero_tile<kSums + 1>();
    if constexpr (T > 1) zero_tile<kSums + 2>();
    if constexpr (T > 1) zero_tile<kSums + 3>();
  } else {
    load_tile<kSums, sizeof(Sums)>(sums[0][0], 64);
    load_tile<kSums + 1, sizeof(Sums)>(sums[0][1], 64);
    if constexpr (T > 1) load_tile<kSums + 2, sizeof(Sums)>(sums[1][0], 64);
    if constexpr (T > 1) load_tile<kSums + 3, sizeof(Sums)>(sums[1][1], 64);
  }
  for (int s = 0; s < n_steps; ++s) {
    ahead.ask();
    load_tile<kTokens, kTileBytes>(x[0] + s * kStepPairs * width[0], 4 * static_cast<size_t>(width[0]));
    load_tile<kWeights, kTileBytes>(work.panel[s][0], kStepBytes);
    dot_tiles_bf16<kSums, kWeights, kTokens>();
    load_tile<kWeights + 1, kTileBytes>(work.panel[s][1], kStepBytes);
    dot_tiles_bf16<kSums + 1, kWeights + 1, kTokens>();
    if constexpr (T > 1) {
      load_tile<kTokens + 1, kTileBytes>(x[1] + s * kStepPairs * width[1], 4 * static_cast<size_t>(width[1]));
      dot_tiles_bf16<kSums + 2, kWeights, kTokens + 1>();
      dot_tiles_bf16<kSums + 3, kWeights + 1, kTokens + 1>();
    }
  }
  store_tile<kSums, sizeof(Sums)>(sums[0][0], 64);
  store_tile<kSums + 1, sizeof(Sums)>(sums[0][1], 64);
  if constexpr (T > 1) store_tile<kSums + 2, sizeof(Sums)>(sums[1][0], 64);
  if constexpr (T > 1) store_tile<kSums + 3, sizeof(Sums)>(sums[1][1], 64);
}

// The chunk of steps [step, step + n_steps) of the panel at `row` against the tokens [begin, end).
void run_chunk(const MatmulBf16Args& a, int begin, int end, int step, int n_steps, Ahead& ahead, Work& work) {
  int widths[2] = {0, 0};
  for (int t = begin; t < end; t += 2 * kPairTile) {
    const bool two = t + kPairTile < end;
    const int width[2] = {pair_tile_width(a.n_tokens, t), two ? pair_tile_width(a.n_tokens, t + kPairTile) : kPairTile};
    if (width[0] != widths[0] || width[1] != widths[1]) set_widths(widths[0] = width[0], widths[1] = width[1]);
    const uint32_t* const x[2] = {tokens_at(a, t, step), two ? tokens_at(a, t + kPairTile, step) : nullptr};
    Sums(*sums)[kPanel] = &work.sums[(t - begin) / kPairTile];
    two ? run_tiles<2>(x, width, n_steps, step == 0, ahead, work, sums) : run_tiles<1>(x, width, n_steps, step == 0, ahead, work, sums);
  }
}

// What comes after the chunk at `step` of the panel at `row`.
Ahead what_is_next(const Weights& w, int row, int end, int step, int n_all, int n_turns) {
  const bool last = step + kChunkSteps >= n_all;
  const int next_row = last ? row + kPanel * kTileWeights : row, next_step = last ? 0 : step + kChunkSteps;
  if (next_row >= end) return {w.data, 0, 1, 0, 0, 0};
  const int lines = at_most(n_all - next_step, kChunkSteps), n_rows = at_most(end - next_row, kPanel * kTileWeights);
  return {w.at(next_row, next_step), w.row_bytes, lines, (lines * n_rows + n_turns - 1) / n_turns, 0, lines * n_rows};
}

void run_panel(const MatmulBf16Args& a, const Weights& w, int row, int end, int begin_token, int end_token, Work& work) {
  const int n_all = pair_steps(a.w.n_cols), n_tiles = (end_token - begin_token + kPairTile - 1) / kPairTile;
  for (int step = 0; step < n_all; step += kChunkSteps) {
    const int n_steps = at_most(n_all - step, kChunkSteps);
    for (int j = 0; j < kPanel; ++j) {
      for (int s = 0; s < n_steps; ++s) lay_out(w, row + j * kTileWeights, step + s, work.panel[s][j]);
    }
    Ahead ahead = what_is_next(w, row, end, step, n_all, n_steps * ((n_tiles + 1) / 2));
    run_chunk(a, begin_token, end_token, step, n_steps, ahead, work);
  }
  for (int i = 0; i < n_tiles; ++i) {
    const int first = begin_token + i * kPairTile;
    for (int j = 0; j < kPanel && row + j * kTileWeights < end; ++j) {
      put(a, row + j * kTileWeights, end, first, pair_tile_width(a.n_tokens, first), work.sums[i][j]);
    }
  }
}

void matmul_bf16(const MatmulBf16Args& a, Part part) {
  const Range rows = range_of(part, a.w.n_rows, kPanel * kTileWeights);
  if (a.n_tokens == 0 || rows.begin == rows.end) return;
  Work work;
  if (a.n_tokens <= kPairTile) {
    run_few(a, rows, work);
  } else {
    const Weights w(a.w);
    for (int t = 0; t < a.n_tokens; t += kStepTiles * kPairTile) {
      for (int row = rows.begin; row < rows.end; row += kPanel * kTileWeights) {
        run_panel(a, w, row, rows.end, t, at_most(a.n_tokens, t + kStepTiles * kPairTile), work);
      }
    }
  }
  release_tiles();
}

}  // namespace

void bind_amx_bf16_matmul_bf16(OpTable& table) {
  table.matmul_bf16 = matmul_bf16;
}

}  // namespace sw::ops
