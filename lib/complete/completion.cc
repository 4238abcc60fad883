#include "complete/completion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "complete/ahead.h"
#include "complete/typed_text.h"
#include "context/completion_shape.h"
#include "context/syntax_cut.h"

namespace sw {
namespace {

constexpr float kCandidateTemperature = 0.6f;  // for candidates after the first, when greedy was asked for
constexpr size_t kSuffixTokensScored = 32;
constexpr uint64_t kDraftsMax = 8;  // candidates drawn together
constexpr auto kFinishTime = std::chrono::milliseconds(20);  // beyond the time budget, to see where the syntax ends what there is

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

// One run of a task: what its steps share.
class Completion {
 public:
  Completion(const CompletionTask& task, const std::atomic<bool>& cancel)
      : task_(task),
        tokenizer_(*task.loaded->tokenizer),
        shape_(shape_of(task)),
        rules_(task.place, wants_one_line(task.options.multiline, shape_), task.options.stop) {
    control_.cancel = &cancel;
    if (task.options.time_budget_ms > 0) control_.deadline = task.asked + std::chrono::milliseconds(task.options.time_budget_ms);
    result_.mode = task.mode;
    result_.windows = task.windows;
    result_.queue_ms = ms_since(task.asked);
  }

  CompletionResult run() {
    result_.status = run_steps();
    const Code code = result_.status.code();
    // Who cancelled, or was late, keeps what there is; after any other failure nothing is right enough to be shown.
    if (code != Code::ok && code != Code::cancelled && code != Code::deadline) result_.candidates.clear();
    rank();
    result_.total_ms = ms_since(task_.asked);
    return std::move(result_);
  }

 private:
  // By the cursor's line alone: a tree that may be there or not, as parsing has come along, would make results a matter of luck.
  static CompletionShape shape_of(const CompletionTask& task) {
    const Place& place = task.place;
    return completion_shape(place.line_before + place.line_after, place.line_before.size(), language_of_window(task.parts), nullptr);
  }

  static bool wants_one_line(Multiline multiline, const CompletionShape& shape) {
    return multiline == Multiline::one_line || (multiline == Multiline::as_place && shape.extent == Extent::one_line);
  }

  static const Language* language_of_window(const PromptParts& parts) {
    const size_t line = parts.prefix.find('\n') + 1;  // a window that begins within a line has a broken first line
    return language_of(parts.path, std::string_view(parts.prefix).substr(0, line));
  }

  Status run_steps() {
    SW_TRY(control_.check());
    if (task_.options.only_at_useful && !shape_.ask) {
      Candidate& none = result_.candidates.emplace_back();
      none.finish = Finish::place;
      none.cut = shape_.why;
      return {};
    }
    const LoadedModel& loaded = *task_.loaded;
    PromptCache& cache = *task_.cache;
    const PlanRequest request{loaded.settings, task_.mode, task_.options.healing, task_.options.layout, task_.parts, cache.n_near};
    SW_ASSIGN(Plan plan, make_plan(request, loaded.tokenizer, cache.window, cache.sequence.get()));
    result_.mode = plan.mode;
    result_.layout = plan.layout;
    result_.windows = windows_of(plan.layout);
    result_.options = std::move(plan.options);
    result_.parts = std::move(plan.prompt.parts);
    result_.prompt = std::move(plan.prompt.ids);
    result_.typed = std::move(plan.prompt.typed);
    if (result_.prompt.empty()) return error(Code::state, "nothing to go on from: no text before the cursor and no BOS token");
    SW_TRY(run_prompt(plan.prompt));
    cache.n_near = plan.better.ids.empty() ? 0 : cache.n_near + 1;
    cache.better = std::move(plan.better);
    return task_.options.max_tokens > 0 ? run_candidates() : Status();
  }

  // What the prompt shows.
  Windows windows_of(PromptLayout layout) const {
    const Windows& w = task_.windows;
    if (layout == PromptLayout::split) return w;
    return layout == PromptLayout::near ? Windows{w.head_end, w.head_end, w.cursor, w.tail_begin, w.tail_begin} : w.whole();
  }

