// Each op of the amx_bf16 row puts itself into the table.
#pragma once

#include "ops.h"

namespace sw::ops {

void bind_amx_bf16_round_bf16(OpTable& table);
void bind_amx_bf16_matmul_bf16(OpTable& table);

}  // namespace sw::ops
