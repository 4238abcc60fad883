// Each op of the ref row puts itself into the table.
#pragma once

#include "ops.h"

namespace sw::ops {

void bind_ref_embed(OpTable& table);
void bind_ref_rms_norm(OpTable& table);
void bind_ref_matmul(OpTable& table);
void bind_ref_conv(OpTable& table);
void bind_ref_ssd(OpTable& table);
void bind_ref_gated_norm(OpTable& table);
void bind_ref_quantize(OpTable& table);
void bind_ref_matmul_packed(OpTable& table);
void bind_ref_round_bf16(OpTable& table);
void bind_ref_matmul_bf16(OpTable& table);

}  // namespace sw::ops
