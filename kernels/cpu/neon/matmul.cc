// The matmul op with neon. Equations and order of additions: cpu/simd/matmul.h; what a vector is: vec.h.
#include "cpu/neon/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/neon/vec.h"
#include "cpu/simd/matmul.h"
// clang-format on

namespace sw::ops {

void bind_neon_matmul(OpTable& table) {
  table.matmul = matmul;
}

}  // namespace sw::ops
