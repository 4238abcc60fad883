// How quantised matrices and quantised or rounded activations lie in memory.
//
// A packed matrix is cut into blocks of 16 rows, a block into units of 64 columns, a unit into two groups of 32 columns. A
// weight is scale * q with one scale for each row of a group. A unit is:
//   64 bytes       the scales as f16: 16 rows of the first group, 16 of the second
//   per group q8   8 lines of 64 bytes: byte 4 r + i of line j is column 4 j + i of row r, from -128 to 127
//             q4   4 lines: the same of column 4 j + i in the low four bits and of column 16 + 4 j + i in the high ones, plus 8
// So four columns of 16 rows are one vector of an integer dot product, sums never cross lanes, and a block is one stream
// of whole cache lines. Rows and columns that are not there are zeros (scale 0, q 0).
#pragma once

#include <cstddef>
#include <cstdint>

namespace sw::ops {

constexpr int kPackRows = 16;
constexpr int kPackGroup = 32;
constexpr int kPackUnit = 64;
constexpr size_t kPackScaleBytes = 64;  // of a unit
constexpr size_t kPackUnitBytesQ8 = kPackScaleBytes + kPackRows * kPackUnit;
constexpr size_t kPackUnitBytesQ4 = kPackScaleBytes + kPackRows * kPackUnit / 2;

constexpr int pack_blocks(int n_rows) { return n_rows / kPackRows + (n_rows % kPackRows != 0 ? 1 : 0); }
constexpr int pack_units(int n_cols) { return n_cols / kPackUnit + (n_cols % kPackUnit != 0 ? 1 : 0); }
constexpr int pack_groups(int n_cols) { return 2 * pack_units(n_cols); }

// A group of one token's activations: x = scale * q, |q| <= 127. NaN and infinity give a scale of NaN.
struct QuantGroup {
  float scale;
  int32_t offset_q4;  // -8 * the sum of q: what the offset of q4 adds to a dot product, taken back
  int32_t offset_q8;  // -128 * the sum of q: the same for q8 with its sign bit flipped
  int8_t q[kPackGroup];
};

// Tokens lie in tiles, the groups of a tile's tokens side by side: (tile, group, token). All tiles have the same
// width, but for the last one.
constexpr int kQuantTile = 12;

constexpr int quant_tile_width(int n_tokens) {
  const int n_tiles = (n_tokens + kQuantTile - 1) / kQuantTile;
  return n_tiles == 0 ? 0 : (n_tokens + n_tiles - 1) / n_tiles;
}

// Where group g of token t of n_tokens lies.
constexpr size_t quant_index(int n_tokens, int n_groups, int t, int g) {
  const int width = quant_tile_width(n_tokens);
  const int first = t / width * width;
  const int in_tile = n_tokens - first < width ? n_tokens - first : width;
  return static_cast<size_t>(first) * static_cast<size_t>(n_groups) + static_cast<size_t>(g) * static_cast<size_t>(in_tile) +
         static_cast<size_t>(t - first);
}

constexpr size_t quant_size(int n_tokens, int n_cols) { return static_cast<size_t>(n_tokens) * static_cast<size_t>(pack_groups(n_cols)); }

// Activations as bf16: two neighbouring columns are 32 bits, the even one the lower half. Tokens lie in tiles of 16, the last of what is left,
// the pairs of a tile's tokens side by side: (tile, step, pair, token). A step is 32 columns; those that are not there are zeros.
constexpr int kPairTile = 16;
constexpr int kStepPairs = 16;

constexpr int pair_steps(int n_cols) { return n_cols / (2 * kStepPairs) + (n_cols % (2 * kStepPairs) != 0 ? 1 : 0); }

constexpr int pair_tile_width(int n_tokens, int first) { return n_tokens - first < kPairTile ? n_tokens - first : kPairTile; }

// Where the pair of columns 2 p and 2 p + 1 of token t of n_tokens lies.
constexpr size_t pair_index(int n_tokens, int n_steps, int t, int p) {
  const int first = t / kPairTile * kPairTile;
  return static_cast<size_t>(first) * static_cast<size_t>(n_steps * kStepPairs) +
         static_cast<size_t>(p) * static_cast<size_t>(pair_tile_width(n_tokens, first)) + static_cast<size_t>(t - first);
}

constexpr size_t pair_size(int n_tokens, int n_cols) { return static_cast<size_t>(n_tokens) * static_cast<size_t>(pair_steps(n_cols) * kStepPairs); }

}  // namespace sw::ops
