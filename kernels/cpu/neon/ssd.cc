// The ssd op with neon. Equations and order of additions: cpu/simd/ssd.h; what a vector is: vec.h.
#include "cpu/neon/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/neon/vec.h"
#include "cpu/simd/ssd.h"
// clang-format on

namespace sw::ops {

void bind_neon_ssd(OpTable& table) {
  table.ssd = ssd;
}

}  // namespace sw::ops
