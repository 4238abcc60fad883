// Each op of the avx_vnni row puts itself into the table.
#pragma once

#include "ops.h"

namespace sw::ops {

void bind_avx_vnni_matmul_packed(OpTable& table);

}  // namespace sw::ops
