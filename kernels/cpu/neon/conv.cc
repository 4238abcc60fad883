// The conv op with neon. Equations and order of additions: cpu/simd/conv.h; what a vector is: vec.h.
#include "cpu/neon/bind.h"
// clang-format off: the vectors come before what is made of them
#include "cpu/neon/vec.h"
#include "cpu/simd/conv.h"
// clang-format on

namespace sw::ops {

void bind_neon_conv(OpTable& table) {
  table.conv = conv;
}

}  // namespace sw::ops
