#include "state/store.h"

#include <algorithm>
#include <limits>

namespace sw {
namespace {

// Input logs take at most this part of the budget, and at most this many tokens each.
constexpr uint64_t kLogPart = 8;
constexpr size_t kLogTokensMax = 768;
constexpr size_t kLogTokensMin = 16;
// States this far apart are held inside a log's range.
constexpr size_t kLogBaseEvery = 64;
// Texts that are likely to be edited next: logs are cut to fit so many.
constexpr size_t kFociServed = 4;

// The chance, just after an edit, that the text comes back to a state that it took it away from: an undo.
constexpr double kBranchChance = 0.02;
constexpr double kBranchTokensMax = 2048;
constexpr double kBranchValueMin = 1e-3;
constexpr uint64_t kForgetEvery = 64;  // edits
constexpr double kMarkedWeight = 2;
// A plan must spare this many tokens an edit to be worth running.
constexpr double kPlanGainMin = 0.25;
constexpr size_t kGhostsMax = 256;
// A state this few tokens after one on disk is not written; nor one that takes longer to read, at a careful guess, than to run.
constexpr double kSaveTokensMin = 64;
constexpr double kDiskBytesPerSecond = 1e9;
// A prompt that has to run more tokens than this asks why.
constexpr size_t kMissTokens = 64;

constexpr double kUntouchable = std::numeric_limits<double>::infinity();

}  // namespace

std::shared_ptr<Focus> StateStore::open(std::shared_ptr<const Model> model, const std::string& tokenizer) {
  auto focus = std::make_shared<Focus>();
  focus->model = std::move(model);
  focus->tokenizer = tokenizer;
  focus->place.sites.reserve(EditHabits::kSitesMax + 1);  // so that edit() of the same text cannot fail
  const std::lock_guard lock(mutex_);
  drop_closed_models();
  focus->used = ++tick_;
  foci_.push_back(focus);
  return focus;
}

void StateStore::close(const Focus& focus) {
  const std::lock_guard lock(mutex_);
  std::erase_if(foci_, [&](const auto& f) {
    if (f.get() != &focus) return false;
    if (f->log) log_bytes_ -= f->log->capacity() * f->model->input_layout().n_bytes();
    return true;
  });
  if (policy_.kind == Policy::Kind::standard) return;
  std::erase_if(entries_, [&](const Entry& e) { return is_on(focus, e); });
}

// Compared by who owns them, for which nothing has to be locked: a focus holds its model, so that one that is gone is another.
bool StateStore::is_of(const std::shared_ptr<const Model>& model, const Entry& entry) {
  return !entry.model.owner_before(model) && !model.owner_before(entry.model);
}

bool StateStore::is_on(const Focus& focus, const Entry& entry) {
  const size_t length = entry.kept->length;
  return length <= focus.hashes.length() && entry.hash == focus.hashes.at(length) && is_of(focus.model, entry);
}

std::vector<size_t> StateStore::lengths_on(const Focus& focus) const {
  std::vector<size_t> lengths;
  for (const Entry& entry : entries_) {
    if (is_on(focus, entry)) lengths.push_back(entry.kept->length);
  }
  return lengths;
}

void StateStore::edit(Focus& focus, std::span<const int32_t> text, size_t common, size_t cursor, bool learn,
                      size_t stable) {
  const std::lock_guard lock(mutex_);
  const bool same = common == text.size() && common == focus.hashes.length();
  const double position = double(same ? cursor : common);
  const double shift = double(text.size()) - double(focus.hashes.length());
  focus.hashes.assign(text, common);  // what may throw comes first
  focus.used = ++tick_;
  focus.stable = stable;
  if (learn) habits_.learn(focus.place, position);
  focus.place.move(position, shift, double(cursor), double(text.size()));
  focus.logged.end = std::min(focus.logged.end, common);
  focus.logged.begin = std::min(focus.logged.begin, focus.logged.end);
  if (policy_.kind == Policy::Kind::standard) {
    if (tick_ % kForgetEvery == 0) forget_branches();
  } else {
    std::erase_if(entries_, [&](const Entry& e) { return is_of(focus.model, e) && !is_on(focus, e); });
  }
}

// States of texts that no one has come back to for long are dropped even if there is room: small states would add up.
void StateStore::forget_branches() {
  std::erase_if(entries_, [&](const Entry& entry) {
    const bool on_text = std::any_of(foci_.begin(), foci_.end(), [&](const auto& focus) { return is_on(*focus, entry); });
    return !on_text && branch_value(entry) < kBranchValueMin;
  });
}

std::shared_ptr<const KeptState> StateStore::deepest(const Focus& focus, std::span<const int32_t> ids, size_t at_least) {
  const std::lock_guard lock(mutex_);
  for (size_t i = entries_.size(); i-- > 0 && entries_[i].kept->length >= std::max<size_t>(at_least, 1);) {
    Entry& entry = entries_[i];
    if (entry.kept->length > ids.size() || !is_on(focus, entry) || !leads(*entry.kept->path, ids)) continue;
    if (!entry.kept->state.arrived().ok()) {  // its device failed on the way
      entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(i));
      continue;
    }
    entry.used = tick_;
    return entry.kept;
  }
  return nullptr;
}

