// All kept states of one engine: found by the tokens that lead to them, whichever buffer made them, and evicted by what they are
// expected to spare.
//
// Thread-safe. A kept state is immutable and shared: who uses one holds it, whatever is evicted meanwhile.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "model/model.h"
#include "state/budget.h"
#include "state/disk_tier.h"
#include "state/edit_habits.h"
#include "state/input_log.h"
#include "state/placement.h"
#include "state/snapshot.h"
#include "state/spare_states.h"
#include "state/token_path.h"

namespace sw {

// From what a prompt was resumed.
enum class Source { nothing, running, log, kept, disk };
constexpr size_t kSources = 5;

// Why a prompt was not resumed from further on, when many tokens had to be run.
enum class Miss { unknown_text, evicted, policy };
constexpr size_t kMisses = 3;

struct StoreStats {
  std::array<uint64_t, kSources> prompts{};  // by what they were resumed from
  std::array<uint64_t, kMisses> misses{};
  uint64_t tokens_reused = 0;    // of prompts, from wherever
  uint64_t tokens_replayed = 0;  // of those, by the input log
  uint64_t tokens_run = 0;       // through the model, by anything
  uint64_t tokens_idle = 0;      // of those, run ahead while idle
  uint64_t states_kept = 0;      // now
  uint64_t states_made = 0;
  uint64_t states_evicted = 0;
  uint64_t state_bytes = 0;  // now, with snapshots
  uint64_t log_bytes = 0;
  uint64_t bytes_peak = 0;  // of both
  uint64_t bytes_max = 0;
  double seconds_saved = 0;
  double seconds_run = 0;  // for tokens_run
};

// A text that is being edited, as the store sees it. Made by StateStore::open(); its fields are guarded by the store.
struct Focus {
  std::shared_ptr<const Model> model;
  std::string tokenizer;
  PrefixHashes hashes;  // of the text's tokens
  EditPlace place;
  size_t stable = 0;
  Logged logged;
  uint64_t used = 0;
  std::unique_ptr<InputLog> log;  // while its sequence is at rest
};

class StateStore {
 public:
  // disk: null for none.
  StateStore(std::shared_ptr<StateBudget> budget, Policy policy, std::unique_ptr<DiskTier> disk = nullptr)
      : budget_(std::move(budget)), policy_(policy), disk_(std::move(disk)) {}

  StateBudget& budget() { return *budget_; }
  const Policy& policy() const { return policy_; }
  StoreStats stats() const;

  // tokenizer: the hash of the vocabulary that the tokens are of; may be empty.
  std::shared_ptr<Focus> open(std::shared_ptr<const Model> model, const std::string& tokenizer);
  void close(const Focus& focus);

  // The focus' text is now `text`, of which the first `common` tokens are as before; the cursor stands after `cursor` of them. With
  // `learn` the difference was an edit of the user. stable: see Target.
  void edit(Focus& focus, std::span<const int32_t> text, size_t common, size_t cursor, bool learn,
            size_t stable = 0);

  // The kept state furthest along `ids`, the first tokens of the focus' text, if it is after at least `at_least` tokens.
  std::shared_ptr<const KeptState> deepest(const Focus& focus, std::span<const int32_t> ids, size_t at_least);

  // How many of `ids`, any tokens of the focus' model, a kept state leads to at most.
  size_t reach(const Focus& focus, std::span<const int32_t> ids) const;

  // The same from disk, not kept yet; null also when there is no disk.
  std::shared_ptr<const KeptState> from_disk(const Focus& focus, std::span<const int32_t> ids, size_t longer_than,
                                             const Control& control);
  // Writes the state to disk that a restart would miss most. False when there is none.
  Result<bool> save_next(const Control& control);
  bool has_disk() const { return disk_ != nullptr; }
  std::optional<DiskTierStats> disk_stats() const;
  // Idle work, a piece of it: saves a state or checks one. False when there is nothing to do.
  bool idle_step(const Control& control);

