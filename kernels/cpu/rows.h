// The CPU rows: each fills what it has of an OpTable. Plain C++; no ISA code here.
#pragma once

#include <cstdint>

#include "ops.h"

namespace sw::ops {

// Bits of a capability mask. A row is bound only when both the processor and the caller's mask have all that it needs.
enum CpuFeature : uint32_t {
  kCpuRef = 1u << 0,     // always there
  kCpuAvx2 = 1u << 1,    // AVX2 + FMA + F16C
  kCpuAvx512 = 1u << 2,  // AVX-512 F, BW, DQ, VL
  kCpuAvx512Vnni = 1u << 3,  // those and AVX-512 VNNI: matmul_packed alone
  kCpuNeon = 1u << 4,        // every 64-bit Arm
  kCpuNeonDot = 1u << 5,     // those with the dot products of Armv8.2: matmul_packed alone
  kCpuAvxVnni = 1u << 6,     // AVX2's and AVX-VNNI: matmul_packed alone
  kCpuAmxInt8 = 1u << 7,     // AVX-512 VNNI's and AMX tiles with int8: matmul_packed alone
  kCpuAmxBf16 = 1u << 8,     // AVX-512's and AMX tiles with bf16: round_bf16 and matmul_bf16, which then replace matmul for bf16 weights
};

// Rows that compute what ref computes from the same operands. amx_bf16 rounds activations that the others take as they are, so it is bound
// only where it is asked for by name.
constexpr uint32_t kCpuUnrounded = ~uint32_t{kCpuAmxBf16};

// What this processor and its operating system have.
uint32_t cpu_features();

// The op table for `mask & cpu_features()`: ref first, then avx2, avx_vnni, avx512, avx512_vnni, amx_int8 and amx_bf16, or neon and
// neon_dot, overwrite the ops they have. Binding tiles asks Linux for the tiles, for the whole process and for good; from then on the
// system refuses alternate signal stacks too small for them. Where it says no, the row below stays.
OpTable bind_cpu(uint32_t mask);

// Each row, for bind_cpu.
void bind_ref(OpTable& table);
void bind_avx2(OpTable& table);
void bind_avx512(OpTable& table);
void bind_avx512_vnni(OpTable& table);
void bind_avx_vnni(OpTable& table);
void bind_amx_int8(OpTable& table);
void bind_amx_bf16(OpTable& table);
void bind_neon(OpTable& table);
void bind_neon_dot(OpTable& table);

}  // namespace sw::ops