  // Brings the cached sequence to the prompt, from wherever that takes fewest tokens.
  Status run_prompt(const Prompt& prompt) {
    const Clock::time_point begin = Clock::now();
    if (task_.loaded->engine->store()->policy().kind == Policy::Kind::running) drop_unless_appended();
    auto& sequence = task_.cache->sequence;
    if (sequence == nullptr) {
      SW_ASSIGN(sequence, Sequence::create(task_.loaded->model, task_.loaded->engine->store(), tokenizer_.hash()));
    }
    // Another way to lay out the text is no edit of the user; but what is near is chosen because of one.
    PromptCache& cache = *task_.cache;
    const bool learn = !task_.foreseen && cache.mode == result_.mode && (cache.layout == result_.layout || result_.layout == PromptLayout::near);
    cache.mode = result_.mode;
    cache.layout = result_.layout;
    const std::vector<TokenId>& text = prompt.text.empty() ? result_.prompt : prompt.text;
    SW_ASSIGN(const Move move, sequence->move_to({text, result_.prompt, prompt.marks, prompt.stable, learn}, control_, task_.options.cold));
    result_.reused_tokens = move.reused;
    result_.replayed_tokens = move.replayed;
    result_.source = move.source;
    result_.prompt_ms = ms_since(begin);
    return {};
  }

  // One running state serves a text that only grows: the baseline is what others do.
  void drop_unless_appended() {
    PromptCache& cache = *task_.cache;
    if (cache.sequence != nullptr && !task_.parts.prefix.starts_with(cache.last_prefix)) {
      cache.sequence->forget();
      cache.sequence.reset();
    }
    cache.last_prefix = task_.parts.prefix;
  }

  // One candidate while it is drawn.
  struct Draft {
    int index;
    Sequence* sequence;
    std::unique_ptr<Sequence> own;  // what `sequence` is, but for the first
    SamplingOptions sampling;
    NewText text;
    TypedText typed;
    std::span<const float> logits;      // after its last token, or empty:
    std::optional<draw::Drawn> drawn;  // the model has drawn the next one
    Candidate candidate;
    Finish reason = Finish::max_tokens;
    bool over = false;
  };

  Status run_candidates() {
    std::unique_ptr<Sequence> base;  // the prompt's end, for the candidates after the first
    if (task_.options.n_candidates > 1 || scores_suffix()) {
      SW_ASSIGN(base, task_.cache->sequence->scout());
    }
    for (int next = 0; next < task_.options.n_candidates;) {
      std::vector<Draft> drafts;
      SW_TRY(begin_drafts(base.get(), next, drafts));
      next += static_cast<int>(drafts.size());
      Status status = draw_all(drafts);
      const bool is_over = !status.ok() || any_called_off(drafts);
      const size_t first = result_.candidates.size();
      const Control finishing = finishing_control();
      for (Draft& draft : drafts) take(draft, status, finishing);
      if (status.code() == Code::deadline) return {};
      SW_TRY(std::move(status));
      if (is_over) return {};
      for (size_t i = first; scores_suffix() && i < result_.candidates.size(); ++i, ++n_scored_) {
        status = score_suffix(*base, result_.candidates[i]);
        if (status.code() == Code::deadline) return {};
        SW_TRY(std::move(status));
      }
    }
    return {};
  }

