// A run of tokens through a model, that can go back.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/control.h"
#include "model/model.h"
#include "state/snapshot.h"
#include "state/store.h"

namespace sw {

struct SequenceStats {
  uint64_t tokens_run = 0;       // through the model
  uint64_t tokens_rerun = 0;     // of those, because of a rewind
  uint64_t tokens_replayed = 0;  // from the input log, without a forward pass
  uint64_t rewinds = 0;
};

// What a move did.
struct Move {
  Source source = Source::nothing;
  size_t reused = 0;    // tokens that were not run
  size_t replayed = 0;  // of those, from the input log
};

// Where a sequence is to go.
struct Target {
  std::span<const int32_t> text;    // what the prompt is cut from: where the cursor may come to next
  std::span<const int32_t> prompt;  // begins as the text does; at the cursor its tokens may be cut otherwise
  std::span<const size_t> marks;    // lengths that prompts are likely to come back to, ascending
  size_t stable = 0;                // the length up to which typing at the cursor leaves the prompt as it is
  bool learn = true;                // what differs from the text before was edited by the user
};

// Belongs to one thread at a time.
//
// It knows a text, which may go on after the tokens that its state has seen: what a user's cursor stands in. States are kept along
// the text; where, the store decides. After draft() the state has seen tokens that are not of the text.
class Sequence {
 public:
  // tokenizer: the hash of the vocabulary, part of a state's identity on disk.
  static Result<std::unique_ptr<Sequence>> create(std::shared_ptr<const Model> model, std::shared_ptr<StateStore> store,
                                                  std::string tokenizer = {});
  ~Sequence();

  const Model& model() const { return *model_; }
  std::shared_ptr<const Model> shared_model() const { return model_; }
  std::span<const int32_t> tokens() const { return tokens_; }
  // The state where it stands, in the host's layout: on the CPU the running one, from a device a copy. Valid until the sequence changes.
  Result<std::span<const float>> state() const { return runner_->floats(); }
  const SequenceStats& stats() const { return stats_; }
  std::pair<size_t, uint64_t> kept() const;  // states along the text, and their bytes

  // Runs tokens, in chunks on the absolute grid. logits: nullptr, or (ids.size(), vocab_size). After cancelled, deadline or
  // no_memory the sequence stands after the last whole chunk; after a failed device it is empty. An id outside the vocabulary is an
  // argument error, nothing is run.
  Status append(std::span<const int32_t> ids, const Control& control, float* logits = nullptr);
  // One token for each of several sequences of one model, in one pass over its weights: what append() of each alone does, in the same
  // bytes. logits: nullptr, or (n, vocab_size). Errors: argument for a sequence twice, one of another model or an id outside the vocabulary;
  // nothing is run. After a failed device all are empty.
  static Status step(std::span<Sequence* const> sequences, std::span<const int32_t> ids, const Control& control, float* logits = nullptr);
  // The same as draft() of each.
  static Status draft_step(std::span<Sequence* const> sequences, std::span<const int32_t> ids, const Control& control, float* logits);
  // The same, with what follows each token drawn by laws[i] instead of logits. Only where Model::draws().
  static Status draft_and_draw(std::span<Sequence* const> sequences, std::span<const int32_t> ids, const Control& control,
                               std::span<const draw::Law> laws, draw::Drawn* drawn);
  // The same for tokens that the text does not hold, or not yet: no states are kept for them.
  Status draft(std::span<const int32_t> ids, const Control& control);

  // Brings the state to the end of the prompt, whatever it was before, from wherever that takes fewest tokens. On error it stands after
  // the last whole chunk of that way. cold: nothing kept is used, all of the prompt is run.
  Result<Move> move_to(const Target& target, const Control& control, bool cold = false);

  // How many of `ids` need not be run to stand at their end: by the state, the log or what is kept in memory.
  size_t reach(std::span<const int32_t> ids);

  // Idle work: goes towards the end of another prompt, with states kept at its marks, as far as max_tokens tokens lead. Gives the tokens
  // run; 0 when it is reached already. The sequence's text is that of `target` afterwards. Stops as refill() does.
  Result<size_t> prepare(const Target& target, size_t max_tokens, const Control& control, const std::atomic<bool>* give_way = nullptr);