size_t StateStore::reach(const Focus& focus, std::span<const int32_t> ids) const {
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->kept->length <= ids.size() && is_of(focus.model, *entry) && leads(*entry->kept->path, ids)) {
      return entry->kept->length;
    }
  }
  return 0;
}

double StateStore::token_seconds() const { return seconds_run_ / double(std::max<uint64_t>(stats_.tokens_run, 1)); }

std::shared_ptr<const KeptState> StateStore::from_disk(const Focus& focus, std::span<const int32_t> ids, size_t longer_than,
                                                       const Control& control) {
  if (disk_ == nullptr || policy_.kind != Policy::Kind::standard || focus.model->count_only()) return nullptr;
  auto kept = disk_->load(focus.model, focus.tokenizer, ids, longer_than, control);
  if (kept == nullptr) return nullptr;
  std::unique_lock lock(mutex_);
  const double seconds = token_seconds();
  lock.unlock();
  disk_->plan_audit(focus.model, kept, ids.first(kept->length), seconds);
  return kept;
}

// What lies furthest from the saved states of its text. States that are read slower than they are run are not written.
std::optional<StateStore::Unsaved> StateStore::pick_unsaved() {
  const std::lock_guard lock(mutex_);
  Entry* best = nullptr;
  const Focus* of = nullptr;
  double best_gap = 0;
  for (const auto& focus : foci_) {
    const double load_tokens = double(focus->model->state_bytes()) / kDiskBytesPerSecond / std::max(token_seconds(), 1e-6);
    std::vector<double> saved{0};
    for (const Entry& entry : entries_) {
      if (entry.on_disk && is_on(*focus, entry)) saved.push_back(double(entry.kept->length));
    }
    for (Entry& entry : entries_) {
      if (entry.on_disk || !is_on(*focus, entry)) continue;
      const double length = double(entry.kept->length);
      const auto after = std::upper_bound(saved.begin(), saved.end(), length);
      const double behind = length - *std::prev(after);
      const double gap = after == saved.end() ? behind : std::min(behind, *after - length);
      if (gap <= best_gap || gap < std::max(kSaveTokensMin, 2 * load_tokens)) continue;
      best = &entry;
      of = focus.get();
      best_gap = gap;
    }
  }
  if (best == nullptr) return std::nullopt;
  best->on_disk = true;
  return Unsaved{best->kept, of->model, of->tokenizer};
}

Result<bool> StateStore::save_next(const Control& control) {
  if (disk_ == nullptr || policy_.kind != Policy::Kind::standard) return false;
  const auto unsaved = pick_unsaved();
  if (!unsaved || unsaved->model->count_only()) return false;
  const std::vector<int32_t> tokens = tokens_of(*unsaved->kept->path);
  Status status = disk_->save(*unsaved->model, unsaved->tokenizer, tokens, unsaved->kept->state, control);
  if (status.code() == Code::cancelled || status.code() == Code::deadline) {
    const std::lock_guard lock(mutex_);
    for (Entry& entry : entries_) {
      if (entry.kept == unsaved->kept) entry.on_disk = false;  // another time
    }
  }
  SW_TRY(std::move(status));
  return true;
}

