// The avx2 row: every op but embed, which is a copy, and those of bf16 operands.
#include "cpu/avx2/bind.h"

#include "cpu/rows.h"

namespace sw::ops {

void bind_avx2(OpTable& table) {
  bind_avx2_rms_norm(table);
  bind_avx2_matmul(table);
  bind_avx2_conv(table);
  bind_avx2_ssd(table);
  bind_avx2_gated_norm(table);
  bind_avx2_quantize(table);
  bind_avx2_matmul_packed(table);
  for (int op = static_cast<int>(Op::rms_norm); op <= static_cast<int>(Op::matmul_packed); ++op) table.row[op] = "avx2";
}

}  // namespace sw::ops
