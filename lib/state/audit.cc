#include "state/audit.h"

#include <algorithm>
#include <cstring>

namespace sw {

Result<std::unique_ptr<Audit>> Audit::create(std::shared_ptr<const Model> model, std::shared_ptr<const KeptState> kept,
                                             std::vector<int32_t> tokens) {
  SW_ASSIGN(auto runner, model->new_runner());
  return std::unique_ptr<Audit>(new Audit(std::move(model), std::move(kept), std::move(tokens), std::move(runner)));
}

Audit::Verdict Audit::step() {
  const size_t n = std::min(tokens_.size() - done_, static_cast<size_t>(model_->chunk_len()));
  if (!runner_->forward(std::span<const int32_t>(tokens_).subspan(done_, n), done_, nullptr, nullptr).ok()) return Verdict::failed;
  done_ += n;
  if (done_ < tokens_.size()) return Verdict::going_on;
  const auto state = runner_->floats();
  if (!state.ok()) return Verdict::failed;
  const std::span<const float> ours = state.value(), theirs = kept_->state.floats();
  const bool same = ours.size() == theirs.size() && std::memcmp(ours.data(), theirs.data(), ours.size_bytes()) == 0;
  return same ? Verdict::same : Verdict::different;
}

}  // namespace sw
