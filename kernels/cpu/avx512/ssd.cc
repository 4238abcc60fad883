// The ssd op with avx512. Equations and order of additions: cpu/simd/ssd.h; what a vector is: vec.h.
#include "cpu/avx512/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/avx512/vec.h"
#include "cpu/simd/ssd.h"
// clang-format on

namespace sw::ops {

void bind_avx512_ssd(OpTable& table) {
  table.ssd = ssd;
}

}  // namespace sw::ops
