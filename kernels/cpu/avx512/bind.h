// Each op of the avx512 row puts itself into the table.
#pragma once

#include "ops.h"

namespace sw::ops {

void bind_avx512_rms_norm(OpTable& table);
void bind_avx512_matmul(OpTable& table);
void bind_avx512_conv(OpTable& table);
void bind_avx512_ssd(OpTable& table);
void bind_avx512_gated_norm(OpTable& table);

}  // namespace sw::ops
