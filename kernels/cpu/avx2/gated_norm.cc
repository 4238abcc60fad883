// The gated_norm op with avx2. Equations and order of additions: cpu/simd/gated_norm.h; what a vector is: vec.h.
#include "cpu/avx2/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/avx2/vec.h"
#include "cpu/simd/gated_norm.h"
// clang-format on

namespace sw::ops {

void bind_avx2_gated_norm(OpTable& table) {
  table.gated_norm = gated_norm;
}

}  // namespace sw::ops
