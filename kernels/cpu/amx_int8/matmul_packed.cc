// The matmul_packed op with AMX: the integer sums of a group are one tile product of up to 12 tokens by 16 rows by 32 columns.
// Equations and layout: cpu/simd/matmul_packed.h, whose bytes these are: a group's sum is exact, and the chain of fused
// multiply-adds over the groups is the same. That is why a tile holds 32 columns and not the 64 it could: two groups have two
// scales. A group's eight lines are the tile as it lies in memory; q4 is unpacked chunk by chunk.
//
// Few tokens wait for memory, not for arithmetic: they go the way of avx512_vnni.
// Many: for kBlocks blocks of rows and a chunk of columns, a block's chunk stays in L1 while all tokens pass by from L2; sums
// wait between chunks. The next chunk of weights is asked for meanwhile.
// Operations: 2 * n_tokens * rows * n_cols. A group of 12 tokens and 16 rows, 12288 operations, takes 36 vector operations at two
//             a cycle and 44 loads (12 of tokens, sums and scales each, 8 of weights) at two a cycle: at best 22 cycles, 560
//             operations each, where the tiles alone, half filled, could do 1024. Seen: a third of that (docs/quantisation.md).
// Stack: about 150 KB.
#include "cpu/amx_int8/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/avx512/vec.h"
#include "cpu/avx512_vnni/dot.h"
#include "cpu/simd/matmul_packed.h"
#include "cpu/amx_int8/tiles.h"
// clang-format on

