// The neon_dot row: the product of packed matrices, where four products are one instruction.
#include "cpu/neon_dot/bind.h"

#include "cpu/rows.h"

namespace sw::ops {

void bind_neon_dot(OpTable& table) {
  bind_neon_dot_matmul_packed(table);
  table.row[kOps - 1] = "neon_dot";  // matmul_packed is the last
}

}  // namespace sw::ops
