// The amx_int8 row: the product of packed matrices for many tokens, in tiles.
#include "cpu/amx_int8/bind.h"

#include "cpu/rows.h"

namespace sw::ops {

void bind_amx_int8(OpTable& table) {
  bind_amx_int8_matmul_packed(table);
  table.row_of(Op::matmul_packed) = "amx_int8";
}

}  // namespace sw::ops
