// The avx512_vnni row: the product of packed matrices, where the integer dot product of VNNI counts.
#include "cpu/avx512_vnni/bind.h"

#include "cpu/rows.h"

namespace sw::ops {

void bind_avx512_vnni(OpTable& table) {
  bind_avx512_vnni_matmul_packed(table);
  table.row_of(Op::matmul_packed) = "avx512_vnni";
}

}  // namespace sw::ops
