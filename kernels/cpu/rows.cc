// Which CPU rows this machine may use, and the op table made of them.
#include "cpu/rows.h"

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#elif defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace sw::ops {

#if defined(__x86_64__)
namespace {

struct Leaf {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Leaf cpuid(unsigned leaf, unsigned subleaf) {
  Leaf r;
  if (__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0) return {};
  return r;
}

// Linux lets a process use the tiles when it asks (Documentation/arch/x86/xstate.rst). The numbers are the kernel's interface.
constexpr int kGetSupported = 0x1021, kRequestPermission = 0x1023;
constexpr unsigned kTileData = 18;

// Whether the system would grant the tiles; asks for nothing.
bool tiles_supported() {
#if defined(__linux__)
  uint64_t supported = 0;
  return syscall(SYS_arch_prctl, kGetSupported, &supported) == 0 && (supported >> kTileData & 1) != 0;
#else
  return false;
#endif
}

bool request_tiles() {
#if defined(__linux__)
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

// Zen 5 on: its prefetchers follow one or two streams at the full rate of memory and eight at half of it. Zen 4 and Sapphire Rapids
// need eight.
bool reads_few_streams() {
  const Leaf vendor = cpuid(0, 0), model = cpuid(1, 0);
  if (vendor.ebx != signature_AMD_ebx || vendor.ecx != signature_AMD_ecx || vendor.edx != signature_AMD_edx) return false;
  const unsigned family = (model.eax >> 8 & 0xf) + (model.eax >> 20 & 0xff);
  constexpr unsigned kZen5 = 0x1a;
  return family >= kZen5;
}

}  // namespace
#endif

uint32_t cpu_features() {
  uint32_t features = kCpuRef;
#if defined(__x86_64__)
  // __builtin_cpu_supports also asks the operating system (XGETBV) whether it saves the wide registers.
  __builtin_cpu_init();
  // Not every compiler knows the name "f16c"; it uses the same registers as AVX2, so the processor's word is enough.
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  const bool f16c = __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
  if (f16c && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    features |= kCpuAvx2;
    if ((cpuid(7, 1).eax & 1u << 4) != 0) features |= kCpuAvxVnni;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
      features |= kCpuAvx512;
      if (__builtin_cpu_supports("avx512vnni")) features |= kCpuAvx512Vnni;
      constexpr unsigned kTiles = 1u << 24, kTilesInt8 = 1u << 25, kTilesBf16 = 1u << 22;
      const unsigned found = cpuid(7, 0).edx;
      const bool tiles = (found & kTiles) != 0 && tiles_supported();
      if ((features & kCpuAvx512Vnni) != 0 && tiles && (found & kTilesInt8) != 0) features |= kCpuAmxInt8;
      if (tiles && (found & kTilesBf16) != 0) features |= kCpuAmxBf16;
    }
  }
#elif defined(__aarch64__)
  features |= kCpuNeon;
#if defined(__linux__)
  if ((getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0) features |= kCpuNeonDot;
#endif
#endif
  return features;
}

OpTable bind_cpu(uint32_t mask) {
  OpTable table{};
  bind_ref(table);
  [[maybe_unused]] const uint32_t usable = mask & cpu_features();
#if defined(__x86_64__)
  table.few_streams = reads_few_streams();
  if ((usable & kCpuAvx2) != 0) bind_avx2(table);
  if ((usable & kCpuAvxVnni) != 0) bind_avx_vnni(table);
  if ((usable & kCpuAvx512) != 0) bind_avx512(table);
  if ((usable & kCpuAvx512Vnni) != 0) bind_avx512_vnni(table);
  const bool tiles = (usable & (kCpuAmxInt8 | kCpuAmxBf16)) != 0 && request_tiles();
  if (tiles && (usable & kCpuAmxInt8) != 0) bind_amx_int8(table);
  if (tiles && (usable & kCpuAmxBf16) != 0) bind_amx_bf16(table);
#elif defined(__aarch64__)
  if ((usable & kCpuNeon) != 0) bind_neon(table);
  if ((usable & kCpuNeonDot) != 0) bind_neon_dot(table);
#endif
  return table;
}

}  // namespace sw::ops
