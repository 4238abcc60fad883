// The neon row: every op but embed, which is a copy, and those of bf16 operands.
#include "cpu/neon/bind.h"

#include "cpu/rows.h"

namespace sw::ops {

void bind_neon(OpTable& table) {
  bind_neon_rms_norm(table);
  bind_neon_matmul(table);
  bind_neon_conv(table);
  bind_neon_ssd(table);
  bind_neon_gated_norm(table);
  bind_neon_quantize(table);
  bind_neon_matmul_packed(table);
  for (int op = static_cast<int>(Op::rms_norm); op <= static_cast<int>(Op::matmul_packed); ++op) table.row[op] = "neon";
}

}  // namespace sw::ops
