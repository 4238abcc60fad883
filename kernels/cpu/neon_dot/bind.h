// Each op of the neon_dot row puts itself into the table.
#pragma once

#include "ops.h"

namespace sw::ops {

void bind_neon_dot_matmul_packed(OpTable& table);

}  // namespace sw::ops
