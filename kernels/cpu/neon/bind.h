// Each op of the neon row puts itself into the table.
#pragma once

#include "ops.h"

namespace sw::ops {

void bind_neon_rms_norm(OpTable& table);
void bind_neon_matmul(OpTable& table);
void bind_neon_conv(OpTable& table);
void bind_neon_ssd(OpTable& table);
void bind_neon_gated_norm(OpTable& table);
void bind_neon_quantize(OpTable& table);
void bind_neon_matmul_packed(OpTable& table);

}  // namespace sw::ops
