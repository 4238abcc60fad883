#include "peaks.h"

#include <time.h>

#include <cstring>
#include <vector>

#include "cpu/rows.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "cpu/amx_int8/tiles.h"
#endif

namespace sw::ops {
namespace {

constexpr int kChains = 12;  // enough for a latency of 4 to 6 cycles at two a cycle
constexpr int kTurns = 4096;
constexpr int kByteChains = 8;

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void fma_avx2(float* sink) {
  __m256 acc[kChains];
  for (int i = 0; i < kChains; ++i) acc[i] = _mm256_set1_ps(sink[i]);
  __m256 a = _mm256_set1_ps(sink[kChains]);
  for (int turn = 0; turn < kTurns; ++turn) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) acc[i] = _mm256_fmadd_ps(acc[i], a, a);
    asm volatile("" : "+x"(a));
  }
  for (int i = 0; i < kChains; ++i) sink[i] = _mm256_cvtss_f32(acc[i]);
}

__attribute__((target("avx512f"))) void fma_avx512(float* sink) {
  __m512 acc[kChains];
  for (int i = 0; i < kChains; ++i) acc[i] = _mm512_set1_ps(sink[i]);
  __m512 a = _mm512_set1_ps(sink[kChains]);
  for (int turn = 0; turn < kTurns; ++turn) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) acc[i] = _mm512_fmadd_ps(acc[i], a, a);
    asm volatile("" : "+v"(a));
  }
  for (int i = 0; i < kChains; ++i) sink[i] = _mm512_cvtss_f32(acc[i]);
}

__attribute__((target("avx2"))) void bytes_avx2(int32_t* sink) {
  __m256i acc[kByteChains], a = _mm256_set1_epi8(static_cast<char>(sink[kByteChains]));
  const __m256i ones = _mm256_set1_epi16(1);
  for (int i = 0; i < kByteChains; ++i) acc[i] = _mm256_set1_epi32(sink[i]);
  for (int turn = 0; turn < kTurns; ++turn) {
#pragma GCC unroll 8
    for (int i = 0; i < kByteChains; ++i) {
      __m256i w = a;
      asm volatile("" : "+x"(w));  // else one product would do for all
      acc[i] = _mm256_add_epi32(acc[i], _mm256_madd_epi16(_mm256_maddubs_epi16(w, a), ones));
    }
  }
  for (int i = 0; i < kByteChains; ++i) sink[i] = _mm256_extract_epi32(acc[i], 0);
}

__attribute__((target("avxvnni"))) void bytes_avx_vnni(int32_t* sink) {
  __m256i acc[kByteChains], a = _mm256_set1_epi8(static_cast<char>(sink[kByteChains]));
  for (int i = 0; i < kByteChains; ++i) acc[i] = _mm256_set1_epi32(sink[i]);
  for (int turn = 0; turn < kTurns; ++turn) {
#pragma GCC unroll 8
    for (int i = 0; i < kByteChains; ++i) acc[i] = _mm256_dpbusd_avx_epi32(acc[i], a, a);
    asm volatile("" : "+x"(a));
  }
  for (int i = 0; i < kByteChains; ++i) sink[i] = _mm256_extract_epi32(acc[i], 0);
}

__attribute__((target("avx512f,avx512vnni"))) void bytes_avx512_vnni(int32_t* sink) {
  __m512i acc[kChains], a = _mm512_set1_epi32(sink[kByteChains]);
  for (int i = 0; i < kChains; ++i) acc[i] = _mm512_set1_epi32(sink[i % kByteChains]);
  for (int turn = 0; turn < kTurns; ++turn) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) acc[i] = _mm512_dpbusd_epi32(acc[i], a, a);
    asm volatile("" : "+v"(a));
  }
  for (int i = 0; i < kChains; ++i) sink[i % kByteChains] ^= _mm512_cvtsi512_si32(acc[i]);
}

// Four independent sums of whole tiles. bind_cpu() has asked for the tiles before.
void set_whole_shapes() {
  TileShapes shapes;
  for (int i = 0; i < 8; ++i) {
    shapes.row_bytes[i] = 64;
    shapes.n_rows[i] = 16;
  }
  set_shapes(shapes);
}

void bytes_amx(int32_t*) {
  set_whole_shapes();
  for (int turn = 0; turn < kTurns; ++turn) {
    dot_tiles<0, 6, 7>();
    dot_tiles<1, 6, 7>();
    dot_tiles<2, 6, 7>();
    dot_tiles<3, 6, 7>();
  }
  release_tiles();
}

