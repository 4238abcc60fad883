#include "state/sequence.h"

#include <algorithm>

namespace sw {

Result<std::unique_ptr<Sequence>> Sequence::create(std::shared_ptr<const Model> model, StatePool pool) {
  SW_ASSIGN(State state, State::zero(model->layout(), model->backend().allocator()));
  return std::unique_ptr<Sequence>(new Sequence(std::move(model), std::move(pool), std::move(state)));
}

Status Sequence::check_ids(std::span<const int32_t> ids) const {
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || ids[i] >= model_->vocab_size()) {
      return error(Code::argument, "token %zu is %d; the vocabulary has ids 0 to %d", i, ids[i], model_->vocab_size() - 1);
    }
  }
  return {};
}

// Where the next chunk ends: at most chunk_len() on, at `end`, and at every grid position whose state might be kept.
size_t Sequence::next_stop(size_t end) const {
  const size_t at = tokens_.size(), grid = grid_before(end - at);
  return std::min({end, at + static_cast<size_t>(model_->chunk_len()), (at / grid + 1) * grid});
}

Status Sequence::append(std::span<const int32_t> ids, const Control& control, float* logits) {
  SW_TRY(check_ids(ids));
  const size_t begin = tokens_.size(), end = begin + ids.size();
  if (end > tokens_.capacity()) tokens_.reserve(std::max(end, 2 * tokens_.capacity()));
  while (tokens_.size() < end) {
    SW_TRY(control.step(tokens_.size() - begin, ids.size()));
    const size_t at = tokens_.size(), n = next_stop(end) - at;
    const auto chunk = ids.subspan(at - begin, n);
    float* out = logits == nullptr ? nullptr : logits + (at - begin) * static_cast<size_t>(model_->vocab_size());
    model_->forward(state_, chunk, out);
    tokens_.insert(tokens_.end(), chunk.begin(), chunk.end());
    logits_valid_ = false;
    stats_.tokens_run += n;
    pool_.counters->tokens_run.fetch_add(n, std::memory_order_relaxed);
    if (tokens_.size() % grid_before(end - tokens_.size()) == 0) keep(false);
  }
  if (control.progress && !ids.empty()) (void)control.progress(ids.size(), ids.size());
  return {};
}

Result<std::span<const float>> Sequence::logits() {
  if (tokens_.empty()) return error(Code::state, "the sequence is empty: append a token first");
  if (logits_.size() == 0) {
    SW_ASSIGN(logits_, FloatBuffer::create(model_->backend().allocator(), static_cast<size_t>(model_->vocab_size())));
  }
  if (!logits_valid_) model_->head(state_, logits_.data());
  logits_valid_ = true;
  return std::span<const float>(logits_.data(), logits_.size());
}

void Sequence::mark() { keep(true); }

void Sequence::forget() {
  kept_.clear();
  points_.clear();
}

void Sequence::erase_kept(size_t i) {
  kept_.erase(kept_.begin() + static_cast<ptrdiff_t>(i));
  points_.erase(points_.begin() + static_cast<ptrdiff_t>(i));
}

void Sequence::drop_least_valuable() { erase_kept(least_valuable(points_, tokens_.size())); }

// Leases the bytes, giving up own states for them: the sequence that runs now is worth more than its past.
bool Sequence::make_room(uint64_t n_bytes, StateBudget::Lease& lease) {
  while (kept_.size() >= kStatesMax) drop_least_valuable();
  for (;;) {
    if (auto granted = pool_.budget->lease(n_bytes)) {
      lease = std::move(*granted);
      return true;
    }
    if (kept_.empty()) return false;
    drop_least_valuable();
  }
}

// A kept state is a convenience: without memory for it the sequence goes on, only a rewind costs more.
void Sequence::keep(bool marked) {
  const size_t length = tokens_.size();
  const auto at = std::lower_bound(points_.begin(), points_.end(), length,
                                   [](const KeptPoint& point, size_t l) { return point.length < l; });
  if (at != points_.end() && at->length == length) {
    at->marked |= marked;
    return;
  }
  if (length == 0) return;
  StateBudget::Lease lease;
  if (!make_room(state_.n_bytes(), lease)) return;
  auto copy = state_.copy(model_->backend().allocator());
  if (!copy.ok()) return;
  auto kept = std::make_shared<KeptState>();
  kept->length = length;
  kept->state = std::move(copy).value();
  kept->lease = std::move(lease);
  const auto before = std::upper_bound(points_.begin(), points_.end(), length,
                                       [](size_t l, const KeptPoint& point) { return l < point.length; });
  const ptrdiff_t i = before - points_.begin();
  kept_.reserve(kept_.size() + 1);  // so that the two inserts below cannot part the vectors
  points_.insert(before, {length, marked});
  kept_.insert(kept_.begin() + i, std::move(kept));
}

