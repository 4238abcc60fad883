// The matmul_packed op with neon. Equations and order of additions: cpu/simd/matmul_packed.h.
#include "cpu/neon/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/neon/vec.h"
#include "cpu/neon/dot.h"
#include "cpu/simd/matmul_packed.h"
// clang-format on

namespace sw::ops {

void bind_neon_matmul_packed(OpTable& table) {
  table.matmul_packed = matmul_packed;
}

}  // namespace sw::ops