  // The candidates from `next` on that are drawn together: as many as have room beside the kept states.
  Status begin_drafts(const Sequence* base, int next, std::vector<Draft>& drafts) {
    const Model& model = *task_.loaded->model;
    const uint64_t room = task_.loaded->engine->store()->budget().max() / std::max<uint64_t>(model.state_bytes(), 1);
    const int n = std::min(task_.options.n_candidates - next, static_cast<int>(std::clamp<uint64_t>(room, 1, kDraftsMax)));
    drafts.reserve(static_cast<size_t>(n));
    for (int i = next; i < next + n; ++i) {
      std::unique_ptr<Sequence> own;
      if (i > 0) {
        auto scout = base->scout();
        if (!scout.ok() && !drafts.empty()) return {};  // no memory for all at once: the rest comes after these
        SW_ASSIGN(own, std::move(scout));
      }
      Sequence* sequence = i == 0 ? task_.cache->sequence.get() : own.get();
      drafts.push_back({i, sequence, std::move(own), sampling_of(i), NewText(task_.loaded->tokenizer, result_.typed.size()),
                        TypedText(tokenizer_, result_.typed), {}, {}, {}});
    }
    return {};
  }

  static bool any_called_off(const std::vector<Draft>& drafts) {
    return std::any_of(drafts.begin(), drafts.end(), [](const Draft& d) { return d.reason == Finish::callback; });
  }

  // Whether the next token of these is drawn by the model: what was typed holds none of them, and the law says all of their options.
  template <class Drafts>
  bool model_draws(const Drafts& drafts) const {
    return task_.loaded->model->draws() && std::ranges::all_of(drafts, [](const Draft* d) {
             return d->typed.is_over() && is_drawn_by_law(d->sampling);
           });
  }

  draw::Law law_of(const Draft& draft) const { return sw::law_of(draft.sampling, tokenizer_.vocab_size()); }  // padding rows are no tokens

  // A candidate that is late is cut where one in time would be.
  Control finishing_control() const {
    Control control = control_;
    if (control.deadline) control.deadline = std::max(*control.deadline, Clock::now()) + kFinishTime;
    return control;
  }

  // Token by token, those of all drafts in one step. cancelled, deadline: those that are not over stand where they are, all after as many
  // tokens: what a step has computed is drawn before anybody looks at the time.
  Status draw_all(std::vector<Draft>& drafts) {
    FloatBuffer logits;
    for (Draft& draft : drafts) {
      SW_TRY(control_.check());
      if (model_draws(std::array{&draft})) {
        SW_ASSIGN(draft.drawn, draft.sequence->draw_next(law_of(draft)));
      } else {
        SW_ASSIGN(draft.logits, draft.sequence->logits());
      }
    }
    for (std::vector<Draft*> moving;;) {
      moving.clear();
      for (Draft& draft : drafts) {
        if (draft.over) continue;
        SW_TRY(draw_token(draft));
        if (draft.reason == Finish::callback) return {};
        if (!draft.over) moving.push_back(&draft);
      }
      if (moving.empty()) return {};
      SW_TRY(step(moving, drafts.size(), logits));
    }
  }

  // The last tokens of these drafts through the model; what is drawn next, or the logits of it in `logits`, which has rows for n_rows.
  Status step(std::span<Draft* const> drafts, size_t n_rows, FloatBuffer& logits) {
    std::vector<Sequence*> sequences;
    std::vector<int32_t> ids;
    for (Draft* draft : drafts) {
      sequences.push_back(draft->sequence);
      ids.push_back(draft->candidate.ids.back());
    }
    if (model_draws(drafts)) {
      std::vector<draw::Law> laws;
      std::vector<draw::Drawn> drawn(drafts.size());
      for (const Draft* draft : drafts) laws.push_back(law_of(*draft));
      SW_TRY(Sequence::draft_and_draw(sequences, ids, control_, laws, drawn.data()));
      for (size_t i = 0; i < drafts.size(); ++i) drafts[i]->drawn = drawn[i];
      return {};
    }
    const auto n_logits = static_cast<size_t>(task_.loaded->model->vocab_size());
    if (logits.size() == 0) {
      SW_ASSIGN(logits, FloatBuffer::create(task_.loaded->model->backend().allocator(), n_rows * n_logits));
    }
    SW_TRY(Sequence::draft_step(sequences, ids, control_, logits.data()));
    for (size_t i = 0; i < drafts.size(); ++i) drafts[i]->logits = logits.span().subspan(i * n_logits, n_logits);
    return {};
  }

