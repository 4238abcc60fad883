// The neon row: every op but embed, which is a copy.
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
  for (int op = 1; op < kOps; ++op) table.row[op] = "neon";  // embed is number 0
}

}  // namespace sw::ops