bool StateStore::idle_step(const Control& control) {
  if (disk_ == nullptr) return false;
  const auto saved = save_next(control);
  if (saved.ok() && saved.value()) return true;
  return disk_->audit_step();
}

std::optional<DiskTierStats> StateStore::disk_stats() const {
  if (disk_ == nullptr) return std::nullopt;
  return disk_->stats();
}

bool StateStore::has(const Focus& focus, size_t length) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& e) { return e.kept->length == length && is_on(focus, e); });
}

std::pair<size_t, uint64_t> StateStore::kept(const Focus& focus) const {
  const std::lock_guard lock(mutex_);
  const size_t n = lengths_on(focus).size();
  return {n, n * focus.model->state_bytes()};
}

void StateStore::forget(const Focus& focus) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const Entry& e) { return is_on(focus, e); });
}

// What the entries on the focus' text spare there, and the newcomer among them; those entries are noted in `on`.
void StateStore::add_values(const Focus& focus, double weight, size_t newcomer, bool marked, std::vector<double>& values,
                            std::vector<bool>& on, double& newcomer_value) const {
  constexpr size_t kNewcomer = std::numeric_limits<size_t>::max();
  std::vector<size_t> points, owners;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (!is_on(focus, entries_[i])) continue;
    on[i] = true;
    points.push_back(entries_[i].kept->length);
    owners.push_back(i);
  }
  if (const auto at = std::lower_bound(points.begin(), points.end(), newcomer); newcomer > 0 && (at == points.end() || *at != newcomer)) {
    owners.insert(owners.begin() + (at - points.begin()), kNewcomer);
    points.insert(at, newcomer);
  }
  std::vector<double> savings(points.size());
  expected_savings(habits_, focus.place, focus.logged, points, savings);
  for (size_t i = 0; i < points.size(); ++i) {
    const bool is_new = owners[i] == kNewcomer;
    const double value = weight * savings[i] * ((is_new ? marked : entries_[owners[i]].marked) ? kMarkedWeight : 1);
    (is_new ? newcomer_value : values[owners[i]]) += value;
  }
}

double StateStore::branch_value(const Entry& entry) const {
  const double gap = std::min(double(entry.kept->path->tokens.size()), kBranchTokensMax);
  return kBranchChance * gap / double(1 + tick_ - entry.used);
}

// Distances from the last token grow geometrically: what is small against its distance goes first.
std::vector<double> StateStore::geometric_values(const Focus& focus, size_t newcomer, double& newcomer_value) const {
  std::vector<double> values(entries_.size(), kUntouchable);
  double before = 0;
  bool seen = newcomer == 0;
  const auto value_at = [&](size_t length) {
    const double value = (double(length) - before) / (std::max(0.0, focus.place.cursor - double(length)) + 32);
    before = double(length);
    return value;
  };
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (!is_on(focus, entries_[i])) continue;
    if (!seen && entries_[i].kept->length > newcomer) {
      newcomer_value = value_at(newcomer);
      seen = true;
    }
    values[i] = value_at(entries_[i].kept->length);
  }
  if (!seen) newcomer_value = value_at(newcomer);
  return values;
}

// What each entry is expected to spare at the next edit of any text, a byte; and what a newcomer of `focus` would, in all.
std::vector<double> StateStore::values(const Focus* focus, size_t newcomer, bool marked, double& newcomer_value) const {
  std::vector<double> values(entries_.size(), 0);
  std::vector<const Focus*> foci;
  for (const auto& f : foci_) foci.push_back(f.get());
  std::sort(foci.begin(), foci.end(), [](const Focus* a, const Focus* b) { return a->used > b->used; });
  std::vector<bool> on(entries_.size(), false);
  for (size_t rank = 0; rank < foci.size(); ++rank) {
    const bool own = foci[rank] == focus;
    add_values(*foci[rank], 1.0 / double(1 + rank), own ? newcomer : 0, marked, values, on, newcomer_value);
  }
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (!on[i]) values[i] = branch_value(entries_[i]);
    values[i] /= double(entries_[i].n_bytes);
  }
  return values;
}

size_t StateStore::least(const std::vector<double>& values) const {
  return static_cast<size_t>(std::min_element(values.begin(), values.end()) - values.begin());
}

