// The avx2 row: every op but embed, which is a copy.
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
  for (int op = 1; op < kOps; ++op) table.row[op] = "avx2";  // embed is number 0
}

}  // namespace sw::ops
