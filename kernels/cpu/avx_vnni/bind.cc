// The avx_vnni row: the product of packed matrices, where the integer dot product counts.
#include "cpu/avx_vnni/bind.h"

#include "cpu/rows.h"

namespace sw::ops {

void bind_avx_vnni(OpTable& table) {
  bind_avx_vnni_matmul_packed(table);
  table.row_of(Op::matmul_packed) = "avx_vnni";
}

}  // namespace sw::ops
