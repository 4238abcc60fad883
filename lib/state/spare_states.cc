#include "state/spare_states.h"

#include <utility>

namespace sw {

// With mutex_ held.
SpareStates::Spare SpareStates::remove(size_t i) {
  Spare gone = std::move(spares_[i]);
  for (--n_; i < n_; ++i) spares_[i] = std::move(spares_[i + 1]);
  spares_[n_] = {};
  return gone;
}

void SpareStates::put(const std::weak_ptr<const Model>& model, StateRoom room) noexcept {
  if (room.memory.n_bytes() == 0 || model.use_count() < 2) return;
  Spare oldest;
  const std::lock_guard lock(mutex_);
  if (n_ == kMax) oldest = remove(0);
  spares_[n_++] = {model, std::move(room)};
}

std::optional<StateRoom> SpareStates::take(const Model& model) {
  const std::lock_guard lock(mutex_);
  for (size_t i = n_; i-- > 0;) {
    if (spares_[i].model.lock().get() == &model) return remove(i).room;
  }
  return std::nullopt;
}

bool SpareStates::drop() {
  Spare oldest;
  const std::lock_guard lock(mutex_);
  if (n_ == 0) return false;
  oldest = remove(0);
  return true;
}

void SpareStates::drop_closed() {
  std::array<Spare, kMax> gone;
  const std::lock_guard lock(mutex_);
  for (size_t i = n_; i-- > 0;) {
    if (spares_[i].model.expired()) gone[i] = remove(i);
  }
}

}  // namespace sw