// Gives the evicted state's memory, if no one else holds it: copying into memory that has been used is ten times as fast as into new.
State StateStore::evict(size_t i) {
  const Ghost ghost{entries_[i].model.lock().get(), entries_[i].hash, entries_[i].kept->length};
  if (ghosts_.size() < kGhostsMax) {
    ghosts_.push_back(ghost);
  } else {
    ghosts_[next_ghost_] = ghost;
  }
  next_ghost_ = (next_ghost_ + 1) % kGhostsMax;
  State memory;
  if (entries_[i].kept.use_count() == 1) memory = std::move(std::const_pointer_cast<KeptState>(entries_[i].kept)->state);
  entries_.erase(entries_.begin() + static_cast<ptrdiff_t>(i));
  ++stats_.states_evicted;
  return memory;
}

std::optional<StateRoom> StateStore::admit(Focus& focus, size_t length, bool marked, Logged logged,
                                           std::span<const size_t> plan) {
  const std::lock_guard lock(mutex_);
  focus.logged = logged;
  if (!policy_.keeps() || length == 0) return std::nullopt;
  if (policy_.kind == Policy::Kind::grid && length % policy_.n != 0) return std::nullopt;
  for (Entry& entry : entries_) {
    if (entry.kept->length != length || !is_on(focus, entry)) continue;
    entry.marked |= marked;
    entry.used = tick_;
    return std::nullopt;
  }
  if (policy_.kind == Policy::Kind::running) {
    if (length != focus.stable) return std::nullopt;
    std::erase_if(entries_, [&](const Entry& entry) { return is_on(focus, entry); });
  }
  return room_for(focus, length, marked, plan);
}

// The states that the focus' log hangs on. Each alone spares little, but if they went one by one the log would be of no use.
void StateStore::hold_log_bases(const Focus& focus, std::vector<double>& values) const {
  const Logged logged = focus.logged;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const size_t length = entries_[i].kept->length;
    const bool in_log = logged.begin <= length && length <= logged.end;
    if (in_log && length % kLogBaseEvery == 0 && is_on(focus, entries_[i])) values[i] = kUntouchable;
  }
}

std::optional<StateRoom> StateStore::room_for(Focus& focus, size_t length, bool marked, std::span<const size_t> plan) {
  const uint64_t n_bytes = focus.model->state_bytes();
  const Logged logged = focus.logged;
  const bool in_log = logged.begin < logged.end && logged.begin <= length && length <= logged.end;
  StateRoom room;
  for (;;) {
    double own = 0;
    std::vector<double> worth = policy_.kind == Policy::Kind::geometric ? geometric_values(focus, length, own)
                                                                        : values(&focus, length, marked, own);
    const bool full = policy_.kind == Policy::Kind::geometric && lengths_on(focus).size() >= policy_.n;
    const bool planned = !plan.empty();
    if (policy_.kind == Policy::Kind::standard && !planned && own < (in_log ? kReplaySavingMin : kSavingMin)) {
      return std::nullopt;
    }
    if (policy_.kind != Policy::Kind::geometric) own /= double(std::max<uint64_t>(n_bytes, 1));
    if (!full) {
      if (auto spare = spares_->take(*focus.model)) return spare;
      if (auto lease = budget_->lease(n_bytes)) {
        room.lease = std::move(*lease);
        return room;
      }
      if (spares_->drop()) continue;
    }
    if (entries_.empty()) return std::nullopt;
    if (planned) {
      for (size_t i = 0; i < entries_.size(); ++i) {
        const size_t at = entries_[i].kept->length;
        const bool serves_log = logged.begin <= at && at <= logged.end;
        if (is_on(focus, entries_[i]) && (serves_log || std::binary_search(plan.begin(), plan.end(), at))) worth[i] = kUntouchable;
      }
    }
    if (policy_.kind == Policy::Kind::standard) hold_log_bases(focus, worth);
    const size_t victim = least(worth);
    if (worth[victim] == kUntouchable || (!planned && policy_.kind != Policy::Kind::grid && worth[victim] >= own)) {
      return std::nullopt;
    }
    room.memory = evict(victim);
  }
}

