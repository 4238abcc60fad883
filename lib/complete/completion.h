// One completion: from a place in a buffer to ranked candidates.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "complete/engine.h"
#include "complete/planner.h"
#include "complete/prompt.h"
#include "complete/sampler.h"
#include "complete/stop_rules.h"
#include "complete/windows.h"

namespace sw {

// What ran a buffer's last prompts, kept for the next one. Used by the worker alone.
struct PromptCache {
  std::unique_ptr<Sequence> sequence;
  std::unique_ptr<TokenizedText> window;
  std::string last_prefix;  // for Policy::Kind::running alone
  PromptLayout layout = PromptLayout::whole;  // of the last prompt, with its mode
  FillMode mode = FillMode::model_default;
  int n_near = 0;           // the last prompts that left out what is far
  Prompt better;            // what would show it: to be run while idle
};

enum class Multiline { as_place, one_line, many };

struct CompletionOptions {
  FillMode mode = FillMode::model_default;
  PromptLayout layout = PromptLayout::model_default;
  Healing healing = Healing::model_default;
  int max_tokens = 128;  // 0: the prompt is run, nothing is generated
  int n_candidates = 1;
  SamplingOptions sampling;
  std::vector<std::string> stop;
  Multiline multiline = Multiline::as_place;
  bool only_at_useful = false;  // nothing is run where completion_shape() would not ask
  int64_t time_budget_ms = 0;  // 0: none
  bool cold = false;
  bool cut_at_syntax = false;
  double logprob_min = 0;  // of a token, in the mean; 0: none
  std::function<bool(int index, std::string_view text)> on_text;  // false asks to stop
};

class Ahead;

// All that a completion needs, copied from the buffer when it was asked for.
struct CompletionTask {
  std::shared_ptr<const LoadedModel> loaded;
  std::shared_ptr<PromptCache> cache;
  CompletionOptions options;
  FillMode mode = FillMode::prefix;  // resolved
  PromptParts parts;
  Place place;
  Windows windows;
  Clock::time_point asked;
  bool foreseen = false;         // nobody has asked yet: what is run teaches nothing about edits
  std::shared_ptr<Ahead> ahead;  // what to run when this one is accepted; null: nothing
};

struct Candidate {
  std::string text;  // to insert
  std::string raw;   // as generated
  std::vector<TokenId> ids;
  double logprob = 0;         // sum over ids
  double end_logprob = 0;     // of the token that ended it, which is not among ids; 0 when none did
  double suffix_logprob = 0;
  Finish finish = Finish::none;  // none when it was cancelled on the way
  std::string cut;
};

// How a result came about: it was run when asked for; it is the rest of an earlier one; it was run ahead.
enum class Origin { run, shown, ahead };

struct CompletionResult {
  Status status;
  std::vector<Candidate> candidates;  // best first
  FillMode mode = FillMode::prefix;
  PromptLayout layout = PromptLayout::whole;
  Windows windows;
  std::vector<TokenId> prompt;
  std::string typed;                // before the cursor, behind the prompt's end: what the first tokens were held to
  std::vector<PromptPart> parts;    // of the prompt
  std::vector<PlanOption> options;  // that the planner looked at
  size_t reused_tokens = 0;
  size_t replayed_tokens = 0;  // of those, by the input log
  Source source = Source::nothing;
  Origin origin = Origin::run;
  size_t generated_tokens = 0;
  double queue_ms = 0;
  double prompt_ms = 0;
  double first_token_ms = 0;
  double total_ms = 0;

  // It is shown without a run.
  void cost_nothing(Origin why);
};

// Runs the task on the calling thread. `cancel` may be set from any thread; what there is by then is kept.
CompletionResult complete(const CompletionTask& task, const std::atomic<bool>& cancel);

// The rest of `result` after `typed`, where its best candidate begins so and does not end there; else nothing.
std::optional<CompletionResult> rest_of(const CompletionResult& result, std::string_view typed);

// Runs at most max_tokens tokens of the buffer's last prompt, and of what follows the cursor, so that states lie where the next edit is
// likely to need them. Gives the tokens run.
Result<size_t> refill(PromptCache& cache, size_t max_tokens, const Control& control, const std::atomic<bool>& give_way);

// A completion that the engine's worker runs.
class Request : public std::enable_shared_from_this<Request> {
 public:
  static std::shared_ptr<Request> create() { return std::shared_ptr<Request>(new Request); }
  // One that is done already.
  static std::shared_ptr<Request> done_with(CompletionResult result);
  // Posts the task, once. on_done is called on the worker once done() is true.
  Status start(CompletionTask task, std::function<void()> on_done);

  bool done() const;
  // Returns when it is done and on_done has returned: nothing of the request runs any more.
  void wait_settled() const;
  // False when it is not done by then.
  bool wait_until(std::optional<Clock::time_point> time) const;
  void cancel() { cancel_.store(true, std::memory_order_relaxed); }
  // Valid once done.
  const CompletionResult& result() const { return result_; }

 private:
  Request() = default;
  void run(CompletionTask task, const std::function<void()>& on_done);

  std::atomic<bool> cancel_{false};
  CompletionResult result_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool done_ = false;
  bool settled_ = false;
};

}  // namespace sw