size_t Sequence::nearest_kept(size_t length) const {
  if (length == tokens_.size()) return length;
  const auto after = std::upper_bound(points_.begin(), points_.end(), length,
                                      [](size_t l, const KeptPoint& point) { return l < point.length; });
  return after == points_.begin() ? 0 : std::prev(after)->length;
}

Status Sequence::rewind(size_t length, const Control& control) {
  if (length > tokens_.size()) {
    return error(Code::argument, "cannot rewind to %zu: the sequence has %zu tokens", length, tokens_.size());
  }
  if (length == tokens_.size()) return {};
  const size_t from = nearest_kept(length);
  const Allocator& allocator = model_->backend().allocator();
  State state;
  if (from == 0) {
    SW_ASSIGN(state, State::zero(model_->layout(), allocator));
  } else {
    const auto kept = std::find_if(kept_.begin(), kept_.end(), [&](const auto& k) { return k->length == from; });
    SW_ASSIGN(state, (*kept)->state.copy(allocator));
  }
  for (size_t at = from; at < length;) {
    SW_TRY(control.step(at - from, length - from));
    const size_t n = std::min(static_cast<size_t>(model_->chunk_len()), length - at);
    model_->forward(state, std::span(tokens_).subspan(at, n), nullptr);
    at += n;
    stats_.tokens_run += n;
    stats_.tokens_rerun += n;
    pool_.counters->tokens_run.fetch_add(n, std::memory_order_relaxed);
  }
  state_ = std::move(state);
  tokens_.resize(length);
  while (!points_.empty() && points_.back().length > length) erase_kept(points_.size() - 1);
  logits_valid_ = false;
  ++stats_.rewinds;
  return {};
}

Result<std::unique_ptr<Sequence>> Sequence::fork() const {
  SW_ASSIGN(State state, state_.copy(model_->backend().allocator()));
  std::unique_ptr<Sequence> other(new Sequence(model_, pool_, std::move(state)));
  other->tokens_ = tokens_;
  other->kept_ = kept_;
  other->points_ = points_;
  return other;
}

Result<Snapshot> Sequence::snapshot() const {
  auto lease = pool_.budget->lease(state_.n_bytes());
  if (!lease) {
    return error(Code::no_memory, "the snapshot budget of %llu bytes is spent: free snapshots or raise snapshot_bytes_max",
                 static_cast<unsigned long long>(pool_.budget->max()));
  }
  auto kept = std::make_shared<KeptState>();
  kept->length = tokens_.size();
  kept->lease = std::move(*lease);
  SW_ASSIGN(kept->state, state_.copy(model_->backend().allocator()));
  return Snapshot{model_, tokens_, std::move(kept)};
}

// The same object, or the same weights run by the same kernels.
Status Sequence::check_same_model(const Snapshot& snapshot) const {
  if (snapshot.model == model_) return {};
  SW_ASSIGN(const std::string theirs, snapshot.model->hash({}));
  SW_ASSIGN(const std::string ours, model_->hash({}));
  if (theirs == ours && snapshot.model->backend().numerics() == model_->backend().numerics()) return {};
  return error(Code::mismatch, "the snapshot is of another model or other kernels: %s",
               snapshot.model->checkpoint().directory.c_str());
}

Status Sequence::restore(const Snapshot& snapshot) {
  SW_TRY(check_same_model(snapshot));
  std::vector<int32_t> tokens = snapshot.tokens;
  state_.assign(snapshot.kept->state);
  // Kept states stay only while they are of the same tokens.
  const auto common = std::mismatch(tokens_.begin(), tokens_.end(), tokens.begin(), tokens.end()).first - tokens_.begin();
  while (!points_.empty() && points_.back().length > static_cast<size_t>(common)) erase_kept(points_.size() - 1);
  tokens_ = std::move(tokens);
  logits_valid_ = false;
  return {};
}

}  // namespace sw
