#include "backend/backend.h"

#include <algorithm>

#include "cpu/rows.h"

namespace sw {
namespace {

// Below this many multiply-adds an op is cheaper on one thread than handed out (about 5 us here).
constexpr double kWorkPerPart = 1 << 15;
// More parts than threads: whoever is fast takes more.
constexpr int kPartsPerThread = 4;

std::string describe(const ops::OpTable& table) {
  static constexpr const char* kNames[] = {"embed", "rms_norm", "matmul", "conv", "ssd", "gated_norm", "quantize", "matmul_packed"};
  static_assert(std::size(kNames) == ops::kOps);
  std::string text;
  for (size_t i = 0; i < std::size(kNames); ++i) {
    text += (i == 0 ? "" : " ") + std::string(kNames[i]) + "=" + table.row[i];
  }
  return text;
}

}  // namespace

Backend::Backend(uint32_t cpu_mask, int n_threads, const Allocator& allocator)
    : allocator_(allocator), ops_(ops::bind_cpu(cpu_mask)), pool_(n_threads), rows_(describe(ops_)) {}

template <class Args>
void Backend::run(void (*op)(const Args&, ops::Part), const Args& args, int n_items, double work) {
  if (args.n_tokens <= 0) return;
  int n_parts = 1;
  if (pool_.n_threads() > 1) {
    const int by_work = static_cast<int>(std::min(work / kWorkPerPart, 1e6));
    n_parts = std::max(1, std::min({n_items, by_work, pool_.n_threads() * kPartsPerThread}));
  }
  pool_.run(n_parts, [&](int part) { op(args, {part, n_parts}); });
}

void Backend::embed(const ops::EmbedArgs& args) {
  run(ops_.embed, args, args.n_tokens, double(args.n_tokens) * args.table.n_cols);
}

void Backend::rms_norm(const ops::RmsNormArgs& args) {
  run(ops_.rms_norm, args, args.n_tokens, 2.0 * args.n_tokens * args.d_model);
}

void Backend::matmul(const ops::MatmulArgs& args) {
  // Parts of at least 32 rows keep the register tiles of every row set full.
  run(ops_.matmul, args, std::max(1, args.w.n_rows / 32), double(args.n_tokens) * args.w.n_rows * args.w.n_cols);
}

void Backend::conv(const ops::ConvArgs& args) {
  run(ops_.conv, args, std::max(1, args.d_conv_in / 64), double(args.n_tokens) * args.d_conv_in * (args.d_conv + 8));
}

void Backend::ssd(const ops::SsdArgs& args) {
  run(ops_.ssd, args, args.n_heads, 2.0 * args.n_tokens * args.n_heads * args.head_dim * args.d_state);
}

void Backend::gated_norm(const ops::GatedNormArgs& args) {
  run(ops_.gated_norm, args, args.n_tokens, 10.0 * args.n_tokens * args.d_inner);
}

void Backend::quantize(const ops::QuantizeArgs& args) {
  run(ops_.quantize, args, args.n_tokens, double(args.n_tokens) * args.n_cols);
}

void Backend::matmul_packed(const ops::MatmulPackedArgs& args) {
  // A multiply-add of bytes costs about a quarter of one of floats.
  run(ops_.matmul_packed, args, ops::pack_blocks(args.w.n_rows), 0.25 * args.n_tokens * args.w.n_rows * args.w.n_cols);
}

}  // namespace sw
