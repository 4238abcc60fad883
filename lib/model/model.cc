#include "model/model.h"

#include "model/host_model.h"

namespace sw {

Model::Model(Checkpoint checkpoint, std::shared_ptr<Backend> backend)
    : checkpoint_(std::move(checkpoint)),
      backend_(std::move(backend)),
      layout_(StateLayout::of(checkpoint_)),
      input_layout_(InputLayout::of(checkpoint_)) {}

Result<std::shared_ptr<const Model>> Model::create(Checkpoint checkpoint, std::shared_ptr<Backend> backend, bool count_only) {
  SW_ASSIGN(auto model, HostModel::create(std::move(checkpoint), std::move(backend), count_only));
  return std::shared_ptr<const Model>(std::move(model));
}

Status Model::step(std::span<Runner* const> runners, std::span<const int32_t> ids, float* logits) const {
  for (size_t i = 0; i < runners.size(); ++i) {
    float* out = logits == nullptr ? nullptr : logits + i * static_cast<size_t>(vocab_size());
    SW_TRY(runners[i]->forward(ids.subspan(i, 1), runners[i]->next.position, out, runners[i]->next.log));
  }
  return {};
}

Status Model::step_and_draw(std::span<Runner* const>, std::span<const int32_t>, std::span<const draw::Law>, draw::Drawn*) const {
  return error(Code::internal, "this model does not draw");
}

Result<State> Model::new_state() const {
  if (count_only()) return State();
  return State::zero(layout_, state_allocator());
}

Result<std::string> Model::hash(const Control& control) const {
  const std::lock_guard lock(hashing_);
  if (hash_.empty()) {
    SW_ASSIGN(hash_, hash_weights(checkpoint_, control));
  }
  return hash_;
}

}  // namespace sw
