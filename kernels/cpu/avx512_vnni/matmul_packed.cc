// The matmul_packed op with AVX-512 VNNI. Equations and order of additions: cpu/simd/matmul_packed.h.
#include "cpu/avx512_vnni/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/avx512/vec.h"
#include "cpu/avx512_vnni/dot.h"
#include "cpu/simd/matmul_packed.h"
// clang-format on

namespace sw::ops {

void bind_avx512_vnni_matmul_packed(OpTable& table) {
  table.matmul_packed = matmul_packed;
}

}  // namespace sw::ops
