#include "peaks.h"

#include <chrono>
#include <cstdint>

#include "on_threads.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace sw::tool {
namespace {

constexpr int kChains = 12;  // enough for a latency of 4 to 6 cycles at two a cycle
constexpr int kTurns = 4096;
constexpr int kBatch = 16;  // turns between two looks at the clock
constexpr auto kTime = std::chrono::milliseconds(4);

#if defined(__x86_64__)
// `step` changes one of kChains registers; the empty assembly keeps the operand from being known, and the sums from being dropped.
#define SW_PEAK(name, isa, type, zero, step)                      \
  [[gnu::target(isa)]] void name() {                              \
    type acc[kChains];                                            \
    for (int i = 0; i < kChains; ++i) acc[i] = zero;              \
    type a = zero;                                                \
    for (int turn = 0; turn < kTurns; ++turn) {                   \
      asm volatile("" : "+v"(a));                                 \
      _Pragma("GCC unroll 12") for (int i = 0; i < kChains; ++i) { step; } \
    }                                                             \
    for (int i = 0; i < kChains; ++i) asm volatile("" : : "v"(acc[i])); \
  }

SW_PEAK(fma_avx2, "avx2,fma", __m256, _mm256_setzero_ps(), acc[i] = _mm256_fmadd_ps(acc[i], a, a))
SW_PEAK(maddubs_avx2, "avx2", __m256i, _mm256_setzero_si256(), acc[i] = _mm256_add_epi16(acc[i], _mm256_maddubs_epi16(acc[i], a)))
SW_PEAK(vnni_avx2, "avx2,avxvnni", __m256i, _mm256_setzero_si256(), acc[i] = _mm256_dpbusd_avx_epi32(acc[i], a, a))
SW_PEAK(fma_avx512, "avx512f", __m512, _mm512_setzero_ps(), acc[i] = _mm512_fmadd_ps(acc[i], a, a))
SW_PEAK(vnni_avx512, "avx512f,avx512vnni", __m512i, _mm512_setzero_si512(), acc[i] = _mm512_dpbusd_epi32(acc[i], a, a))
#undef SW_PEAK

struct alignas(64) TileShapes {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t n_rows[16];
};

void set_whole_shapes() {
  TileShapes shapes = {};
  shapes.palette = 1;
  for (int i = 0; i < 8; ++i) {
    shapes.row_bytes[i] = 64;
    shapes.n_rows[i] = 16;
  }
  asm volatile("ldtilecfg %0" : : "m"(shapes));
}

// Four independent sums of whole tiles.
void tiles_int8() {
  set_whole_shapes();
  for (int turn = 0; turn < kTurns; ++turn) {
    asm volatile(
        "tdpbssd %%tmm7, %%tmm6, %%tmm0\n\ttdpbssd %%tmm7, %%tmm6, %%tmm1\n\t"
        "tdpbssd %%tmm7, %%tmm6, %%tmm2\n\ttdpbssd %%tmm7, %%tmm6, %%tmm3" : :);
  }
  asm volatile("tilerelease");
}

void tiles_bf16() {
  set_whole_shapes();
  for (int turn = 0; turn < kTurns; ++turn) {
    asm volatile(
        "tdpbf16ps %%tmm7, %%tmm6, %%tmm0\n\ttdpbf16ps %%tmm7, %%tmm6, %%tmm1\n\t"
        "tdpbf16ps %%tmm7, %%tmm6, %%tmm2\n\ttdpbf16ps %%tmm7, %%tmm6, %%tmm3" : :);
  }
  asm volatile("tilerelease");
}

constexpr double kTileOperations = 2.0 * 4 * 16 * 16 * 64 * kTurns;  // of bytes; half as many of bf16

bool has_bf16_tiles() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx >> 22 & 1) != 0;
}

// Whether this process may use the tiles: an engine that binds them has asked for them (Documentation/arch/x86/xstate.rst).
bool tiles_granted() {
#if defined(__linux__)
  constexpr int kGetPermitted = 0x1022;
  constexpr unsigned kTileData = 18;
  uint64_t permitted = 0;
  return syscall(SYS_arch_prctl, kGetPermitted, &permitted) == 0 && (permitted >> kTileData & 1) != 0;
#else
  return false;
#endif
}

constexpr double operations(int per_instruction) { return 2.0 * per_instruction * kChains * kTurns; }
#endif

std::vector<Peak> those_there() {
  std::vector<Peak> found;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    found.push_back({"fma_avx2", fma_avx2, operations(8)});
    found.push_back({"maddubs_avx2", maddubs_avx2, operations(32)});
  }
  if (__builtin_cpu_supports("avxvnni")) found.push_back({"vnni_avx2", vnni_avx2, operations(32)});
  if (__builtin_cpu_supports("avx512f")) found.push_back({"fma_avx512", fma_avx512, operations(16)});
  if (__builtin_cpu_supports("avx512vnni")) found.push_back({"vnni_avx512", vnni_avx512, operations(64)});
  if (tiles_granted()) {
    found.push_back({"tiles_int8", tiles_int8, kTileOperations});
    if (has_bf16_tiles()) found.push_back({"tiles_bf16", tiles_bf16, kTileOperations / 2});
  }
#endif
  return found;
}

const char* name_of(const std::string& op, const std::string& row) {
  if (op == "matmul_packed") {
    if (row == "amx_int8") return "tiles_int8";
    if (row == "avx512_vnni") return "vnni_avx512";
    if (row == "avx_vnni") return "vnni_avx2";
    return row == "avx2" ? "maddubs_avx2" : "";
  }
  if (op == "matmul_bf16") return row == "amx_bf16" ? "tiles_bf16" : "";
  if (row == "avx512") return "fma_avx512";
  return row == "avx2" ? "fma_avx2" : "";
}

}  // namespace

const std::vector<Peak>& peaks() {
  static const std::vector<Peak> found = those_there();
  return found;
}

const Peak* peak_of(const std::string& op, const std::string& row) {
  for (const Peak& peak : peaks()) {
    if (name_of(op, row) == std::string(peak.name)) return &peak;
  }
  return nullptr;
}

double measure(const Peak& peak, int n_threads) {
  std::vector<double> done(static_cast<size_t>(n_threads));
  const double seconds = seconds_on_threads(n_threads, [&](int t) {
    double n = 0;
    for (const auto end = std::chrono::steady_clock::now() + kTime; std::chrono::steady_clock::now() < end;) {
      for (int i = 0; i < kBatch; ++i) peak.turn();
      n += kBatch;
    }
    done[static_cast<size_t>(t)] = n * peak.operations;
  });
  double total = 0;
  for (const double n : done) total += n;
  return total / seconds;
}

}  // namespace sw::tool
