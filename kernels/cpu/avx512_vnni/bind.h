// Each op of the avx512_vnni row puts itself into the table.
#pragma once

#include "ops.h"

namespace sw::ops {

void bind_avx512_vnni_matmul_packed(OpTable& table);

}  // namespace sw::ops