  // Room for a state after `length` tokens of the focus' text, made by evicting what is worth less; nothing when the state itself
  // is worth least, or is kept already. `logged` is what the log reaches now. A marked place is one that prompts are likely to come back to. With a plan, states of this
  // text outside it go first.
  std::optional<StateRoom> admit(Focus& focus, size_t length, bool marked, Logged logged, std::span<const size_t> plan = {});
  // Keeps a state of the focus' text, for which there was room.
  void add(Focus& focus, std::span<const int32_t> ids, State state, StateBudget::Lease lease, bool marked, bool on_disk);
  // Whether there is a state after exactly `length` tokens of the focus' text.
  bool has(const Focus& focus, size_t length) const;
  // How many states of the focus' text are kept, and their bytes.
  std::pair<size_t, uint64_t> kept(const Focus& focus) const;
  // Forgets all kept states of the focus' text.
  void forget(const Focus& focus);
  // Evicts what is worth least until at most n_bytes are held, by states and input logs; snapshots of users stay.
  void trim(uint64_t n_bytes);
  // Drops the states of models that are no more.
  void forget_closed_models();
  // Room for a user's snapshot, at the cost of whatever is kept.
  std::optional<StateRoom> room_for_snapshot(const Model& model);
  // Where the memory of freed snapshots waits for the next state of its model.
  const std::shared_ptr<SpareStates>& spares() const { return spares_; }

  // Where states of the focus' text would be best; empty when what is kept is about as good.
  std::vector<size_t> plan(const Focus& focus);

  // The focus' input log for the time of one operation, made when there is none and room for it; may be nullptr.
  std::unique_ptr<InputLog> take_log(Focus& focus);
  void give_log(Focus& focus, std::unique_ptr<InputLog> log);

  // Counts.
  void count_prompt(const Focus& focus, Source source, size_t on_text, size_t n_prompt, size_t reused, size_t replayed);
  void count_run(size_t n_tokens, bool idle, double seconds);

 private:
  struct Entry {
    std::shared_ptr<const KeptState> kept;
    std::weak_ptr<const Model> model;
    uint64_t n_bytes;
    uint64_t hash;  // of its tokens
    uint64_t used;
    bool marked;
    bool on_disk;  // or could not be written
  };
  struct Unsaved {
    std::shared_ptr<const KeptState> kept;
    std::shared_ptr<const Model> model;
    std::string tokenizer;
  };
  // What was evicted lately, to tell why something is missing.
  struct Ghost {
    const Model* model;
    uint64_t hash;
    size_t length;
  };

  static bool is_of(const std::shared_ptr<const Model>& model, const Entry& entry);
  static bool is_on(const Focus& focus, const Entry& entry);
  std::vector<size_t> lengths_on(const Focus& focus) const;
  std::vector<double> values(const Focus* focus, size_t newcomer, bool marked, double& newcomer_value) const;
  void add_values(const Focus& focus, double weight, size_t newcomer, bool marked, std::vector<double>& values,
                  std::vector<bool>& on, double& newcomer_value) const;
  double branch_value(const Entry& entry) const;
  void hold_log_bases(const Focus& focus, std::vector<double>& values) const;
  std::vector<double> geometric_values(const Focus& focus, size_t newcomer, double& newcomer_value) const;
  std::optional<StateRoom> room_for(Focus& focus, size_t length, bool marked, std::span<const size_t> plan);
  double token_seconds() const;
  std::optional<Unsaved> pick_unsaved();
  size_t least(const std::vector<double>& values) const;
  State evict(size_t i);
  bool steal_log();
  void note_bytes();
  void forget_branches();
  void drop_closed_models();
  bool give_up_least(const Model* model = nullptr, State* memory = nullptr);

  const std::shared_ptr<StateBudget> budget_;
  const Policy policy_;
  const std::unique_ptr<DiskTier> disk_;
  const std::shared_ptr<SpareStates> spares_ = std::make_shared<SpareStates>();
  mutable std::mutex mutex_;  // guards all below, and every focus
  std::vector<Entry> entries_;  // by length, ascending
  std::vector<std::shared_ptr<Focus>> foci_;
  EditHabits habits_;
  std::vector<Ghost> ghosts_;  // a ring
  size_t next_ghost_ = 0;
  uint64_t log_bytes_ = 0;
  uint64_t tick_ = 0;
  StoreStats stats_;
  double seconds_run_ = 0;
};

}  // namespace sw