  bool scores_suffix() const {
    return result_.mode == FillMode::prefix && task_.options.n_candidates > 1 && !task_.parts.suffix.empty();
  }

  SamplingOptions sampling_of(int index) const {
    SamplingOptions sampling = task_.options.sampling;
    if (index > 0 && sampling.temperature == 0) sampling.temperature = kCandidateTemperature;
    sampling.seed += static_cast<uint64_t>(index);
    return sampling;
  }

  std::string shown(const std::string& raw) const { return result_.mode == FillMode::instruct ? code_of_reply(raw) : raw; }

  // The token that follows, with its log probability; nothing when none may follow.
  std::optional<std::pair<int32_t, double>> next_token(Draft& draft) const {
    if (const auto drawn = std::exchange(draft.drawn, std::nullopt)) return std::pair(drawn->id, draw::log_probability(*drawn));
    std::span<const float> logits = draft.logits.first(static_cast<size_t>(tokenizer_.vocab_size()));  // padding rows are no tokens
    if (!draft.typed.is_over()) logits = draft.typed.hold(logits);
    if (logits.empty()) return std::nullopt;
    const draw::Drawn drawn = draw_from(logits, draft.sampling, draft.sequence->tokens().size());
    return std::pair(drawn.id, draw::log_probability(drawn));
  }

  // Draws a token and looks whether it was the last.
  Status draw_token(Draft& draft) {
    Candidate& candidate = draft.candidate;
    const auto end = [&](Finish reason) {
      draft.reason = reason;
      draft.over = true;
      return Status();
    };
    if (static_cast<int>(candidate.ids.size()) >= task_.options.max_tokens) return end(Finish::max_tokens);
    const auto next = next_token(draft);
    if (!next) return end(Finish::eos);
    const auto [id, logprob] = *next;
    ++result_.generated_tokens;
    if (result_.first_token_ms == 0) result_.first_token_ms = ms_since(task_.asked);
    if (tokenizer_.is_control(id)) {
      candidate.end_logprob = logprob;
      return end(Finish::eos);
    }
    candidate.ids.push_back(id);
    candidate.logprob += logprob;
    draft.typed.advance(id);
    const size_t before = candidate.raw.size();
    SW_TRY(draft.text.push(id, candidate.raw));
    if (!tell(draft.index, std::string_view(candidate.raw).substr(before))) return end(Finish::callback);
    if (result_.mode == FillMode::instruct && reply_is_over(candidate.raw)) return end(Finish::eos);
    if (rules_.check(shown(candidate.raw))) return end(Finish::max_tokens);  // finish() has the rule's own reason
    return {};
  }

  // Makes a candidate of the draft, which `status` stopped if it was not over.
  void take(Draft& draft, const Status& status, const Control& finishing) {
    Candidate& candidate = draft.candidate;
    const bool late = status.code() == Code::deadline;
    if (!draft.over) draft.reason = late ? Finish::time : status.ok() ? Finish::callback : Finish::none;
    // An empty one of a request that was stopped is none, but for the first of a late one, which says why it is empty.
    const bool stopped = !draft.over || !status.ok();
    if (stopped && candidate.ids.empty() && (draft.index > 0 || !late)) return;
    const size_t before = candidate.raw.size();
    draft.text.finish(candidate.raw);
    if (draft.reason != Finish::callback) (void)tell(draft.index, std::string_view(candidate.raw).substr(before));
    finish(candidate, draft.reason, finishing);
    result_.candidates.push_back(std::move(candidate));
  }

  bool tell(int index, std::string_view text) const {
    return text.empty() || !task_.options.on_text || task_.options.on_text(index, text);
  }

  static bool reply_is_over(const std::string& raw) {
    const size_t open = raw.find("```");
    if (open == std::string::npos) return false;
    const size_t line = raw.find('\n', open);
    return line != std::string::npos && raw.find("```", line) != std::string::npos;
  }

