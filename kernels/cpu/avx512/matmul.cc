// The matmul op with avx512. Equations and order of additions: cpu/simd/matmul.h; what a vector is: vec.h.
#include "cpu/avx512/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/avx512/vec.h"
#include "cpu/simd/matmul.h"
// clang-format on

namespace sw::ops {

void bind_avx512_matmul(OpTable& table) {
  table.matmul = matmul;
}

}  // namespace sw::ops
