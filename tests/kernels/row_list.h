// The rows of this processor's family, each with the mask that binds it and no more than it.
#pragma once

#include <cstdint>

#include "cpu/rows.h"

namespace sw::ops {

struct Row {
  const char* name;
  uint32_t mask;
};

#if defined(__aarch64__)
constexpr Row kCpuRows[] = {{"ref", kCpuRef}, {"neon", kCpuRef | kCpuNeon}, {"neon_dot", kCpuRef | kCpuNeon | kCpuNeonDot}};
#else
constexpr Row kCpuRows[] = {{"ref", kCpuRef},
                         {"avx2", kCpuRef | kCpuAvx2},
                         {"avx_vnni", kCpuRef | kCpuAvx2 | kCpuAvxVnni},
                         {"avx512", kCpuRef | kCpuAvx512},
                         {"avx512_vnni", kCpuRef | kCpuAvx2 | kCpuAvx512 | kCpuAvx512Vnni},
                         {"amx_int8", kCpuRef | kCpuAvx2 | kCpuAvx512 | kCpuAvx512Vnni | kCpuAmxInt8},
                         {"amx_bf16", kCpuRef | kCpuAvx2 | kCpuAvx512 | kCpuAvx512Vnni | kCpuAmxInt8 | kCpuAmxBf16}};
#endif

inline bool runs_here(const Row& row) { return (row.mask & ~cpu_features()) == 0; }

}  // namespace sw::ops
