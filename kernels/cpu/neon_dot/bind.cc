// The neon_dot row: the product of packed matrices, where four products are one instruction.
#include "cpu/neon_dot/bind.h"

#include "cpu/rows.h"

namespace sw::ops {

void bind_neon_dot(OpTable& table) {
  bind_neon_dot_matmul_packed(table);
  table.row_of(Op::matmul_packed) = "neon_dot";
}

}  // namespace sw::ops
