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
  static constexpr const char* kNames[] = {"embed", "rms_norm", "matmul", "conv", "ssd", "gated_norm", "quantize", "matmul_packed",
                                          "round_bf16", "matmul_bf16"};
  static_assert(std::size(kNames) == ops::kOps);
  std::string text;
  const size_t n = table.rounds_bf16 ? ops::kOps : ops::kOps - 2;  // the last two are in use then
  for (size_t i = 0; i < n; ++i) {
    text += (i == 0 ? "" : " ") + std::string(kNames[i]) + "=" + table.row[i];
  }
  return text;
}

}  // namespace

const uint32_t Backend::kDefaultRows = ops::kCpuUnrounded;

Backend::Backend(uint32_t cpu_mask, const ThreadOptions& threads, const Allocator& allocator)
    : Backend(ops::bind_cpu(cpu_mask), threads, allocator) {}

Backend::Backend(const ops::OpTable& ops, const ThreadOptions& threads, const Allocator& allocator)
    : allocator_(allocator), ops_(ops), pool_(threads), rows_(describe(ops_)) {}

int Backend::parts_of(int n_items, double work) const {
  if (pool_.n_threads() == 1) return 1;
  const int by_work = static_cast<int>(std::min(work / kWorkPerPart, 1e6));
  return std::max(1, std::min({n_items, by_work, pool_.n_threads() * kPartsPerThread}));
}

template <class Args>
void Backend::run(void (*op)(const Args&, ops::Part), const Args& args, int n_items, double work) {
  if (args.n_tokens <= 0) return;
  const int n_parts = parts_of(n_items, work);
  pool_.run(n_parts, [&](int part) { op(args, {part, n_parts}); });
}

// The same op on several operands, handed out at once. n_items and work are of one of them.
template <class Args>
void Backend::run_each(void (*op)(const Args&, ops::Part), std::span<const Args> all, int n_items, double work) {
  const int n = static_cast<int>(all.size());
  const int n_parts = parts_of(n * n_items, n * work);
  const int each = (n_parts + n - 1) / n;
  const auto share = [&](int i) { op(all[static_cast<size_t>(i / each)], {i % each, each}); };
  if (n_parts > 1) return pool_.run(n * each, share);
  for (int i = 0; i < n; ++i) share(i);
}

void Backend::embed(const ops::EmbedArgs& args) {
  run(ops_.embed, args, args.n_tokens, double(args.n_tokens) * args.table.n_cols);
}

void Backend::rms_norm(const ops::RmsNormArgs& args) {
  run(ops_.rms_norm, args, args.n_tokens, 2.0 * args.n_tokens * args.d_model);
}

void Backend::matmul(ops::MatmulArgs args) {
  args.few_streams = ops_.few_streams;
  // Parts of at least 32 rows keep the register tiles of every row set full.
  run(ops_.matmul, args, std::max(1, args.w.n_rows / 32), double(args.n_tokens) * args.w.n_rows * args.w.n_cols);
}

void Backend::conv(std::span<const ops::ConvArgs> sequences) {
  const ops::ConvArgs& one = sequences.front();
  run_each(ops_.conv, sequences, std::max(1, one.d_conv_in / 64), double(one.n_tokens) * one.d_conv_in * (one.d_conv + 8));
}

void Backend::ssd(std::span<const ops::SsdArgs> sequences) {
  const ops::SsdArgs& one = sequences.front();
  run_each(ops_.ssd, sequences, one.n_heads, 2.0 * one.n_tokens * one.n_heads * one.head_dim * one.d_state);
}

void Backend::gated_norm(const ops::GatedNormArgs& args) {
  run(ops_.gated_norm, args, args.n_tokens, 10.0 * args.n_tokens * args.d_inner);
}

void Backend::quantize(const ops::QuantizeArgs& args) {
  run(ops_.quantize, args, args.n_tokens, double(args.n_tokens) * args.n_cols);
}

void Backend::matmul_packed(ops::MatmulPackedArgs args) {
  args.few_streams = ops_.few_streams;
  // A multiply-add of bytes costs about a quarter of one of floats.
  run(ops_.matmul_packed, args, ops::pack_blocks(args.w.n_rows), 0.25 * args.n_tokens * args.w.n_rows * args.w.n_cols);
}

void Backend::round_bf16(const ops::RoundBf16Args& args) {
  run(ops_.round_bf16, args, (args.n_tokens + ops::kPairTile - 1) / ops::kPairTile, double(args.n_tokens) * args.n_cols);
}

void Backend::matmul_bf16(const ops::MatmulBf16Args& args) {
  // A multiply-add in tiles costs about a tenth of one of floats.
  run(ops_.matmul_bf16, args, std::max(1, args.w.n_rows / 32), 0.1 * args.n_tokens * args.w.n_rows * args.w.n_cols);
}

}  // namespace sw
