// The matmul_packed op with AVX-VNNI. Equations and order of additions: cpu/simd/matmul_packed.h.
#include "cpu/avx_vnni/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/avx2/vec.h"
#include "cpu/avx_vnni/dot.h"
#include "cpu/simd/matmul_packed.h"
// clang-format on

namespace sw::ops {

void bind_avx_vnni_matmul_packed(OpTable& table) {
  table.matmul_packed = matmul_packed;
}

}  // namespace sw::ops
