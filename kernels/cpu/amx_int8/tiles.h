// The tile registers of AMX: eight of up to 16 rows of 64 bytes. Written as assembly, since gcc 12's intrinsics do not say what
// memory they read: stores to it could come too late. Each says here which kBytes it touches and no more: with a clobber of all
// memory the compiler keeps nothing in registers around it. Private to the including file.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sw::ops {
namespace {

struct alignas(64) TileShapes {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t n_rows[16] = {};
};

#if defined(SW_EMULATED_TILES)
}  // namespace
}  // namespace sw::ops
#include "emulated_tiles.h"  // tests/kernels: the same instructions in plain C++, for processors without them
namespace sw::ops {
namespace {
#else
inline void set_shapes(const TileShapes& shapes) {
  asm volatile("ldtilecfg %0" : : "m"(shapes) : "memory");
}

// Back to where every thread begins: the kernel then has no tiles to save.
inline void release_tiles() {
  asm volatile("tilerelease" : : : "memory");
}

template <int kTile>
[[gnu::always_inline]] inline void zero_tile() {
  asm volatile("tilezero %%tmm%c0" : : "i"(kTile));
}

template <size_t n>
struct [[gnu::may_alias]] Bytes {
  char at[n];
};

// Row i from p + i * stride; all rows lie in kBytes.
template <int kTile, size_t kBytes>
[[gnu::always_inline]] inline void load_tile(const void* p, size_t stride) {
  asm volatile("tileloadd (%0,%1,1), %%tmm%c2" : : "r"(p), "r"(stride), "i"(kTile), "m"(*static_cast<const Bytes<kBytes>*>(p)));
}

template <int kTile, size_t kBytes>
[[gnu::always_inline]] inline void store_tile(void* p, size_t stride) {
  asm volatile("tilestored %%tmm%c3, (%1,%2,1)" : "=m"(*static_cast<Bytes<kBytes>*>(p)) : "r"(p), "r"(stride), "i"(kTile));
}

// c[m][n] += sum over k of a[m][k] b[k / 4][4 n + k % 4], signed bytes into 32 bits.
template <int kC, int kA, int kB>
[[gnu::always_inline]] inline void dot_tiles() {
  asm volatile("tdpbssd %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kC), "i"(kA), "i"(kB));
}

// c[m][n] += sum over the 16 pairs k of a[m][2 k] b[k][2 n] + a[m][2 k + 1] b[k][2 n + 1], of bf16 into float32: the even products in one chain
// of fused multiply-adds from zero, the odd ones in another, then their sum, then the sum with c. Denormal values count as zero.
template <int kC, int kA, int kB>
[[gnu::always_inline]] inline void dot_tiles_bf16() {
  asm volatile("tdpbf16ps %%tmm%c2, %%tmm%c1, %%tmm%c0" : : "i"(kC), "i"(kA), "i"(kB));
}
#endif

}  // namespace
}  // namespace sw::ops
