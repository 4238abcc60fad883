#include "model/plugin_runner.h"

#include <algorithm>
#include <mutex>

namespace sw {
namespace {

// The newest base is less than this many tokens behind, the other one at least so many: going back that far always finds one.
constexpr size_t kBaseSpacing = 128;
// Back to the older base, and the rows of the convolution before it.
constexpr int kLogLen = 384;

Status failed(cuda::DeviceStatus status, const cuda::DeviceText& text, const char* what) { return device_status(status, text, what); }

// One download on its way.
class Download final : public Arrival {
 public:
  explicit Download(const cuda::DeviceTable& table) : table_(table) {}
  ~Download() override {
    if (transfer_ == nullptr) return;
    (void)wait();
    table_.transfer_free(transfer_);
  }
  // With running() held.
  Status begin(cuda::DeviceSequence* sequence, size_t position, State& to) {
    cuda::DeviceText text = {};
    return failed(table_.download_begin(sequence, static_cast<int64_t>(position), to.floats().data(), &transfer_, &text), text,
                  "a state from the device");
  }
  Status wait() override {
    const std::lock_guard lock(mutex_);
    if (!is_over_) {
      cuda::DeviceText text = {};
      outcome_ = failed(table_.transfer_wait(transfer_, &text), text, "a state from the device");
      is_over_ = true;
    }
    return outcome_;
  }