namespace sw::ops {
namespace {

constexpr int kBlocks = 8;       // of rows, whose sums wait together
constexpr int kChunkUnits = 8;   // 512 columns: 9 KB of a block; 16 are 8 % slower with 256 tokens, 2 to 10 % faster with 64
constexpr int kStepTiles = 22;   // tiles of tokens: 186 KB of a chunk of theirs, in L2

// Registers of the two groups of a unit.
constexpr int kSumsTile = 0, kTokensTile = 2, kWeightsTile = 4;

// A chunk of a block: unit u has its scales at scales + u * scales_step and its bytes at q + u * q_step.
struct Chunk {
  const char* scales;
  size_t scales_step;
  const char* q;
  size_t q_step;
  int n_units;
  const char* next;   // what to ask for meanwhile, ...
  size_t next_bytes;  // ... so much of it for a unit
};

using Sums = int32_t[kQuantTile][kPackRows];  // of a group

struct Work {
  alignas(64) float acc[kBlocks][kStepTiles * kQuantTile][kPackRows];
  alignas(64) Sums sums[2][2];  // of the groups of a unit and of the next
  alignas(64) char unpacked[kChunkUnits * kPackRows * kPackUnit];
};

void set_width(int n_tokens) {
  TileShapes shapes;
  for (int i = 0; i < 2; ++i) {
    shapes.n_rows[kSumsTile + i] = shapes.n_rows[kTokensTile + i] = static_cast<uint8_t>(n_tokens);
    shapes.n_rows[kWeightsTile + i] = kPackGroup / 4;
    shapes.row_bytes[kSumsTile + i] = shapes.row_bytes[kWeightsTile + i] = 64;
    shapes.row_bytes[kTokensTile + i] = kPackGroup;
  }
  set_shapes(shapes);
}

// The sums of one of the two groups of a unit.
template <int kGroup, int T>
[[gnu::always_inline]] inline void multiply_group(const char* q, const QuantGroup* x, Sums& sums) {
  zero_tile<kSumsTile + kGroup>();
  load_tile<kTokensTile + kGroup, (T - 1) * sizeof(QuantGroup) + kPackGroup>(x->q, sizeof(QuantGroup));
  load_tile<kWeightsTile + kGroup, kPackRows * kPackGroup>(q, 64);
  dot_tiles<kSumsTile + kGroup, kTokensTile + kGroup, kWeightsTile + kGroup>();
  store_tile<kSumsTile + kGroup, T * sizeof sums[0]>(sums, sizeof sums[0]);
}

template <int T>
[[gnu::always_inline]] inline void multiply_unit(const char* q, const QuantGroup* x, Sums (&sums)[2]) {
  multiply_group<0, T>(q, x, sums[0]);
  multiply_group<1, T>(q + kPackRows * kPackGroup, x + T, sums[1]);
}

// f(0), ..., f(T - 1), each with a constant. A loop would be unrolled too late: between assembly the compiler then leaves sums in memory.
template <int T, class F>
[[gnu::always_inline]] inline void each(F f) {
  [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) { (f(I), ...); }(std::make_integer_sequence<int, T>());
}

// acc += scale_w scale_x sums
template <int T>
[[gnu::always_inline]] inline void add_sums(const char* scales, const QuantGroup* x, const Sums& sums, Vec (&acc)[T]) {
  const Vec scale = WeightF16::load(scales);
  each<T>([&](int t) __attribute__((always_inline)) {
    const Vec sum = _mm512_cvtepi32_ps(_mm512_load_si512(sums[t]));
    acc[t] = fma(sum, mul(scale, set1(x[t].scale)), acc[t]);
  });
}

// A chunk of a block against a tile of T tokens. The products run a unit ahead of the sums.
template <int T>
void run_tile(const Chunk& c, const QuantGroup* x, float (*sums_so_far)[kPackRows], Work& work) {
  Vec acc[T];
  each<T>([&](int t) __attribute__((always_inline)) { acc[t] = load(sums_so_far[t]); });
  multiply_unit<T>(c.q, x, work.sums[0]);
  const char* scales = c.scales;
  const char* next = c.next;
  for (int u = 0; u < c.n_units; ++u, x += 2 * T, scales += c.scales_step) {
    if (u + 1 < c.n_units) multiply_unit<T>(c.q + static_cast<size_t>(u + 1) * c.q_step, x + 2 * T, work.sums[(u + 1) % 2]);
    for (size_t i = 0; i < c.next_bytes; i += 64, next += 64) __builtin_prefetch(next, 0, 2);
    add_sums<T>(scales, x, work.sums[u % 2][0], acc);
    add_sums<T>(scales + kPackScaleBytes / 2, x + T, work.sums[u % 2][1], acc);
  }
  each<T>([&](int t) __attribute__((always_inline)) { store(sums_so_far[t], acc[t]); });
}

using RunTile = void (*)(const Chunk&, const QuantGroup*, float (*)[kPackRows], Work&);
constexpr RunTile kRunTile[kQuantTile] = {run_tile<1>, run_tile<2>, run_tile<3>, run_tile<4>,  run_tile<5>,  run_tile<6>,
                                          run_tile<7>, run_tile<8>, run_tile<9>, run_tile<10>, run_tile<11>, run_tile<12>};

// q4 as signed bytes: a group's low halves are its first four lines, the high ones its last four.
void unpack(const char* w, int n_units, char* out) {
  const __m512i low = _mm512_set1_epi8(15), eight = _mm512_set1_epi8(8);
  for (int u = 0; u < n_units; ++u, w += kPackUnitBytesQ4, out += kPackRows * kPackUnit) {
    for (int i = 0; i < 8; ++i) {
      const __m512i both = line(w + kPackScaleBytes + 64 * i);
      char* first = out + 64 * (i / 4 * 8 + i % 4);
      _mm512_store_si512(first, _mm512_sub_epi8(_mm512_and_si512(both, low), eight));
      _mm512_store_si512(first + 256, _mm512_sub_epi8(_mm512_and_si512(_mm512_srli_epi16(both, 4), low), eight));
    }
  }
}

// Units [u, u + n_units) of the block at `w`, unpacked if need be.
template <class Dot>
Chunk chunk_of(const char* w, int n_units, Work& work) {
  if constexpr (Dot::kUnitBytes == kPackUnitBytesQ8) {
    return {w, Dot::kUnitBytes, w + kPackScaleBytes, Dot::kUnitBytes, n_units, nullptr, 0};
  } else {
    unpack(w, n_units, work.unpacked);
    return {w, Dot::kUnitBytes, work.unpacked, kPackRows * kPackUnit, n_units, nullptr, 0};
  }
}

// The tokens [begin, end), which begin at a tile of x, against one chunk of a block.
void run_tokens_tiled(const MatmulPackedArgs& a, Chunk c, int unit, int begin, int end, float (*acc)[kPackRows], Work& work) {
  const int n_groups = pack_groups(a.w.n_cols);
  const int tile_width = quant_tile_width(a.n_tokens);
  int shaped = 0;
  for (int t = begin; t < end;) {
    const int width = at_most(end - t, tile_width);
    if (width != shaped) set_width(shaped = width);
    const QuantGroup* x = a.x + static_cast<size_t>(t) * static_cast<size_t>(n_groups) + static_cast<size_t>(2 * unit) * static_cast<size_t>(width);
    kRunTile[width - 1](c, x, acc + (t - begin), work);
    c.next += c.next_bytes * static_cast<size_t>(c.n_units);
    t += width;
  }
}

// Up to kBlocks blocks against the tokens [begin, end).
template <class Dot>
void run_blocks_tiled(const MatmulPackedArgs& a, int block, int n_blocks, int begin, int end, Work& work) {
  const int n_units = pack_units(a.w.n_cols);
  const size_t block_bytes = static_cast<size_t>(n_units) * Dot::kUnitBytes;
  const char* first = static_cast<const char*>(a.w.data) + static_cast<size_t>(block) * block_bytes;
  const int n_tiles = (end - begin + quant_tile_width(a.n_tokens) - 1) / quant_tile_width(a.n_tokens);
  __builtin_memset(work.acc, 0, static_cast<size_t>(n_blocks) * sizeof work.acc[0]);
  for (int u = 0; u < n_units; u += kChunkUnits) {
    for (int b = 0; b < n_blocks; ++b) {
      const char* w = first + static_cast<size_t>(b) * block_bytes + static_cast<size_t>(u) * Dot::kUnitBytes;
      Chunk c = chunk_of<Dot>(w, at_most(n_units - u, kChunkUnits), work);
      const bool last = b + 1 == n_blocks;
      c.next = last ? first + static_cast<size_t>(u + c.n_units) * Dot::kUnitBytes : w + block_bytes;
      const size_t n_turns = static_cast<size_t>(n_tiles);
      c.next_bytes = (Dot::kUnitBytes + 64 * n_turns - 1) / (64 * n_turns) * 64;
      run_tokens_tiled(a, c, u, begin, end, work.acc[b], work);
    }
  }
  for (int b = 0; b < n_blocks; ++b) {
    for (int t = begin; t < end; ++t) put_block(a, block + b, t, {load(work.acc[b][t - begin])});
  }
}

template <class Dot>
void matmul_packed_tiled(const MatmulPackedArgs& a, Part part) {
  const Range rows = range_of(part, a.w.n_rows, kPackRows);
  const int begin = rows.begin / kPackRows, end = pack_blocks(rows.end);
  const int step = kStepTiles * quant_tile_width(a.n_tokens);
  Work work;
  for (int t = 0; t < a.n_tokens; t += step) {
    for (int block = begin; block < end; block += kBlocks) {
      run_blocks_tiled<Dot>(a, block, at_most(end - block, kBlocks), t, at_most(a.n_tokens, t + step), work);
    }
  }
  release_tiles();
}

void matmul_packed_amx(const MatmulPackedArgs& a, Part part) {
  if (a.n_tokens <= kQuantTile) return matmul_packed(a, part);
  if (a.w.type == WeightType::q8) return matmul_packed_tiled<DotQ8>(a, part);
  return matmul_packed_tiled<DotQ4>(a, part);
}

}  // namespace

void bind_amx_int8_matmul_packed(OpTable& table) {
  table.matmul_packed = matmul_packed_amx;
}

}  // namespace sw::ops
