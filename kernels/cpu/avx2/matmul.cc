// The matmul op with avx2. Equations and order of additions: cpu/simd/matmul.h; what a vector is: vec.h.
#include "cpu/avx2/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/avx2/vec.h"
#include "cpu/simd/matmul.h"
// clang-format on

namespace sw::ops {

void bind_avx2_matmul(OpTable& table) {
  table.matmul = matmul;
}

}  // namespace sw::ops
