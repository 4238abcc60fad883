// The matmul_packed op with AMX: the integer sums of a group are one tile product of up to 12 tokens by 16 rows by 32 columns.
// Equations and layout: cpu/simd/matmul_packed.h, whose bytes these are: a group's sum is exact, and the chain of fused
// multiply-adds over the groups is the same. That is why a tile holds 32 columns and not the 64 it could: two groups have two
// scales. A group's eight lines are the tile as it lies in memory; q4 is unpacked chunk by chunk.
//
// Few tokens wait for memory, not for arithmetic: they go the way of avx512_vnni.
// Many: for kBlocks blocks of rows and a chunk of columns, a pair of blocks' chunk stays in L1 while all tokens pass by from L2; sums
// wait between chunks. The next chunk of weights is asked for meanwhile.
// Operations: 2 * n_tokens * rows * n_cols. A group of 12 tokens and 16 rows, 12288 operations, takes 36 vector operations at two a
//             cycle, and 35 loads at two a cycle (12 of sums, 8 of weights, and halves, for a pair shares them, of 17 lines of tokens
//             and 12 of their scales): at best 18 cycles, a third of the peak of whole tiles. Seen: about 60, of which 18 are the
//             sums and 40 the tiles: their products (12 cycles) and stores (16, however few the rows) do not overlap, nor do the
//             sums with either (docs/quantisation.md).
// Stack: about 175 KB.
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
constexpr int kPair = 2;         // blocks that share the loads of tokens and of their scales: 24 sums in registers
constexpr int kChunkUnits = 16;  // 1024 columns: 35 KB of a pair; 3 to 7 % faster than 512 with 4096 columns
constexpr int kStepTiles = 22;   // tiles of tokens: 372 KB of a chunk of theirs, in L2

// Registers: the sums of a unit's two groups for each block, the tokens of its groups, and weights in turn.
constexpr int kSumsTile = 0, kTokensTile = 4, kWeightsTile = 6;

// A chunk of up to kPair blocks: unit u of block b has its scales at scales[b] + u * scales_step and its bytes at q[b] + u * q_step.
struct Chunk {
  const char* scales[kPair];
  size_t scales_step;
  const char* q[kPair];
  size_t q_step;
  int n_units;
  const char* next[kPair];  // what to ask for meanwhile, ...
  size_t next_bytes;        // ... so much of each for a unit
};

using Sums = int32_t[kQuantTile][kPackRows];                   // of a group and a block
using SumsSoFar = float[kStepTiles * kQuantTile * kPackRows];  // of a block: (token, row)

struct Work {
  alignas(64) SumsSoFar acc[kBlocks];
  alignas(64) Sums sums[2][2][kPair];  // of a unit and of the one before
  alignas(64) char unpacked[kPair][kChunkUnits * kPackRows * kPackUnit];
};

void set_width(int n_tokens) {
  TileShapes shapes;
  for (int i = 0; i < 2 * kPair; ++i) {
    shapes.n_rows[kSumsTile + i] = static_cast<uint8_t>(n_tokens);
    shapes.row_bytes[kSumsTile + i] = 64;
  }
  for (int i = 0; i < 2; ++i) {
    shapes.n_rows[kTokensTile + i] = static_cast<uint8_t>(n_tokens);
    shapes.row_bytes[kTokensTile + i] = kPackGroup;
    shapes.n_rows[kWeightsTile + i] = kPackGroup / 4;
    shapes.row_bytes[kWeightsTile + i] = 64;
  }
  set_shapes(shapes);
}

// f(0), ..., f(N - 1), each with a constant. A loop would be unrolled too late: between assembly the compiler then leaves sums in memory.
template <int N, class F>
[[gnu::always_inline]] inline void each(F f) {
  [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, I>()), ...);
  }(std::make_integer_sequence<int, N>());
}

// Sum i of a unit is of its group i / R and block i % R.
template <int R>
constexpr int sums_tile(int i) { return kSumsTile + i / R * kPair + i % R; }

