// Each op of the amx_int8 row puts itself into the table.
#pragma once

#include "ops.h"

namespace sw::ops {

void bind_amx_int8_matmul_packed(OpTable& table);

}  // namespace sw::ops
