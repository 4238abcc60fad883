#include "state/sequence.h"

#include <algorithm>
#include <deque>
#include <limits>

namespace sw {
namespace {

constexpr size_t kNoEnd = std::numeric_limits<size_t>::max();
// Of the input log, the part that idle work may fill with what follows the cursor.
constexpr size_t kLogAheadPart = 3;
// What would have to be run before the disk is asked.
constexpr size_t kDiskTokensMin = 48;

size_t common_prefix(std::span<const int32_t> a, std::span<const int32_t> b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

}  // namespace

// The log belongs to the store while its sequence is at rest, so that another text can have its bytes.
class Sequence::LogHold {
 public:
  explicit LogHold(Sequence& sequence) : sequence_(sequence) {
    if (!sequence.is_scout_) log_ = sequence.store_->take_log(sequence.focus());
  }
  ~LogHold() {
    if (sequence_.is_scout_) return;
    if (log_) log_->truncate(sequence_.tokens_.size());  // it is of tokens that the state has seen
    sequence_.store_->give_log(sequence_.focus(), std::move(log_));
  }
  LogHold(const LogHold&) = delete;
  LogHold& operator=(const LogHold&) = delete;
  InputLog* get() const { return log_.get(); }

 private:
  Sequence& sequence_;
  std::unique_ptr<InputLog> log_;
};

Result<std::unique_ptr<Sequence>> Sequence::create(std::shared_ptr<const Model> model, std::shared_ptr<StateStore> store,
                                                   std::string tokenizer) {
  SW_ASSIGN(auto runner, model->new_runner());
  std::unique_ptr<Sequence> sequence(new Sequence(std::move(model), std::move(store), std::move(tokenizer), std::move(runner)));
  (void)sequence->focus();
  return sequence;
}

Sequence::~Sequence() {
  if (focus_) store_->close(*focus_);
}

Focus& Sequence::focus() {
  if (!focus_) {
    focus_ = store_->open(model_, tokenizer_);
    store_->edit(*focus_, text_, 0, text_.size(), false);
  }
  return *focus_;
}

std::pair<size_t, uint64_t> Sequence::kept() const { return focus_ ? store_->kept(*focus_) : std::pair<size_t, uint64_t>(); }

Status Sequence::check_ids(std::span<const int32_t> ids) const {
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || ids[i] >= model_->vocab_size()) {
      return error(Code::argument, "token %zu is %d; the vocabulary has ids 0 to %d", i, ids[i], model_->vocab_size() - 1);
    }
  }
  return {};
}

bool Sequence::is_on_text() const {
  return tokens_.size() <= text_.size() && common_prefix(tokens_, text_) == tokens_.size();
}

void Sequence::set_text(std::span<const int32_t> text, size_t cursor, bool learn, size_t stable) {
  const size_t common = common_prefix(text_, text);
  // So that the store and this one never know different texts, whatever memory there is.
  if (text.size() > text_.capacity()) text_.reserve(std::max(text.size(), 2 * text_.capacity()));
  if (!is_scout_) store_->edit(focus(), text, common, cursor, learn, stable);
  text_.resize(common);
  text_.insert(text_.end(), text.begin() + static_cast<ptrdiff_t>(common), text.end());
}

// Where the next chunk ends: at most chunk_len() on, at `end`, and where a state might be kept.
size_t Sequence::next_stop(size_t end) const {
  const size_t at = tokens_.size();
  const Policy& policy = store_->policy();
  const size_t spacing = policy.kind == Policy::Kind::grid ? policy.n : std::max(spacing_at(end - at), model_->piece_len());
  return std::min({end, at + static_cast<size_t>(model_->chunk_len()), (at / spacing + 1) * spacing});
}

// Whether a state after `length` tokens may be kept without being marked: on the grid, so that the same text keeps the same states
// however it was cut into calls.
bool Sequence::is_place(size_t length) const {
  const Policy& policy = store_->policy();
  return length % (policy.kind == Policy::Kind::grid ? policy.n : std::max(spacing_at(0), model_->piece_len())) == 0;
}

