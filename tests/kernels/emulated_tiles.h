// AMX's tile instructions in plain C++, by Intel's description of each (Instruction Set Extensions, chapter 3), so that the amx_int8 and
// amx_bf16 rows are tested on processors that do not have them.
#pragma once

#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

namespace sw::ops {
namespace {

struct TileFile {
  TileShapes shapes;
  uint8_t bytes[8][16][64];
};
thread_local TileFile tiles{};

inline void set_shapes(const TileShapes& shapes) {
  tiles = {};
  tiles.shapes = shapes;
}

inline void release_tiles() { tiles = {}; }

template <int kTile>
void zero_tile() {
  std::memset(tiles.bytes[kTile], 0, sizeof tiles.bytes[kTile]);
}

template <int kTile, size_t>
void load_tile(const void* p, size_t stride) {
  zero_tile<kTile>();
  for (int row = 0; row < tiles.shapes.n_rows[kTile]; ++row) {
    std::memcpy(tiles.bytes[kTile][row], static_cast<const char*>(p) + static_cast<size_t>(row) * stride, tiles.shapes.row_bytes[kTile]);
  }
}

template <int kTile, size_t>
void store_tile(void* p, size_t stride) {
  for (int row = 0; row < tiles.shapes.n_rows[kTile]; ++row) {
    std::memcpy(static_cast<char*>(p) + static_cast<size_t>(row) * stride, tiles.bytes[kTile][row], tiles.shapes.row_bytes[kTile]);
  }
}

template <int kC, int kA, int kB>
void dot_tiles() {
  const TileShapes& s = tiles.shapes;
  // What the processor answers with an exception.
  assert(s.n_rows[kC] == s.n_rows[kA] && s.row_bytes[kC] == s.row_bytes[kB] && s.row_bytes[kA] == 4 * s.n_rows[kB]);
  for (int m = 0; m < s.n_rows[kC]; ++m) {
    for (int n = 0; n < s.row_bytes[kC] / 4; ++n) {
      int32_t sum;
      std::memcpy(&sum, &tiles.bytes[kC][m][4 * n], sizeof sum);
      for (int k = 0; k < s.row_bytes[kA]; ++k) {
        sum += static_cast<int8_t>(tiles.bytes[kA][m][k]) * static_cast<int8_t>(tiles.bytes[kB][k / 4][4 * n + k % 4]);
      }
      std::memcpy(&tiles.bytes[kC][m][4 * n], &sum, sizeof sum);
    }
  }
}

// A denormal value counts as zero, of its sign.
inline float normal(float value) { return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.0f, value) : value; }

template <int kC, int kA, int kB>
void dot_tiles_bf16() {
  const TileShapes& s = tiles.shapes;
  assert(s.n_rows[kC] == s.n_rows[kA] && s.row_bytes[kC] == s.row_bytes[kB] && s.row_bytes[kA] == 4 * s.n_rows[kB]);
  const auto value = [](const uint8_t* p) {
    uint16_t bits;
    std::memcpy(&bits, p, sizeof bits);
    return normal(std::bit_cast<float>(uint32_t{bits} << 16));
  };
  for (int m = 0; m < s.n_rows[kC]; ++m) {
    for (int n = 0; n < s.row_bytes[kC] / 4; ++n) {
      float sums[2] = {};
      for (int k = 0; k < s.n_rows[kB]; ++k) {
        for (int odd = 0; odd < 2; ++odd) {
          sums[odd] = normal(std::fmaf(value(&tiles.bytes[kA][m][4 * k + 2 * odd]), value(&tiles.bytes[kB][k][4 * n + 2 * odd]), sums[odd]));
        }
      }
      float c;
      std::memcpy(&c, &tiles.bytes[kC][m][4 * n], sizeof c);
      c = normal(normal(c) + normal(sums[0] + sums[1]));
      std::memcpy(&tiles.bytes[kC][m][4 * n], &c, sizeof c);
    }
  }
}

}  // namespace
}  // namespace sw::ops