 private:
  const cuda::DeviceTable& table_;
  cuda::DeviceTransfer* transfer_ = nullptr;
  std::mutex mutex_;  // guards what follows
  bool is_over_ = false;
  Status outcome_;
};

// Calls `create(&made, &text)`; on a full device again, as long as others give way.
template <class T, class Create>
Result<T*> create_on(const PluginModel& model, const PluginRunner* asker, const char* what, Create create) {
  for (;;) {
    T* made = nullptr;
    cuda::DeviceText text = {};
    const cuda::DeviceStatus status = create(&made, &text);
    if (status == cuda::DeviceStatus::ok) return made;
    if (status != cuda::DeviceStatus::no_memory || !model.give_way(asker)) return failed(status, text, what);
  }
}

}  // namespace

PluginRunner::PluginRunner(const PluginModel& model, Sequence sequence, DeviceBytes bytes, FloatBuffer logits, bool brief)
    : model_(model),
      table_(model.table()),
      sequence_(std::move(sequence)),
      bytes_(std::move(bytes)),
      bases_{Base{Snapshot(nullptr, table_.snapshot_free), {}, 0}, Base{Snapshot(nullptr, table_.snapshot_free), {}, 0}},
      brief_(brief),
      logits_(std::move(logits)) {}

PluginRunner::~PluginRunner() {
  const std::lock_guard lock(model_.running());
  model_.forget(*this);
  while (give_way()) {
  }
  sequence_.reset();
  bytes_ = {};
}

// With running() held.
Result<std::unique_ptr<PluginRunner>> PluginRunner::make(const PluginModel& model, bool brief) {
  const int log_len = brief ? 0 : kLogLen;
  const cuda::DeviceTable& table = model.table();
  SW_ASSIGN(DeviceBytes bytes, model.take(table.sequence_bytes(model.device(), log_len), nullptr));
  SW_ASSIGN(cuda::DeviceSequence* const sequence,
            create_on<cuda::DeviceSequence>(model, nullptr, "a sequence on the device", [&](auto** made, cuda::DeviceText* text) {
              return table.sequence_create(model.device(), log_len, made, text);
            }));
  Sequence owned(sequence, table.sequence_free);
  SW_ASSIGN(FloatBuffer logits, FloatBuffer::create(model.state_allocator(), static_cast<size_t>(model.vocab_size())));
  std::unique_ptr<PluginRunner> runner(new PluginRunner(model, std::move(owned), std::move(bytes), std::move(logits), brief));
  model.used(*runner);
  return runner;
}

Result<std::unique_ptr<Runner>> PluginRunner::create(const PluginModel& model, bool brief) {
  const std::lock_guard lock(model.running());
  SW_ASSIGN(auto runner, make(model, brief));
  return std::unique_ptr<Runner>(std::move(runner));
}

Result<PluginRunner::Base> PluginRunner::new_base(const PluginModel& model, const PluginRunner* asker) {
  const cuda::DeviceTable& table = model.table();
  SW_ASSIGN(DeviceBytes bytes, model.take(table.snapshot_bytes(model.device()), asker));
  SW_ASSIGN(cuda::DeviceSnapshot* const snapshot,
            create_on<cuda::DeviceSnapshot>(model, asker, "a snapshot on the device", [&](auto** made, cuda::DeviceText* text) {
              return table.snapshot_create(model.device(), made, text);
            }));
  return Base{Snapshot(snapshot, table.snapshot_free), std::move(bytes), 0};
}

bool PluginRunner::give_way() {
  Base* furthest = nullptr;
  for (Base& base : bases_) {
    if (base.snapshot != nullptr && (furthest == nullptr || base.cell < furthest->cell)) furthest = &base;
  }
  if (furthest == nullptr) return false;
  *furthest = Base{Snapshot(nullptr, table_.snapshot_free), {}, 0};
  return true;
}

cuda::DevicePositions PluginRunner::at() const { return table_.sequence_positions(sequence_.get()); }

Status PluginRunner::forward(std::span<const int32_t> ids, size_t position, float* logits, InputRing*) {
  if (ids.empty()) return {};
  const std::lock_guard lock(model_.running());
  if (static_cast<size_t>(at().position) != position) return error(Code::io, "the device has failed before: open the model again");
  logits_valid_ = false;
  const bool one = ids.size() == 1;
  const int n = static_cast<int>(ids.size());
  cuda::DeviceText text = {};
  float* out = one ? logits_.data() : logits;
  SW_TRY(failed(table_.forward(sequence_.get(), ids.data(), n, out == nullptr ? 0 : n, out, &text), text, "a forward pass on the device"));
  if (one && logits != nullptr) std::ranges::copy(logits_.span(), logits);
  logits_valid_ = one;
  model_.used(*this);
  keep_base();
  return {};
}

Status PluginRunner::step(const PluginModel& model, std::span<Runner* const> runners, std::span<const int32_t> ids, const Wanted& wanted) {
  const std::lock_guard lock(model.running());
  std::array<cuda::DeviceSequence*, cuda::kStepMax> sequences;
  for (size_t i = 0; i < runners.size(); ++i) {
    auto& runner = static_cast<PluginRunner&>(*runners[i]);
    runner.logits_valid_ = false;
    sequences[i] = runner.sequence_.get();
  }
  cuda::DeviceText text = {};
  const int n = static_cast<int>(runners.size());
  SW_TRY(failed(model.table().step(sequences.data(), n, ids.data(), wanted.logits, wanted.laws, wanted.drawn, &text), text,
                "a step on the device"));
  for (Runner* runner : runners) {
    model.used(static_cast<PluginRunner&>(*runner));
    static_cast<PluginRunner&>(*runner).keep_base();
  }
  return {};
}

Status PluginRunner::head(float* logits) {
  if (!logits_valid_) {
    const std::lock_guard lock(model_.running());
    cuda::DeviceText text = {};
    SW_TRY(failed(table_.head(sequence_.get(), logits_.data(), &text), text, "logits on the device"));
    logits_valid_ = true;
  }
  std::ranges::copy(logits_.span(), logits);
  return {};
}

Result<draw::Drawn> PluginRunner::draw_next(const draw::Law& law) {
  const std::lock_guard lock(model_.running());
  draw::Drawn drawn;
  cuda::DeviceText text = {};
  SW_TRY(failed(table_.draw(sequence_.get(), &law, &drawn, &text), text, "a draw on the device"));
  return drawn;
}

Status PluginRunner::reset() {
  const std::lock_guard lock(model_.running());
  logits_valid_ = false;
  forget_bases(0);
  cuda::DeviceText text = {};
  return failed(table_.sequence_reset(sequence_.get(), &text), text, "a sequence on the device");
}

Status PluginRunner::load(const State& state, size_t position) {
  if (position == 0) return reset();
  SW_TRY(state.arrived());
  const std::lock_guard lock(model_.running());
  logits_valid_ = false;
  forget_bases(0);
  cuda::DeviceText text = {};
  SW_TRY(failed(table_.upload(sequence_.get(), state.floats().data(), static_cast<int64_t>(position), &text), text,
                "a state to the device"));
  keep_base();
  return {};
}

// Memory for a state, which nothing else writes any more.
Status PluginRunner::make_room(State& to) const {
  to.arrive_by(nullptr);
  if (to.n_bytes() == model_.state_bytes()) return {};
  SW_ASSIGN(to, State::uninitialised(model_.layout(), model_.state_allocator()));
  return {};
}

// The values come while what is run next runs.
Status PluginRunner::save(State& to) {
  const std::lock_guard lock(model_.running());
  SW_TRY(make_room(to));
  if (at().cell == 0) {
    to.clear();
    return {};
  }
  auto download = std::make_unique<Download>(table_);
  SW_TRY(download->begin(sequence_.get(), static_cast<size_t>(at().cell), to));
  to.arrive_by(std::move(download));
  return {};
}

Result<std::span<const float>> PluginRunner::floats() {
  const std::lock_guard lock(model_.running());
  SW_TRY(make_room(floats_));
  if (at().position == 0) {
    floats_.clear();
  } else {
    cuda::DeviceText text = {};
    SW_TRY(failed(table_.download(sequence_.get(), at().position, floats_.floats().data(), &text), text, "a state from the device"));
  }
  return std::span<const float>(floats_.floats());
}

Status PluginRunner::replay(const InputRing&, size_t, size_t) { return error(Code::internal, "a device has no log of the caller's"); }

void PluginRunner::forget_bases(size_t beyond) {
  for (Base& base : bases_) {
    if (base.cell > beyond) base.cell = 0;
  }
}

// A base at the sequence's cell if the newest one lags. A convenience: without memory for it going back costs more.
void PluginRunner::keep_base() {
  if (brief_) return;
  const auto [oldest, newest] = std::minmax_element(bases_.begin(), bases_.end(), [](const Base& a, const Base& b) { return a.cell < b.cell; });
  const auto cell = static_cast<size_t>(at().cell);
  if (cell < newest->cell + (newest->cell == 0 ? cuda::kCell : kBaseSpacing)) return;
  Base& base = *oldest;
  base.cell = 0;
  if (base.snapshot == nullptr) {
    auto made = new_base(model_, this);
    if (!made.ok()) return;
    base = std::move(made).value();
  }
  cuda::DeviceText text = {};
  if (table_.snapshot_save(base.snapshot.get(), sequence_.get(), &text) == cuda::DeviceStatus::ok) base.cell = cell;
}

bool PluginRunner::base_for(size_t position, const cuda::DeviceSnapshot*& base, size_t& cell) const {
  const auto log_begin = static_cast<size_t>(at().log_begin);
  base = nullptr;
  cell = 0;
  for (const Base& b : bases_) {
    if (b.cell > cell && b.cell <= position && b.cell >= log_begin + cuda::kHalo) {
      base = b.snapshot.get();
      cell = b.cell;
    }
  }
  return base != nullptr || log_begin == 0;
}

bool PluginRunner::reaches(size_t position) const {
  const std::lock_guard lock(model_.running());
  const cuda::DevicePositions now = at();
  if (position > static_cast<size_t>(now.position)) return false;
  const cuda::DeviceSnapshot* base = nullptr;
  size_t cell = 0;
  return position >= static_cast<size_t>(now.cell) || base_for(position, base, cell);
}

Result<size_t> PluginRunner::go_back(size_t position) {
  const std::lock_guard lock(model_.running());
  logits_valid_ = false;
  const cuda::DeviceSnapshot* base = nullptr;
  size_t cell = static_cast<size_t>(at().cell);
  if (position < cell && !base_for(position, base, cell)) return error(Code::internal, "the device's log does not reach there");
  cuda::DeviceText text = {};
  SW_TRY(failed(table_.rewind(sequence_.get(), base, static_cast<int64_t>(position), &text), text, "a rewind on the device"));
  forget_bases(position);
  return position - cell;
}

Result<std::unique_ptr<Runner>> PluginRunner::copy(bool brief) const {
  std::unique_ptr<PluginRunner> other;  // before the lock: it takes the lock itself when it goes
  const std::lock_guard lock(model_.running());
  SW_ASSIGN(Base base, new_base(model_, nullptr));
  SW_ASSIGN(other, make(model_, brief));
  cuda::DeviceText text = {};
  SW_TRY(failed(table_.snapshot_save(base.snapshot.get(), sequence_.get(), &text), text, "a copy on the device"));
  SW_TRY(failed(table_.snapshot_load(base.snapshot.get(), other->sequence_.get(), &text), text, "a copy on the device"));
  base.cell = static_cast<size_t>(at().cell);
  if (!brief) other->bases_[0] = std::move(base);
  return std::unique_ptr<Runner>(std::move(other));
}

}  // namespace sw