void bf16_amx() {
  set_whole_shapes();
  for (int turn = 0; turn < kTurns; ++turn) {
    dot_tiles_bf16<0, 6, 7>();
    dot_tiles_bf16<1, 6, 7>();
    dot_tiles_bf16<2, 6, 7>();
    dot_tiles_bf16<3, 6, 7>();
  }
  release_tiles();
}

struct ByteLoop {
  uint32_t feature;
  void (*run)(int32_t* sink);
  double operations;  // of a run
};

// The best first.
constexpr ByteLoop kByteLoops[] = {{kCpuAmxInt8, bytes_amx, 2.0 * 4 * 16 * 16 * 64 * kTurns},
                                   {kCpuAvx512Vnni, bytes_avx512_vnni, 2.0 * kChains * 64 * kTurns},
                                   {kCpuAvxVnni, bytes_avx_vnni, 2.0 * kByteChains * 32 * kTurns},
                                   {kCpuAvx2, bytes_avx2, 2.0 * kByteChains * 32 * kTurns}};

// 8 streams of `n` bytes each, `n` apart.
__attribute__((target("avx2"))) void read_streams(const char* p, size_t n, uint64_t* sink) {
  __m256i sum[8];
  for (int s = 0; s < 8; ++s) sum[s] = _mm256_setzero_si256();
  for (size_t i = 0; i < n; i += 64) {
#pragma GCC unroll 8
    for (int s = 0; s < 8; ++s) {
      const char* at = p + static_cast<size_t>(s) * n + i;
      _mm_prefetch(at + 1024, _MM_HINT_T0);
      sum[s] = _mm256_xor_si256(sum[s], _mm256_load_si256(reinterpret_cast<const __m256i*>(at)));
      sum[s] = _mm256_xor_si256(sum[s], _mm256_load_si256(reinterpret_cast<const __m256i*>(at + 32)));
    }
  }
  for (int s = 0; s < 8; ++s) *sink ^= static_cast<uint64_t>(_mm256_extract_epi64(sum[s], 0));
}
#else
void read_streams(const char* p, size_t n, uint64_t* sink) {
  for (size_t i = 0; i < 8 * n; i += 8) {
    uint64_t word;
    std::memcpy(&word, p + i, sizeof word);
    *sink ^= word;
  }
}
#endif

}  // namespace

double thread_seconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double fma_rate([[maybe_unused]] uint32_t row, [[maybe_unused]] double min_s) {
#if defined(__x86_64__)
  static float sink[kChains + 1];
  if ((row & (kCpuAvx2 | kCpuAvx512)) == 0) return 0;
  const bool wide = (row & kCpuAvx512) != 0;
  double n = 0;
  const double start = thread_seconds();
  do {
    wide ? fma_avx512(sink) : fma_avx2(sink);
    n += 2.0 * kChains * kTurns * (wide ? 16 : 8);
  } while (thread_seconds() - start < min_s);
  return n / (thread_seconds() - start);
#else
  return 0;
#endif
}

double byte_rate([[maybe_unused]] uint32_t row, [[maybe_unused]] double min_s) {
#if defined(__x86_64__)
  static int32_t sink[kByteChains + 1];
  for (const ByteLoop& loop : kByteLoops) {
    if ((row & loop.feature) == 0) continue;
    double n = 0;
    const double start = thread_seconds();
    do {
      loop.run(sink);
      n += loop.operations;
    } while (thread_seconds() - start < min_s);
    return n / (thread_seconds() - start);
  }
#endif
  return 0;
}

double tile_rate([[maybe_unused]] uint32_t row, [[maybe_unused]] double min_s) {
#if defined(__x86_64__)
  if ((row & kCpuAmxBf16) == 0) return 0;
  double n = 0;
  const double start = thread_seconds();
  do {
    bf16_amx();
    n += 2.0 * 4 * 16 * 16 * 32 * kTurns;
  } while (thread_seconds() - start < min_s);
  return n / (thread_seconds() - start);
#else
  return 0;
#endif
}

double read_rate(double min_s) {
  constexpr size_t kBytes = size_t{256} << 20;
  constexpr size_t kStep = size_t{4} << 20;
  static std::vector<char> buffer(kBytes + 64, 1);
  static size_t at = 0;
  static uint64_t sink = 0;
  const char* base = buffer.data() + (64 - reinterpret_cast<uintptr_t>(buffer.data()) % 64);
  double n = 0;
  const double start = thread_seconds();
  do {
    read_streams(base + at, kStep / 8, &sink);
    at = at + 2 * kStep <= kBytes ? at + kStep : 0;
    n += kStep;
  } while (thread_seconds() - start < min_s);
  const double rate = n / (thread_seconds() - start);
  asm volatile("" : : "r"(sink));
  return rate;
}

}  // namespace sw::ops