  void finish(Candidate& candidate, Finish reason, const Control& control) const {
    const std::string text = shown(candidate.raw);
    auto cut = rules_.check(text);
    if (!cut) cut = rules_.finish(text, reason);
    candidate.text = text.substr(0, cut->end);
    candidate.finish = cut->finish;
    candidate.cut = cut->why;
    if (candidate.text.size() < text.size() && candidate.cut.empty()) candidate.cut = "white space at the end";
    if (task_.options.cut_at_syntax) cut_at_syntax(candidate, control);
    if (task_.options.logprob_min < 0 && !candidate.ids.empty()) hide_unlikely(candidate);
  }

  void cut_at_syntax(Candidate& candidate, const Control& control) const {
    const PromptParts& parts = task_.parts;
    const SyntaxCut cut = sw::cut_at_syntax(parts.prefix, candidate.text, parts.suffix, language_of_window(parts), control);
    if (cut.rule == SyntaxCutRule::none) return;
    candidate.text.resize(cut.end);
    candidate.finish = Finish::syntax;
    candidate.cut = cut.why;
  }

  void hide_unlikely(Candidate& candidate) const {
    const double mean = candidate.logprob / double(candidate.ids.size());
    if (mean >= task_.options.logprob_min) return;
    candidate.text.clear();
    candidate.finish = Finish::unlikely;
    candidate.cut = format("its tokens have a mean log probability of %.2f", mean);
  }

  // How likely the text after the cursor is once this candidate stands there.
  Status score_suffix(const Sequence& base, Candidate& candidate) {
    SW_ASSIGN(auto sequence, base.scout());
    SW_ASSIGN(const auto middle, tokenizer_.encode_continuation(result_.typed + candidate.text));
    SW_ASSIGN(auto suffix, tokenizer_.encode_continuation(task_.parts.suffix));
    if (suffix.size() > kSuffixTokensScored) suffix.resize(kSuffixTokensScored);
    SW_TRY(sequence->draft(middle, control_));
    double sum = 0;
    for (const TokenId id : suffix) {
      SW_ASSIGN(const auto logits, sequence->logits());
      sum += log_probability(logits.first(static_cast<size_t>(tokenizer_.vocab_size())), id);
      SW_TRY(sequence->draft(std::span(&id, 1), control_));
    }
    candidate.suffix_logprob = sum;
    return {};
  }

  // Best first: by the suffix where it was scored for all, else by the mean likelihood of a token. Equal texts are shown once.
  void rank() {
    auto& candidates = result_.candidates;
    const bool scored = n_scored_ > 0 && n_scored_ == candidates.size();
    const auto value = [&](const Candidate& c) {
      const double mean = (c.logprob + c.end_logprob) / static_cast<double>(c.ids.size() + 1);
      return scored ? c.suffix_logprob / kSuffixTokensScored + mean : mean;
    };
    std::stable_sort(candidates.begin(), candidates.end(), [&](const auto& a, const auto& b) { return value(a) > value(b); });
    std::vector<Candidate> unique;
    for (Candidate& c : candidates) {
      const bool seen = std::any_of(unique.begin(), unique.end(), [&](const Candidate& u) { return u.text == c.text; });
      if (!seen) unique.push_back(std::move(c));
    }
    candidates = std::move(unique);
  }

