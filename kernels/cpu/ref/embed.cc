// out[t] = table[ids[t]]
// Source: the model's first step, r_0 = E[token] as float32 (model §4.1).
#include "cpu/ref/bind.h"
#include "cpu/ref/weight.h"

namespace sw::ops {
namespace {

void embed(const EmbedArgs& a, Part part) {
  const size_t d_model = static_cast<size_t>(a.table.n_cols);
  const Range tokens = range_of(part, a.n_tokens, 1);
  for (int t = tokens.begin; t < tokens.end; ++t) {
    const size_t row = static_cast<size_t>(a.ids[t]) * d_model;
    float* out = a.out + static_cast<size_t>(t) * d_model;
    for (size_t i = 0; i < d_model; ++i) out[i] = weight_at(a.table, row + i);
  }
}

}  // namespace

void bind_ref_embed(OpTable& table) {
  table.embed = embed;
}

}  // namespace sw::ops
