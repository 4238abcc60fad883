// The avx512 row: every op but embed, which is a copy, those on integers, where it has nothing better than avx2, and those of bf16 operands.
#include "cpu/avx512/bind.h"

#include "cpu/rows.h"

namespace sw::ops {

void bind_avx512(OpTable& table) {
  bind_avx512_rms_norm(table);
  bind_avx512_matmul(table);
  bind_avx512_conv(table);
  bind_avx512_ssd(table);
  bind_avx512_gated_norm(table);
  for (int op = static_cast<int>(Op::rms_norm); op <= static_cast<int>(Op::gated_norm); ++op) table.row[op] = "avx512";
}

}  // namespace sw::ops
