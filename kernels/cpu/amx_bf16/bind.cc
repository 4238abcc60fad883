// The amx_bf16 row: products of bf16 weights and rounded activations in tiles, for one token as for many.
#include "cpu/amx_bf16/bind.h"

#include "cpu/rows.h"

namespace sw::ops {

void bind_amx_bf16(OpTable& table) {
  bind_amx_bf16_round_bf16(table);
  bind_amx_bf16_matmul_bf16(table);
  table.row_of(Op::round_bf16) = table.row_of(Op::matmul_bf16) = "amx_bf16";
  table.rounds_bf16 = true;
}

}  // namespace sw::ops