// Runs at most chunk_len() tokens. They are logged when they go on where the log ends, and that is before log_end.
Status Sequence::run(std::span<const int32_t> ids, InputLog* log, size_t log_end, float* logits, Reason reason) {
  const Clock::time_point begin = Clock::now();
  const size_t at = tokens_.size();
  tokens_.insert(tokens_.end(), ids.begin(), ids.end());  // what may throw comes first
  const bool logs = log != nullptr && log->end() == at && at < log_end;
  if (Status status = runner_->forward(ids, at, logits, logs ? log->ring() : nullptr); !status.ok()) return lose(std::move(status));
  if (logs) log->add(ids.size());
  logits_valid_ = false;
  stats_.tokens_run += ids.size();
  store_->count_run(ids.size(), reason == Reason::idle, std::chrono::duration<double>(Clock::now() - begin).count());
  return {};
}

// A device failed on the way: where the runner stands is not known, so it goes to the one place that needs nothing.
Status Sequence::lose(Status why) {
  tokens_.clear();
  logits_valid_ = false;
  (void)runner_->reset();  // if this fails too, so will what is asked of the sequence next
  return why;
}

// Runs the text up to `length`, keeping states on the way.
Status Sequence::run_text(size_t length, std::span<const size_t> marks, InputLog* log, const Control& control, float* logits) {
  const size_t begin = tokens_.size();
  while (tokens_.size() < length) {
    SW_TRY(control.step(tokens_.size() - begin, length - begin));
    const size_t at = tokens_.size();
    const auto mark = std::upper_bound(marks.begin(), marks.end(), at);
    const size_t end = std::min(next_stop(length), mark != marks.end() ? *mark : length);
    float* out = logits == nullptr ? nullptr : logits + (at - begin) * static_cast<size_t>(model_->vocab_size());
    SW_TRY(run(std::span(text_).subspan(at, end - at), log, kNoEnd, out, Reason::asked));
    const bool marked = std::binary_search(marks.begin(), marks.end(), end);
    if (marked || is_place(end)) keep(log, marked);
  }
  if (control.progress && length > begin) (void)control.progress(length - begin, length - begin);
  return {};
}

Status Sequence::append(std::span<const int32_t> ids, const Control& control, float* logits) {
  SW_TRY(check_ids(ids));
  if (ids.empty()) return control.check();
  std::vector<int32_t> text;
  text.reserve(tokens_.size() + ids.size());
  text = tokens_;
  text.insert(text.end(), ids.begin(), ids.end());
  set_text(text, text.size(), false);
  LogHold log(*this);
  return run_text(text_.size(), {}, log.get(), control, logits);
}

Status Sequence::check_step(std::span<Sequence* const> sequences, std::span<const int32_t> ids, const Control& control) {
  for (size_t i = 0; i < sequences.size(); ++i) {
    if (sequences[i]->model_ != sequences[0]->model_) return error(Code::argument, "sequence %zu is of another model than the first", i);
    if (std::find(sequences.begin(), sequences.begin() + static_cast<ptrdiff_t>(i), sequences[i]) != sequences.begin() + static_cast<ptrdiff_t>(i)) {
      return error(Code::argument, "sequence %zu is there twice", i);
    }
  }
  SW_TRY(sequences[0]->check_ids(ids));
  return control.check();
}

Status Sequence::step(std::span<Sequence* const> sequences, std::span<const int32_t> ids, const Control& control, float* logits) {
  if (sequences.empty()) return control.check();
  SW_TRY(check_step(sequences, ids, control));
  for (size_t i = 0; i < sequences.size(); ++i) {
    std::vector<int32_t> text = sequences[i]->tokens_;
    text.push_back(ids[i]);
    sequences[i]->set_text(text, text.size(), false);
  }
  return run_step(sequences, ids, true, [&](auto runners) { return sequences[0]->model_->step(runners, ids, logits); });
}

Status Sequence::draft_step(std::span<Sequence* const> sequences, std::span<const int32_t> ids, const Control& control, float* logits) {
  if (sequences.empty()) return control.check();
  SW_TRY(check_step(sequences, ids, control));
  return run_step(sequences, ids, false, [&](auto runners) { return sequences[0]->model_->step(runners, ids, logits); });
}

Status Sequence::draft_and_draw(std::span<Sequence* const> sequences, std::span<const int32_t> ids, const Control& control,
                                std::span<const draw::Law> laws, draw::Drawn* drawn) {
  if (sequences.empty()) return control.check();
  SW_TRY(check_step(sequences, ids, control));
  return run_step(sequences, ids, false, [&](auto runners) { return sequences[0]->model_->step_and_draw(runners, ids, laws, drawn); });
}

