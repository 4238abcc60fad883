// AMX's tile instructions in plain C++, by Intel's description of each (Instruction Set Extensions, chapter 3), so that the amx_int8 row
// is tested on processors that do not have them.
#pragma once

#include <cassert>
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

}  // namespace
}  // namespace sw::ops
