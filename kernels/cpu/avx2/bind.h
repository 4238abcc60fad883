// Each op of the avx2 row puts itself into the table.
#pragma once

#include "ops.h"

namespace sw::ops {

void bind_avx2_rms_norm(OpTable& table);
void bind_avx2_matmul(OpTable& table);
void bind_avx2_conv(OpTable& table);
void bind_avx2_ssd(OpTable& table);
void bind_avx2_gated_norm(OpTable& table);
void bind_avx2_quantize(OpTable& table);
void bind_avx2_matmul_packed(OpTable& table);

}  // namespace sw::ops
