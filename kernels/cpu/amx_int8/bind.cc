// The amx_int8 row: the product of packed matrices for many tokens, in tiles.
#include "cpu/amx_int8/bind.h"

#include "cpu/rows.h"

namespace sw::ops {

void bind_amx_int8(OpTable& table) {
  bind_amx_int8_matmul_packed(table);
  table.row[kOps - 1] = "amx_int8";  // matmul_packed is the last
}

}  // namespace sw::ops