Status Sequence::run_step(std::span<Sequence* const> sequences, std::span<const int32_t> ids, bool keeps, const Step& step) {
  const Clock::time_point begin = Clock::now();
  const size_t n = sequences.size();
  std::deque<LogHold> logs;  // they cannot move
  std::vector<Runner*> runners;
  for (size_t i = 0; i < n; ++i) {
    Sequence& s = *sequences[i];
    s.tokens_.reserve(s.tokens_.size() + 1);  // what may throw comes first
    runners.push_back(s.runner_.get());
    InputLog* log = logs.emplace_back(s).get();
    const bool continues = log != nullptr && log->end() == s.tokens_.size();
    s.runner_->next = {s.tokens_.size(), continues ? log->ring() : nullptr};
  }
  if (Status status = step(runners); !status.ok()) {
    for (Sequence* s : sequences) (void)s->lose(status);
    return status;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count() / static_cast<double>(n);
  for (size_t i = 0; i < n; ++i) {
    Sequence& s = *sequences[i];
    if (InputLog* log = logs[i].get(); log != nullptr && log->end() == s.tokens_.size()) log->add(1);
    s.tokens_.push_back(ids[i]);
    s.logits_valid_ = false;
    ++s.stats_.tokens_run;
    s.store_->count_run(1, false, seconds);
    if (keeps && s.is_place(s.tokens_.size())) s.keep(logs[i].get(), false);
  }
  return {};
}

Status Sequence::draft(std::span<const int32_t> ids, const Control& control) {
  SW_TRY(check_ids(ids));
  LogHold log(*this);
  return run_off_text(ids, log.get(), control);
}

Status Sequence::run_off_text(std::span<const int32_t> ids, InputLog* log, const Control& control) {
  for (size_t done = 0; done < ids.size();) {
    SW_TRY(control.check());
    const size_t n = std::min(ids.size() - done, static_cast<size_t>(model_->chunk_len()));
    SW_TRY(run(ids.subspan(done, n), log, kNoEnd, nullptr, Reason::asked));
    done += n;
  }
  return {};
}

// From where the end of `ids` is reached, of which the first on_text are those of the text.
Sequence::Start Sequence::best_start(std::span<const int32_t> ids, size_t on_text, bool may_stay, const InputLog* log,
                                      const Control& control) {
  Start best;
  const Policy& policy = store_->policy();
  if (policy.kind == Policy::Kind::none) return best;
  const bool begins_so = !tokens_.empty() && tokens_.size() <= ids.size() && common_prefix(tokens_, ids) == tokens_.size();
  if (may_stay && policy.resumes_running() && begins_so) {
    best = {tokens_.size(), Source::running, nullptr};
  }
  if (const size_t common = common_prefix(tokens_, ids); may_stay && common > best.position && policy.kind == Policy::Kind::standard &&
                                                       runner_->reaches(common)) {
    best = {common, Source::log, nullptr, true};
  }
  if (is_scout_) return best;
  if (log != nullptr && log->begin() < log->end()) {
    const size_t position = std::min(log->end(), ids.size());
    if (position > best.position && log->reaches(position)) {
      auto base = store_->deepest(focus(), ids.first(std::min(position, on_text)), log->begin());
      const bool exact = base != nullptr && base->length == position;
      if (base != nullptr || log->begin() == 0) best = {position, exact ? Source::kept : Source::log, std::move(base)};
    }
  }
  if (auto kept = store_->deepest(focus(), ids.first(on_text), best.position + 1)) best = {kept->length, Source::kept, std::move(kept)};
  if (on_text > best.position + kDiskTokensMin) {
    if (auto kept = store_->from_disk(focus(), ids.first(on_text), best.position + kDiskTokensMin, control)) {
      best = {kept->length, Source::disk, std::move(kept)};
    }
  }
  return best;
}

// Puts `runner` at the start's position.
Status Sequence::go_to(const Start& start, Runner& runner, InputLog* log) {
  if (start.by_runner) {
    SW_ASSIGN(const size_t replayed, runner.go_back(start.position));
    stats_.tokens_replayed += replayed;
    return {};
  }
  const size_t base = start.kept == nullptr ? 0 : start.kept->length;
  SW_TRY(start.kept != nullptr ? runner.load(start.kept->state, base) : runner.reset());
  if (start.source != Source::log) return {};
  if (log->ring() != nullptr) SW_TRY(runner.replay(*log->ring(), base, start.position - base));
  stats_.tokens_replayed += start.position - base;
  return {};
}

// Stands at `start`, which is on `ids`.
Status Sequence::stand_at(const Start& start, std::span<const int32_t> ids, InputLog* log) {
  tokens_.reserve(ids.size());  // what may throw comes first
  if (start.source == Source::running) return {};
  if (Status status = go_to(start, *runner_, log); !status.ok()) return lose(std::move(status));
  tokens_.assign(ids.begin(), ids.begin() + static_cast<ptrdiff_t>(start.position));
  logits_valid_ = false;
  return {};
}

// The same, with the log going on from there.
Status Sequence::begin_at(const Start& start, std::span<const int32_t> ids, InputLog* log) {
  SW_TRY(stand_at(start, ids, log));
  if (log != nullptr) log->go_on_at(start.position);
  return {};
}

size_t Sequence::reach(std::span<const int32_t> ids) {
  const Policy& policy = store_->policy();
  if (policy.kind == Policy::Kind::none) return 0;
  const size_t common = common_prefix(tokens_, ids);
  if (common == tokens_.size() && policy.resumes_running()) return common;
  size_t best = is_scout_ ? 0 : store_->reach(focus(), ids);
  const LogHold log(*this);
  const InputLog* l = log.get();
  if (l == nullptr || l->begin() >= l->end()) return best;
  const size_t position = std::min(l->end(), common);
  if (position <= best || !l->reaches(position)) return best;
  const bool has_base = l->begin() == 0 || store_->reach(focus(), ids.first(position)) >= l->begin();
  return has_base ? position : best;
}

Result<Move> Sequence::move_to(const Target& target, const Control& control, bool cold) {
  const auto [text, prompt, marks, stable, learn] = target;
  SW_TRY(check_ids(text));
  SW_TRY(check_ids(prompt));
  const size_t on_text = common_prefix(text, prompt);
  set_text(text, on_text, learn, stable);
  LogHold log(*this);
  if (log.get() != nullptr) log.get()->truncate(common_prefix(tokens_, prompt));
  const Start start = cold ? Start() : best_start(prompt, on_text, true, log.get(), control);
  const uint64_t replayed = stats_.tokens_replayed;
  SW_TRY(begin_at(start, prompt, log.get()));
  const Move move{start.source, start.position, static_cast<size_t>(stats_.tokens_replayed - replayed)};
  if (!is_scout_) store_->count_prompt(focus(), move.source, on_text, prompt.size(), move.reused, move.replayed);
  if (start.source == Source::disk) keep(log.get(), true, {}, true);
  if (start.position <= on_text) {
    if (std::binary_search(marks.begin(), marks.end(), start.position)) keep(log.get(), true);
    SW_TRY(run_text(on_text, marks, log.get(), control, nullptr));
  }
  SW_TRY(run_off_text(prompt.subspan(tokens_.size()), log.get(), control));
  return move;
}

// Runs the text up to `point`, or until idle work is over.
Status Sequence::run_to_point(size_t point, size_t log_end, InputLog* log, Idle& idle) {
  const std::span<const int32_t> ids = std::span<const int32_t>(text_).first(point);
  const Start start = best_start(ids, ids.size(), true, log, idle.control);
  SW_TRY(stand_at(start, ids, log));
  while (tokens_.size() < point && !idle.over()) {
    SW_TRY(idle.control.check());
    const size_t at = tokens_.size();
    const size_t n = std::min({point - at, idle.tokens_left, static_cast<size_t>(model_->chunk_len())});
    SW_TRY(run(ids.subspan(at, n), log, log_end, nullptr, Reason::idle));
    idle.tokens_left -= n;
  }
  return {};
}

Result<size_t> Sequence::prepare(const Target& target, size_t max_tokens, const Control& control, const std::atomic<bool>* give_way) {
  SW_TRY(check_ids(target.prompt));
  if (is_scout_ || reach(target.prompt) == target.prompt.size()) return size_t{0};
  Idle idle{max_tokens, give_way, control};
  set_text(target.prompt, target.prompt.size(), false, target.stable);
  LogHold log(*this);
  if (log.get() != nullptr) log.get()->truncate(common_prefix(tokens_, text_));
  const Start start = best_start(text_, text_.size(), true, log.get(), control);
  SW_TRY(begin_at(start, text_, log.get()));
  for (const size_t mark : target.marks) {
    if (mark <= tokens_.size()) continue;
    if (idle.over()) break;
    SW_TRY(run_to_point(mark, kNoEnd, log.get(), idle));
    keep(log.get(), true);  // also on the way, when it is over: the next time goes on from here
  }
  return max_tokens - idle.tokens_left;
}

Result<size_t> Sequence::refill(size_t max_tokens, const Control& control, const std::atomic<bool>* give_way) {
  if (is_scout_ || text_.empty()) return size_t{0};
  Idle idle{max_tokens, give_way, control};
  size_t log_end = 0;
  {
    // What follows the cursor closely is logged, too: the next edit is often a line or two further down.
    LogHold log(*this);
    if (InputLog* l = log.get()) {
      const size_t cursor = static_cast<size_t>(focus().place.cursor);
      l->truncate(common_prefix(tokens_, text_));
      log_end = std::min(text_.size(), cursor + l->capacity() / kLogAheadPart);
      if (l->end() >= cursor && l->end() < log_end) SW_TRY(run_to_point(log_end, log_end, l, idle));
    }
  }
  std::vector<size_t> plan = store_->plan(focus());
  for (size_t& place : plan) place = model_->kept_length(place);
  plan.erase(std::unique(plan.begin(), plan.end()), plan.end());
  // What follows the cursor first: behind it something is kept already, an edit has left nothing ahead.
  std::vector<size_t> order = plan;
  const auto ahead = std::upper_bound(order.begin(), order.end(), static_cast<size_t>(focus().place.cursor));
  std::rotate(order.begin(), ahead, order.end());
  LogHold log(*this);
  for (const size_t point : order) {
    if (idle.over()) break;
    if (point == 0 || store_->has(focus(), point)) continue;
    SW_TRY(run_to_point(point, log_end, log.get(), idle));
    keep(log.get(), false, plan);  // also on the way, when it is over: the next time goes on from here
  }
  // The log is of the tokens that the state has seen: back behind them.
  if (log.get() != nullptr && tokens_.size() < log.get()->end()) {
    Idle none{0, nullptr, control};
    SW_TRY(run_to_point(log.get()->end(), log_end, log.get(), none));
  }
  return max_tokens - idle.tokens_left;
}

Result<std::span<const float>> Sequence::logits() {
  if (tokens_.empty()) return error(Code::state, "the sequence is empty: append a token first");
  if (model_->count_only()) return error(Code::state, "the model was opened to count tokens: it computes no logits");
  if (logits_.size() == 0) {
    SW_ASSIGN(logits_, FloatBuffer::create(model_->backend().allocator(), static_cast<size_t>(model_->vocab_size())));
  }
  if (!logits_valid_) SW_TRY(runner_->head(logits_.data()));
  logits_valid_ = true;
  return std::span<const float>(logits_.data(), logits_.size());
}

Result<draw::Drawn> Sequence::draw_next(const draw::Law& law) {
  if (tokens_.empty()) return error(Code::state, "the sequence is empty: append a token first");
  return runner_->draw_next(law);
}

void Sequence::forget() {
  if (focus_) store_->forget(*focus_);
}

// A kept state is a convenience: without memory for it the sequence goes on, only a way back costs more.
void Sequence::keep(const InputLog* log, bool marked, std::span<const size_t> plan, bool on_disk) {
  if (is_scout_) return;
  const size_t length = model_->kept_length(tokens_.size());
  auto room = store_->admit(focus(), length, marked, log == nullptr ? Logged() : log->range(), plan);
  if (!room || !runner_->save(room->memory).ok()) return;
  store_->add(focus(), std::span(tokens_).first(length), std::move(room->memory), std::move(room->lease), marked, on_disk);
}

Status Sequence::rewind(size_t length, const Control& control) {
  if (length > tokens_.size()) {
    return error(Code::argument, "cannot rewind to %zu: the sequence has %zu tokens", length, tokens_.size());
  }
  if (length == tokens_.size()) return {};
  if (!is_on_text()) set_text(std::vector<int32_t>(tokens_), tokens_.size(), false);
  LogHold log(*this);
  if (store_->policy().kind == Policy::Kind::standard && runner_->reaches(length)) {
    SW_TRY(control.step(0, 1));
    SW_TRY(go_back(length));
  } else {
    const std::span<const int32_t> ids = std::span<const int32_t>(tokens_).first(length);
    SW_TRY(run_again(best_start(ids, ids.size(), false, log.get(), control), length, log.get(), control));
  }
  tokens_.resize(length);
  if (log.get() != nullptr) log.get()->go_on_at(length);
  if (!is_scout_) store_->edit(focus(), text_, text_.size(), length, true);
  logits_valid_ = false;
  ++stats_.rewinds;
  return {};
}

// By the runner's own log.
Status Sequence::go_back(size_t length) {
  auto replayed = runner_->go_back(length);
  if (!replayed.ok()) return lose(std::move(replayed).status());
  stats_.tokens_replayed += replayed.value();
  return {};
}

// By another runner, so that on error nothing has changed.
Status Sequence::run_again(const Start& start, size_t length, InputLog* log, const Control& control) {
  SW_TRY(control.step(0, length - start.position));
  SW_ASSIGN(auto runner, model_->new_runner());
  SW_TRY(go_to(start, *runner, log));
  for (size_t at = start.position; at < length;) {
    SW_TRY(control.step(at - start.position, length - start.position));
    const size_t n = std::min(static_cast<size_t>(model_->chunk_len()), length - at);
    SW_TRY(runner->forward(std::span(tokens_).subspan(at, n), at, nullptr, nullptr));
    at += n;
    stats_.tokens_run += n;
    stats_.tokens_rerun += n;
    store_->count_run(n, false, 0);
  }
  runner_ = std::move(runner);
  return {};
}

Result<std::unique_ptr<Sequence>> Sequence::another(bool brief) const {
  SW_ASSIGN(auto runner, runner_->copy(brief));
  std::unique_ptr<Sequence> other(new Sequence(model_, store_, tokenizer_, std::move(runner)));
  other->tokens_ = tokens_;
  return other;
}

Result<std::unique_ptr<Sequence>> Sequence::scout() const {
  SW_ASSIGN(auto other, another(true));
  other->is_scout_ = true;
  return other;
}

Result<std::unique_ptr<Sequence>> Sequence::fork() const {
  SW_ASSIGN(auto other, another(false));
  other->text_ = tokens_;
  return other;
}

Result<Snapshot> Sequence::snapshot() const {
  StateBudget& budget = store_->budget();
  auto room = store_->room_for_snapshot(*model_);
  if (!room) {
    return error(Code::no_memory, "the snapshot budget of %llu bytes is spent: free snapshots or raise snapshot_bytes_max",
                 static_cast<unsigned long long>(budget.max()));
  }
  auto kept = std::make_shared<KeptState>();
  kept->length = model_->kept_length(tokens_.size());
  kept->lease = std::move(room->lease);
  kept->state = std::move(room->memory);
  Status saved = runner_->save(kept->state);
  while (saved.code() == Code::no_memory && store_->spares()->drop()) saved = runner_->save(kept->state);
  SW_TRY(saved);
  if (model_->pins_states()) {
    kept->spares = store_->spares();
    kept->model = model_;
  }
  return Snapshot{model_, tokens_, std::move(kept)};
}

// The same object, or the same weights run by the same kernels.
Status Sequence::check_same_model(const Snapshot& snapshot) const {
  if (snapshot.model == model_) return {};
  SW_ASSIGN(const std::string theirs, snapshot.model->hash({}));
  SW_ASSIGN(const std::string ours, model_->hash({}));
  if (theirs == ours && snapshot.model->numerics() == model_->numerics()) return {};
  return error(Code::mismatch, "the snapshot is of another model or other kernels: %s",
               snapshot.model->checkpoint().directory.c_str());
}

Status Sequence::restore(const Snapshot& snapshot) {
  SW_TRY(check_same_model(snapshot));
  set_text(snapshot.tokens, snapshot.tokens.size(), false);
  LogHold log(*this);
  tokens_.reserve(text_.size());
  const KeptState& kept = *snapshot.kept;
  if (InputLog* l = log.get()) {
    l->truncate(common_prefix(tokens_, text_));
    if (l->end() != kept.length) l->restart(kept.length);
  }
  if (Status status = runner_->load(kept.state, kept.length); !status.ok()) return lose(std::move(status));
  tokens_.assign(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(kept.length));
  logits_valid_ = false;
  const Control control;
  return run_off_text(std::span(text_).subspan(kept.length), log.get(), control);  // a few on a device, none on the CPU
}

}  // namespace sw
