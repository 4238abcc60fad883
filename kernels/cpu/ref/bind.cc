// The scalar oracle: fills every op.
#include "cpu/ref/bind.h"

#include "cpu/rows.h"

namespace sw::ops {

void bind_ref(OpTable& table) {
  bind_ref_embed(table);
  bind_ref_rms_norm(table);
  bind_ref_matmul(table);
  bind_ref_conv(table);
  bind_ref_ssd(table);
  bind_ref_gated_norm(table);
  bind_ref_quantize(table);
  bind_ref_matmul_packed(table);
  bind_ref_round_bf16(table);
  bind_ref_matmul_bf16(table);
  for (const char*& row : table.row) row = "ref";
}

}  // namespace sw::ops