  // Runs at most max_tokens tokens of the text to keep states where the next edit is likely to need them. Gives the tokens run;
  // 0 when there is nothing worth doing. The state may stand anywhere afterwards: move_to() brings it back. Stops within a chunk once
  // give_way, which may be null, is set: no error.
  Result<size_t> refill(size_t max_tokens, const Control& control, const std::atomic<bool>* give_way = nullptr);

  // The logits after the last token, (vocab_size,), valid until the sequence changes. state error when it is empty.
  Result<std::span<const float>> logits();

  // What follows the last token, drawn by the law without its logits. Only where Model::draws(). state error when it is empty.
  Result<draw::Drawn> draw_next(const draw::Law& law);

  // Drops all states kept along the text.
  void forget();

  // The state after the first `length` tokens. On error nothing has changed.
  Status rewind(size_t length, const Control& control);

  // A second sequence at the same place.
  Result<std::unique_ptr<Sequence>> fork() const;
  // One that keeps no states and logs no inputs: to look ahead with.
  Result<std::unique_ptr<Sequence>> scout() const;
  Result<Snapshot> snapshot() const;
  // mismatch for a snapshot of another model; then nothing has changed.
  Status restore(const Snapshot& snapshot);

 private:
  // From where a position is reached: the state at `position`, by a kept state and the log.
  struct Start {
    size_t position = 0;
    Source source = Source::nothing;
    std::shared_ptr<const KeptState> kept;  // for kept, and the base to replay from for log
    bool by_runner = false;                 // source log, and the log is the runner's own
  };
  class LogHold;

  Sequence(std::shared_ptr<const Model> model, std::shared_ptr<StateStore> store, std::string tokenizer,
           std::unique_ptr<Runner> runner)
      : model_(std::move(model)), store_(std::move(store)), tokenizer_(std::move(tokenizer)), runner_(std::move(runner)) {}

  Status check_ids(std::span<const int32_t> ids) const;
  Status check_same_model(const Snapshot& snapshot) const;
  bool is_on_text() const;
  void set_text(std::span<const int32_t> text, size_t cursor, bool learn, size_t stable = 0);
  Focus& focus();

  Start best_start(std::span<const int32_t> ids, size_t on_text, bool may_stay, const InputLog* log,
                   const Control& control);
  Status go_to(const Start& start, Runner& runner, InputLog* log);
  Status stand_at(const Start& start, std::span<const int32_t> ids, InputLog* log);
  Status begin_at(const Start& start, std::span<const int32_t> ids, InputLog* log);
  enum class Reason { asked, idle };
  Status run(std::span<const int32_t> ids, InputLog* log, size_t log_end, float* logits, Reason reason);
  static Status check_step(std::span<Sequence* const> sequences, std::span<const int32_t> ids, const Control& control);
  // step: the model's, of these sequences' runners.
  using Step = std::function<Status(std::span<Runner* const>)>;
  static Status run_step(std::span<Sequence* const> sequences, std::span<const int32_t> ids, bool keeps, const Step& step);
  Status lose(Status why);
  Status go_back(size_t length);
  Status run_again(const Start& start, size_t length, InputLog* log, const Control& control);
  Result<std::unique_ptr<Sequence>> another(bool brief) const;
  Status run_text(size_t length, std::span<const size_t> marks, InputLog* log, const Control& control, float* logits);
  Status run_off_text(std::span<const int32_t> ids, InputLog* log, const Control& control);
  // What bounds idle work.
  struct Idle {
    size_t tokens_left;
    const std::atomic<bool>* give_way;
    const Control& control;

    bool over() const { return tokens_left == 0 || (give_way != nullptr && give_way->load(std::memory_order_relaxed)); }
  };
  Status run_to_point(size_t point, size_t log_end, InputLog* log, Idle& idle);
  void keep(const InputLog* log, bool marked, std::span<const size_t> plan = {}, bool on_disk = false);
  bool is_place(size_t length) const;
  size_t next_stop(size_t end) const;

  std::shared_ptr<const Model> model_;
  std::shared_ptr<StateStore> store_;
  std::string tokenizer_;
  std::shared_ptr<Focus> focus_;  // made with the first text; never for a scout
  bool is_scout_ = false;
  std::unique_ptr<Runner> runner_;
  std::vector<int32_t> tokens_;  // that the runner has seen
  std::vector<int32_t> text_;    // as the store knows it
  FloatBuffer logits_;
  bool logits_valid_ = false;
  SequenceStats stats_;
};

}  // namespace sw
