// The matmul_packed op with NEON's dot products. Equations and order of additions: cpu/simd/matmul_packed.h.
#include "cpu/neon_dot/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/neon/vec.h"
#include "cpu/neon_dot/dot.h"
#include "cpu/simd/matmul_packed.h"
// clang-format on

namespace sw::ops {

void bind_neon_dot_matmul_packed(OpTable& table) {
  table.matmul_packed = matmul_packed;
}

}  // namespace sw::ops
