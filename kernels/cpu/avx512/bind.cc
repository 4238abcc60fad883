// The avx512 row: every op but embed, which is a copy, and those on integers, where it has nothing better than avx2.
#include "cpu/avx512/bind.h"

#include "cpu/rows.h"

namespace sw::ops {

void bind_avx512(OpTable& table) {
  bind_avx512_rms_norm(table);
  bind_avx512_matmul(table);
  bind_avx512_conv(table);
  bind_avx512_ssd(table);
  bind_avx512_gated_norm(table);
  for (int op = 1; op < 6; ++op) table.row[op] = "avx512";  // embed is number 0
}

}  // namespace sw::ops
