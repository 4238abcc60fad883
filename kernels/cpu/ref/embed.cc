// out[t] = table[ids[t]]
// Source: the model's first step, r_0 = E[token] as float32 (model §4.1).
#include "cpu/ref/bind.h"
#include "cpu/ref/packed_weight.h"

namespace sw::ops {
namespace {

void embed_packed(const Matrix& table, int id, float* out) {
  for (int k = 0; k < table.n_cols; ++k) out[k] = packed_scale(table, id, k) * static_cast<float>(packed_value(table, id, k));
}

void embed(const EmbedArgs& a, Part part) {
  const size_t d_model = static_cast<size_t>(a.table.n_cols);
  const Range tokens = range_of(part, a.n_tokens, 1);
  for (int t = tokens.begin; t < tokens.end; ++t) {
    float* out = a.out + static_cast<size_t>(t) * d_model;
    if (is_packed(a.table.type)) {
      embed_packed(a.table, a.ids[t], out);
      continue;
    }
    const size_t row = static_cast<size_t>(a.ids[t]) * d_model;
    for (size_t i = 0; i < d_model; ++i) out[i] = weight_at(a.table, row + i);
  }
}

}  // namespace

void bind_ref_embed(OpTable& table) {
  table.embed = embed;
}

}  // namespace sw::ops