void StateStore::add(Focus& focus, std::span<const int32_t> ids, State state, StateBudget::Lease lease, bool marked,
                     bool on_disk) {
  const std::lock_guard lock(mutex_);
  auto kept = std::make_shared<KeptState>();
  kept->length = ids.size();
  kept->state = std::move(state);
  kept->lease = std::move(lease);
  auto path = std::make_shared<TokenPath>();
  const auto after = std::upper_bound(entries_.begin(), entries_.end(), ids.size(),
                                      [](size_t length, const Entry& e) { return length < e.kept->length; });
  for (auto at = after; at != entries_.begin() && path->parent == nullptr;) {
    if (--at; is_on(focus, *at) && leads(*at->kept->path, ids)) path->parent = at->kept->path;
  }
  path->begin = path->parent == nullptr ? 0 : path->parent->end();
  path->tokens.assign(ids.begin() + static_cast<ptrdiff_t>(path->begin), ids.end());
  kept->path = std::move(path);
  entries_.insert(after, {std::move(kept), focus.model, focus.model->state_bytes(), focus.hashes.at(ids.size()), tick_, marked, on_disk});
  ++stats_.states_made;
  note_bytes();
}

std::vector<size_t> StateStore::plan(const Focus& focus) {
  const std::lock_guard lock(mutex_);
  if (policy_.kind != Policy::Kind::standard) return {};
  const std::vector<size_t> existing = lengths_on(focus);
  const auto in_log = [&](size_t p) { return focus.logged.begin <= p && p <= focus.logged.end; };
  const size_t n_in_log = static_cast<size_t>(std::count_if(existing.begin(), existing.end(), in_log));
  // What this text may have: all but what lies on the others.
  uint64_t others = 0;
  for (const Entry& entry : entries_) {
    const bool theirs = std::any_of(foci_.begin(), foci_.end(), [&](const auto& f) { return f.get() != &focus && is_on(*f, entry); });
    if (theirs && !is_on(focus, entry)) others += entry.n_bytes;
  }
  uint64_t held = 0;  // by logs and snapshots
  for (const Entry& entry : entries_) held += entry.n_bytes;
  held = budget_->used() > held ? budget_->used() - held : 0;
  const uint64_t free = budget_->max() - std::min(budget_->max(), held + others);
  const size_t n_states = static_cast<size_t>(free / std::max<uint64_t>(focus.model->state_bytes(), 1));
  if (n_states <= n_in_log) return {};
  constexpr size_t kPlannedMax = 64;  // more spare next to nothing, and planning is quadratic in the places
  std::vector<size_t> points =
      best_points(habits_, focus.place, focus.logged, std::min(n_states - n_in_log, kPlannedMax), existing);
  std::vector<size_t> together = points;
  for (const size_t p : existing) {
    if (in_log(p)) together.push_back(p);
  }
  std::sort(together.begin(), together.end());
  const double gain = expected_cost(habits_, focus.place, focus.logged, existing) -
                      expected_cost(habits_, focus.place, focus.logged, together);
  return gain < kPlanGainMin ? std::vector<size_t>() : points;
}

// The log of the text that was edited longest ago goes.
bool StateStore::steal_log() {
  Focus* oldest = nullptr;
  for (const auto& focus : foci_) {
    if (focus->log && (oldest == nullptr || focus->used < oldest->used)) oldest = focus.get();
  }
  if (oldest == nullptr) return false;
  log_bytes_ -= oldest->log->capacity() * oldest->model->input_layout().n_bytes();
  oldest->log.reset();
  oldest->logged = {};
  return true;
}