// The products of sum i of the unit at q + `at`, for R blocks and T tokens. They stay in the tile.
template <int i, int R, int T>
[[gnu::always_inline]] inline void multiply(const Chunk& c, size_t at, const QuantGroup* x) {
  constexpr int g = i / R, b = i % R;
  if constexpr (b == 0) load_tile<kTokensTile + g, (T - 1) * sizeof(QuantGroup) + kPackGroup>(x[g * T].q, sizeof(QuantGroup));
  zero_tile<sums_tile<R>(i)>();
  load_tile<kWeightsTile + b, kPackRows * kPackGroup>(c.q[b] + at + g * kPackRows * kPackGroup, 64);
  dot_tiles<sums_tile<R>(i), kTokensTile + g, kWeightsTile + b>();
}

// acc += scale_w scale_x sums, for the tokens [kBegin, kEnd) of one group; its scales are at scales + `at`.
template <int kBegin, int kEnd, int R, int T>
[[gnu::always_inline]] inline void add_sums(const Chunk& c, size_t at, const QuantGroup* x, const Sums (&sums)[kPair], Vec (&acc)[R][T]) {
  Vec scale[R];
  each<R>([&](auto b) __attribute__((always_inline)) { scale[b] = WeightF16::load(c.scales[b] + at); });
  each<kEnd - kBegin>([&](auto i) __attribute__((always_inline)) {
    constexpr int t = kBegin + i;
    const Vec scale_x = set1(x[t].scale);
    each<R>([&](auto b) __attribute__((always_inline)) {
      acc[b][t] = fma(_mm512_cvtepi32_ps(_mm512_load_si512(sums[b][t])), mul(scale[b], scale_x), acc[b][t]);
    });
  });
}

// Turn i of 2 R of a unit: its share of the tokens of one of its groups.
template <int i, int R, int T>
[[gnu::always_inline]] inline void add_share(const Chunk& c, size_t at, const QuantGroup* x, const Sums (&sums)[2][kPair], Vec (&acc)[R][T]) {
  constexpr int g = i / R, share = i % R;
  add_sums<T * share / R, T * (share + 1) / R>(c, at + g * kPackScaleBytes / 2, x + g * T, sums[g], acc);
}

// A chunk of R blocks against a tile of T tokens, whose sums so far are from token `first` on. In each turn a sum leaves its tile, the
// product of the next unit begins there, and a share of the unit before is added up: a product has a whole unit's time before it is stored.
template <int R, int T>
void run_tile(const Chunk& c, const QuantGroup* x, SumsSoFar* so_far, int first, Work& work) {
  Vec acc[R][T];
  const auto sums_at = [&](int b, int t) { return so_far[b] + (first + t) * kPackRows; };
  each<R>([&](auto b) __attribute__((always_inline)) {
    each<T>([&](auto t) __attribute__((always_inline)) { acc[b][t] = load(sums_at(b, t)); });
  });
  each<2 * R>([&](auto i) __attribute__((always_inline)) { multiply<i, R, T>(c, 0, x); });
  size_t next = 0, ready = 0;  // the scales of the unit that is ready to be added
  for (int u = 0; u < c.n_units; ++u, x += 2 * T) {
    const bool more = u + 1 < c.n_units;
    const size_t at = static_cast<size_t>(u + 1) * c.q_step;
    Sums(&to)[2][kPair] = work.sums[u % 2];
    const Sums(&from)[2][kPair] = work.sums[(u + 1) % 2];
    each<2 * R>([&](auto i) __attribute__((always_inline)) {
      store_tile<sums_tile<R>(i), T * sizeof to[0][0][0]>(to[i / R][i % R], sizeof to[0][0][0]);
      if (more) multiply<i, R, T>(c, at, x + 2 * T);
      if (u > 0) add_share<i>(c, ready, x - 2 * T, from, acc);
    });
    for (size_t i = 0; i < c.next_bytes; i += 64, next += 64) {
      each<R>([&](auto b) __attribute__((always_inline)) { __builtin_prefetch(c.next[b] + next, 0, 2); });
    }
    if (u > 0) ready += c.scales_step;
  }
  each<2 * R>([&](auto i) __attribute__((always_inline)) {
    add_share<i>(c, ready, x - 2 * T, work.sums[(c.n_units + 1) % 2], acc);
  });
  each<R>([&](auto b) __attribute__((always_inline)) {
    each<T>([&](auto t) __attribute__((always_inline)) { store(sums_at(b, t), acc[b][t]); });
  });
}

using RunTile = void (*)(const Chunk&, const QuantGroup*, SumsSoFar*, int, Work&);

template <int R, class>
struct RunTiles;

template <int R, int... I>
struct RunTiles<R, std::integer_sequence<int, I...>> {
  static constexpr RunTile of[] = {run_tile<R, I + 1>...};
};

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

