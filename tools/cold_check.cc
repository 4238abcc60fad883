#include "cold_check.h"

#include <algorithm>
#include <cstring>

#include "interrupt.h"
#include "terminal.h"

namespace sw::tool {
namespace {

constexpr uint64_t kSnapshotBytesMax = uint64_t{1} << 40;

struct Values {
  std::vector<float> ssm, conv, logits;
};

Outcome values_of(sw_sequence* sequence, const sw_model_info& info, Values& out) {
  const size_t n_layers = static_cast<size_t>(info.n_layers);
  const size_t d_conv_in = static_cast<size_t>(info.d_inner) + 2 * static_cast<size_t>(info.n_groups) * static_cast<size_t>(info.d_state);
  out.ssm.resize(n_layers * static_cast<size_t>(info.n_heads) * static_cast<size_t>(info.head_dim) * static_cast<size_t>(info.d_state));
  out.conv.resize(n_layers * static_cast<size_t>(info.d_conv - 1) * d_conv_in);
  out.logits.resize(static_cast<size_t>(info.vocab_size));
  SW_TRY(from_status(sw_sequence_state(sequence, out.ssm.data(), out.ssm.size(), out.conv.data(), out.conv.size()), kExitFailed));
  return from_status(sw_sequence_logits(sequence, out.logits.data(), out.logits.size()), kExitFailed);
}

bool same_bytes(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

Outcome ColdCheck::open(const ModelFlags& flags, size_t n_buffers) {
  paths_.resize(n_buffers);
  EngineFlags engine = flags.engine;
  engine.policy = "none";
  engine.state_bytes_max = kSnapshotBytesMax;
  SW_TRY(open_engine(engine, engine_));
  SW_TRY(open_model(engine_.get(), flags, WantTokenizer::yes, model_));
  return get_info(model_.get(), info_);
}

Outcome ColdCheck::append(const int32_t* ids, size_t n) {
  const sw_run_options options = run_options(nullptr);
  return from_status(sw_sequence_append(sequence_.get(), ids, n, &options, nullptr), kExitFailed);
}

Outcome ColdCheck::run_to(const std::vector<int32_t>& ids, Path& path) {
  std::vector<Snapshot>& snapshots = path.snapshots;
  const auto differs = std::mismatch(path.ids.begin(), path.ids.end(), ids.begin(), ids.end()).first;
  const size_t common = static_cast<size_t>(differs - path.ids.begin());
  if (snapshots.size() > common / kStep) snapshots.resize(common / kStep);
  sw_sequence* raw = nullptr;
  SW_TRY(from_status(sw_sequence_create(model_.get(), &raw), kExitFailed));
  sequence_.reset(raw);
  if (!snapshots.empty()) SW_TRY(from_status(sw_sequence_restore(raw, snapshots.back().get()), kExitFailed));
  for (size_t at = snapshots.size() * kStep; at < ids.size();) {
    const size_t n = std::min(kStep, ids.size() - at);
    SW_TRY(append(ids.data() + at, n));
    at += n;
    if (n < kStep) break;
    sw_snapshot* snapshot = nullptr;
    SW_TRY(from_status(sw_sequence_snapshot(raw, &snapshot), kExitFailed));
    snapshots.emplace_back(snapshot);
  }
  path.ids = ids;
  return success();
}

Outcome ColdCheck::compare(size_t i, sw_sequence* sequence, Compared& out) {
  const int32_t* tokens = sw_sequence_tokens(sequence);
  const std::vector<int32_t> ids(tokens, tokens + sw_sequence_length(sequence));
  out.from_start = n_compared_++ % kFromStart == 0;
  if (out.from_start) paths_[i].snapshots.clear();
  SW_TRY(run_to(ids, paths_[i]));
  Values theirs, ours;
  SW_TRY(values_of(sequence, info_, theirs));
  SW_TRY(values_of(sequence_.get(), info_, ours));
  out.same_state = same_bytes(theirs.ssm, ours.ssm) && same_bytes(theirs.conv, ours.conv);
  out.same_logits = same_bytes(theirs.logits, ours.logits);
  return success();
}

}  // namespace sw::tool