std::unique_ptr<InputLog> StateStore::take_log(Focus& focus) {
  const std::lock_guard lock(mutex_);
  if (focus.log) return std::move(focus.log);
  if (policy_.kind != Policy::Kind::standard || focus.model->logs_itself()) return nullptr;
  const uint64_t row_bytes = focus.model->input_layout().n_bytes();
  const uint64_t for_all = budget_->max() / kLogPart;
  const uint64_t share = for_all / std::clamp<size_t>(foci_.size(), 1, kFociServed);
  const size_t capacity = std::min<uint64_t>(kLogTokensMax, share / row_bytes);
  if (capacity < kLogTokensMin) return nullptr;
  const uint64_t n_bytes = capacity * row_bytes;
  while (log_bytes_ + n_bytes > for_all) {
    if (!steal_log()) return nullptr;
  }
  std::optional<StateBudget::Lease> lease;
  while (!(lease = budget_->lease(n_bytes))) {
    if (spares_->drop()) continue;
    if (entries_.empty()) return nullptr;
    double none = 0;
    (void)evict(least(values(nullptr, 0, false, none)));
  }
  std::optional<InputRing> ring;
  if (!focus.model->count_only()) {
    auto made = InputRing::create(focus.model->input_layout(), capacity, focus.model->backend().allocator());
    if (!made.ok()) return nullptr;  // a convenience: without memory for it rewinds cost more
    ring = std::move(made).value();
  }
  log_bytes_ += n_bytes;
  note_bytes();
  return std::make_unique<InputLog>(std::move(ring), capacity, std::move(*lease));
}

void StateStore::give_log(Focus& focus, std::unique_ptr<InputLog> log) {
  const std::lock_guard lock(mutex_);
  focus.log = std::move(log);
  focus.logged = focus.log ? focus.log->range() : Logged{};
}

void StateStore::count_prompt(const Focus& focus, Source source, size_t on_text, size_t n_prompt, size_t reused,
                              size_t replayed) {
  const std::lock_guard lock(mutex_);
  ++stats_.prompts[static_cast<size_t>(source)];
  stats_.tokens_reused += reused;
  stats_.tokens_replayed += replayed;
  if (n_prompt - reused <= kMissTokens) return;
  Miss why = policy_.keeps() ? Miss::unknown_text : Miss::policy;
  for (const Ghost& ghost : ghosts_) {
    const bool here = ghost.model == focus.model.get() && ghost.length <= on_text && ghost.hash == focus.hashes.at(ghost.length);
    if (here && ghost.length > reused + kMissTokens) why = Miss::evicted;
  }
  ++stats_.misses[static_cast<size_t>(why)];
}

void StateStore::count_run(size_t n_tokens, bool idle, double seconds) {
  const std::lock_guard lock(mutex_);
  stats_.tokens_run += n_tokens;
  seconds_run_ += seconds;
  if (idle) stats_.tokens_idle += n_tokens;
}

void StateStore::forget_closed_models() {
  const std::lock_guard lock(mutex_);
  drop_closed_models();
}

void StateStore::trim(uint64_t n_bytes) {
  const std::lock_guard lock(mutex_);
  while (budget_->used() > n_bytes && give_up_least()) {
  }
}

std::optional<StateRoom> StateStore::room_for_snapshot(const Model& model) {
  const std::lock_guard lock(mutex_);
  if (auto spare = spares_->take(model)) return spare;
  StateRoom room;
  for (;;) {
    if (auto lease = budget_->lease(model.state_bytes())) {
      room.lease = std::move(*lease);
      note_bytes();
      return room;
    }
    if (!give_up_least(&model, &room.memory)) return std::nullopt;
  }
}

// Memory that nobody uses; without any the least valuable state, and its memory is given if it was of `model`; then the oldest log.
bool StateStore::give_up_least(const Model* model, State* memory) {
  if (spares_->drop()) return true;
  if (entries_.empty()) return steal_log();
  double none = 0;
  const size_t victim = least(values(nullptr, 0, false, none));
  const bool fits = memory != nullptr && entries_[victim].model.lock().get() == model;
  State gone = evict(victim);
  if (fits) *memory = std::move(gone);
  return true;
}

void StateStore::drop_closed_models() {
  spares_->drop_closed();
  std::erase_if(entries_, [](const Entry& entry) { return entry.model.expired(); });
}

void StateStore::note_bytes() { stats_.bytes_peak = std::max(stats_.bytes_peak, budget_->used()); }

StoreStats StateStore::stats() const {
  const std::lock_guard lock(mutex_);
  StoreStats stats = stats_;
  stats.states_kept = entries_.size();
  stats.log_bytes = log_bytes_;
  stats.bytes_max = budget_->max();
  stats.seconds_run = seconds_run_;
  stats.seconds_saved = token_seconds() * double(stats.tokens_reused - stats.tokens_replayed);
  stats.state_bytes = budget_->used() - std::min(log_bytes_, budget_->used());
  return stats;
}

}  // namespace sw