// n_units units of the R blocks at `w` and `block_bytes` further, unpacked if need be.
template <class Dot, int R>
Chunk chunk_of(const char* w, size_t block_bytes, int n_units, Work& work) {
  constexpr bool kUnpack = Dot::kUnitBytes != kPackUnitBytesQ8;
  Chunk c = {};
  c.n_units = n_units;
  c.scales_step = Dot::kUnitBytes;
  c.q_step = kUnpack ? kPackRows * kPackUnit : Dot::kUnitBytes;
  for (int b = 0; b < R; ++b, w += block_bytes) {
    if constexpr (kUnpack) unpack(w, n_units, work.unpacked[b]);
    c.scales[b] = w;
    c.q[b] = kUnpack ? work.unpacked[b] : w + kPackScaleBytes;
  }
  return c;
}

// The tokens [begin, end), which begin at a tile of x, against one chunk of R blocks.
template <int R>
void run_tokens_tiled(const MatmulPackedArgs& a, Chunk c, int unit, int begin, int end, SumsSoFar* acc, Work& work) {
  using Of = RunTiles<R, std::make_integer_sequence<int, kQuantTile>>;
  const int n_groups = pack_groups(a.w.n_cols);
  const int tile_width = quant_tile_width(a.n_tokens);
  int shaped = 0;
  for (int t = begin; t < end;) {
    const int width = at_most(end - t, tile_width);
    if (width != shaped) set_width(shaped = width);
    const QuantGroup* x = a.x + static_cast<size_t>(t) * static_cast<size_t>(n_groups) + static_cast<size_t>(2 * unit) * static_cast<size_t>(width);
    Of::of[width - 1](c, x, acc, t - begin, work);
    for (int b = 0; b < R; ++b) c.next[b] += c.next_bytes * static_cast<size_t>(c.n_units);
    t += width;
  }
}

// The units from `unit` on of a chunk of R blocks; `block` is their first of n_blocks, which begin at `first`.
template <class Dot, int R>
void run_chunk(const MatmulPackedArgs& a, const char* first, int block, int n_blocks, int unit, int begin, int end, Work& work) {
  const int n_all = pack_units(a.w.n_cols);
  const size_t block_bytes = static_cast<size_t>(n_all) * Dot::kUnitBytes;
  const char* w = first + static_cast<size_t>(block) * block_bytes + static_cast<size_t>(unit) * Dot::kUnitBytes;
  Chunk c = chunk_of<Dot, R>(w, block_bytes, at_most(n_all - unit, kChunkUnits), work);
  const bool last = block + R >= n_blocks;
  const char* next = last ? first + static_cast<size_t>(unit + c.n_units) * Dot::kUnitBytes : w + R * block_bytes;
  for (int b = 0; b < R; ++b, next += block_bytes) c.next[b] = next;
  const size_t n_turns = static_cast<size_t>((end - begin + quant_tile_width(a.n_tokens) - 1) / quant_tile_width(a.n_tokens));
  c.next_bytes = (Dot::kUnitBytes + 64 * n_turns - 1) / (64 * n_turns) * 64;
  run_tokens_tiled<R>(a, c, unit, begin, end, work.acc + block, work);
}

// Up to kBlocks blocks against the tokens [begin, end).
template <class Dot>
void run_blocks_tiled(const MatmulPackedArgs& a, int block, int n_blocks, int begin, int end, Work& work) {
  const int n_units = pack_units(a.w.n_cols);
  const char* first = static_cast<const char*>(a.w.data) + static_cast<size_t>(block) * static_cast<size_t>(n_units) * Dot::kUnitBytes;
  __builtin_memset(work.acc, 0, static_cast<size_t>(n_blocks) * sizeof work.acc[0]);
  for (int u = 0; u < n_units; u += kChunkUnits) {
    int b = 0;
    for (; b + kPair <= n_blocks; b += kPair) run_chunk<Dot, kPair>(a, first, b, n_blocks, u, begin, end, work);
    if (b < n_blocks) run_chunk<Dot, 1>(a, first, b, n_blocks, u, begin, end, work);
  }
  for (int b = 0; b < n_blocks; ++b) {
    for (int t = begin; t < end; ++t) put_block(a, block + b, t, {load(work.acc[b] + (t - begin) * kPackRows)});
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
