// The rms_norm op with avx2. Equations and order of additions: cpu/simd/rms_norm.h; what a vector is: vec.h.
#include "cpu/avx2/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/avx2/vec.h"
#include "cpu/simd/rms_norm.h"
// clang-format on

namespace sw::ops {

void bind_avx2_rms_norm(OpTable& table) {
  table.rms_norm = rms_norm;
}

}  // namespace sw::ops
