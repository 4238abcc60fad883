#include "complete/ahead.h"

#include <new>

namespace sw {
namespace {

// Equal tasks have equal answers: who asked when, and who listens, makes no difference.
bool same_answer(const CompletionTask& a, const CompletionTask& b) {
  const CompletionOptions &p = a.options, &q = b.options;
  return a.mode == b.mode && a.parts == b.parts && a.place == b.place && p.layout == q.layout && p.healing == q.healing &&
         p.max_tokens == q.max_tokens && p.n_candidates == q.n_candidates && p.sampling == q.sampling && p.stop == q.stop &&
         p.multiline == q.multiline && p.cut_at_syntax == q.cut_at_syntax && p.logprob_min == q.logprob_min &&
         p.only_at_useful == q.only_at_useful;
}

std::string_view last_line(std::string_view text) {
  const size_t end = text.find_last_of("\r\n");
  return end == std::string_view::npos ? text : text.substr(end + 1);
}

}  // namespace

std::optional<CompletionTask> accepted(const CompletionTask& task, const CompletionResult& result) {
  if (!result.status.ok() || result.candidates.empty() || result.candidates.front().text.empty()) return std::nullopt;
  const std::string& text = result.candidates.front().text;
  CompletionTask next = task;
  next.options.on_text = nullptr;
  next.options.time_budget_ms = 0;
  next.options.cold = false;
  next.ahead = nullptr;
  next.foreseen = true;
  next.parts.prefix += text;
  next.place.line_before = last_line(next.place.line_before + text);
  for (size_t* edge : {&next.windows.cursor, &next.windows.tail_begin, &next.windows.suffix_end}) *edge += text.size();
  return next;
}

void Ahead::start(CompletionTask task) {
  const std::lock_guard lock(mutex_);
  if (dropped_) return;
  task_ = std::make_shared<const CompletionTask>(std::move(task));
  post(*task_->loaded->engine);
}

void Ahead::post(Engine& engine) {
  engine.post([self = shared_from_this()] { self->run(); }, Priority::later);
}

void Ahead::run() {
  const std::lock_guard running(running_);
  std::shared_ptr<const CompletionTask> task;
  {
    const std::lock_guard lock(mutex_);
    task = task_;
  }
  if (task == nullptr) return;
  Engine& engine = *task->loaded->engine;
  try {
    CompletionResult result = complete(*task, engine.worker().wanted());
    const bool gave_way = result.status.code() == Code::cancelled;
    const std::lock_guard lock(mutex_);
    if (dropped_) return;
    if (gave_way) {
      post(engine);
    } else if (result.status.ok() && !result.candidates.empty()) {
      result_ = std::move(result);
    }
  } catch (const std::bad_alloc&) {  // a convenience: without memory for it nothing is lost
    drop();
  }
}

std::optional<CompletionResult> Ahead::take(const CompletionTask& task) {
  const std::lock_guard lock(mutex_);
  if (!result_ || task.options.cold || !same_answer(*task_, task)) return std::nullopt;
  CompletionResult result = std::move(*result_);
  result_.reset();
  result.cost_nothing(Origin::ahead);
  // The text before the windows may have been edited meanwhile.
  const size_t from = task_->windows.cursor, to = task.windows.cursor;
  Windows& w = result.windows;
  for (size_t* edge : {&w.prefix_begin, &w.head_end, &w.cursor, &w.tail_begin, &w.suffix_end}) *edge += to - from;
  return result;
}

void Ahead::drop() {
  const std::lock_guard lock(mutex_);
  dropped_ = true;
  task_ = nullptr;
  result_.reset();
}

void Ahead::stop(Engine& engine) {
  drop();
  if (running_.try_lock()) {
    running_.unlock();
    return;
  }
  try {
    engine.post([] {}, Priority::now);  // what runs gives way to it
  } catch (const std::bad_alloc&) {     // then it is waited for to its end
  }
  const std::lock_guard running(running_);
}

}  // namespace sw