  const CompletionTask& task_;
  const Tokenizer& tokenizer_;
  const CompletionShape shape_;
  const StopRules rules_;
  Control control_;
  CompletionResult result_;
  size_t n_scored_ = 0;  // candidates with a suffix_logprob
};

}  // namespace

void CompletionResult::cost_nothing(Origin why) {
  origin = why;
  reused_tokens = prompt.size();
  replayed_tokens = generated_tokens = 0;
  queue_ms = prompt_ms = first_token_ms = total_ms = 0;
}

CompletionResult complete(const CompletionTask& task, const std::atomic<bool>& cancel) {
  return Completion(task, cancel).run();
}

Result<size_t> refill(PromptCache& cache, size_t max_tokens, const Control& control, const std::atomic<bool>& give_way) {
  if (cache.sequence == nullptr) return size_t{0};
  size_t done = 0;
  if (const Prompt& better = cache.better; !better.ids.empty()) {
    const Target target{better.ids, better.ids, better.marks, better.stable, false};
    SW_ASSIGN(done, cache.sequence->prepare(target, max_tokens, control, &give_way));
    cache.layout = PromptLayout::split;
    if (done == max_tokens || give_way.load(std::memory_order_relaxed)) return done;
    cache.better = {};
  }
  SW_ASSIGN(const size_t n, cache.sequence->refill(max_tokens - done, control, &give_way));
  return done + n;
}

std::optional<CompletionResult> rest_of(const CompletionResult& result, std::string_view typed) {
  if (!result.status.ok() || result.candidates.empty()) return std::nullopt;
  const Candidate& best = result.candidates.front();
  if (best.text.size() <= typed.size() || !best.text.starts_with(typed)) return std::nullopt;
  CompletionResult rest = result;
  rest.candidates.resize(1);
  rest.candidates[0].text.erase(0, typed.size());
  rest.cost_nothing(Origin::shown);
  rest.options.clear();
  return rest;
}

std::shared_ptr<Request> Request::done_with(CompletionResult result) {
  auto request = create();
  request->result_ = std::move(result);
  request->done_ = request->settled_ = true;
  return request;
}

Status Request::start(CompletionTask task, std::function<void()> on_done) {
  Engine& engine = *task.loaded->engine;
  // shared: std::function wants a copyable job; the task itself is moved out of it.
  auto shared = std::make_shared<CompletionTask>(std::move(task));
  engine.post([self = shared_from_this(), shared, on_done = std::move(on_done)] { self->run(std::move(*shared), on_done); },
              Priority::now);
  return {};
}

namespace {

constexpr size_t kIdleTokens = 64;  // of one step

// What the engine does when nobody asks for anything. A convenience: without memory for it nothing is lost.
void look_ahead(const CompletionTask& task, const CompletionResult& result) {
  if (task.ahead != nullptr) {
    if (auto next = accepted(task, result)) task.ahead->start(std::move(*next));
  }
  Engine& engine = *task.loaded->engine;
  if (!engine.idle_refill()) return;
  engine.worker().when_idle(task.cache.get(), [weak = std::weak_ptr(task.cache)](const Control& control) {
    const auto cache = weak.lock();
    if (cache == nullptr) return false;
    const auto n = refill(*cache, kIdleTokens, {}, *control.cancel);
    return n.ok() && (n.value() > 0 || control.cancel->load(std::memory_order_relaxed));
  });
}

}  // namespace

void Request::run(CompletionTask task, const std::function<void()>& on_done) {
  {
    // All that holds on to model and engine goes before the request is done, so that whoever waited for it may free them.
    const CompletionTask mine = std::move(task);
    try {
      result_ = complete(mine, cancel_);
    } catch (const std::bad_alloc&) {
      result_ = {};
      result_.status = {Code::no_memory, "out of memory"};
    } catch (...) {
      result_ = {};
      result_.status = {Code::internal, "an exception"};  // short enough to need no memory
    }
    try {
      look_ahead(mine, result_);
    } catch (...) {
    }
  }
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  if (on_done) on_done();
  {
    // Notified under the lock: whoever waits may free the request right after.
    const std::lock_guard lock(mutex_);
    settled_ = true;
    changed_.notify_all();
  }
}

void Request::wait_settled() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return settled_; });
}

bool Request::done() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

bool Request::wait_until(std::optional<Clock::time_point> time) const {
  std::unique_lock lock(mutex_);
  const auto is_done = [&] { return done_; };
  if (!time) {
    changed_.wait(lock, is_done);
    return true;
  }
  return changed_.wait_until(lock, *time, is_done);
}

}  // namespace sw
