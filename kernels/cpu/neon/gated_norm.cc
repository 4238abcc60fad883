// The gated_norm op with neon. Equations and order of additions: cpu/simd/gated_norm.h; what a vector is: vec.h.
#include "cpu/neon/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/neon/vec.h"
#include "cpu/simd/gated_norm.h"
// clang-format on

namespace sw::ops {

void bind_neon_gated_norm(OpTable& table) {
  table.gated_norm = gated_norm;
}

}  // namespace sw::ops
