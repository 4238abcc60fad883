// sidewinder replay: what an editing session costs, by policy.
#include "replay.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include "cold_check.h"
#include "command.h"
#include "interrupt.h"
#include "output_file.h"
#include "replay_report.h"
#include "terminal.h"

namespace sw::tool {
namespace {

constexpr size_t kWholeText = std::numeric_limits<size_t>::max() / 4;

// One buffer and its place in the trace.
struct Player {
  Buffer buffer;
  TraceText text{""};
  size_t next = 0;  // transaction
  size_t end = 0;
  double time = 0;
};

class Replay {
 public:
  Replay(const Trace& trace, const ReplayOptions& options, ReplayResult& result)
      : trace_(trace), options_(options), result_(result) {}

  Outcome run() {
    const auto begin = std::chrono::steady_clock::now();
    SW_TRY(open());
    SW_TRY(deal());
    Progress progress("replay " + result_.policy, Progress::Unit::items);
    for (bool any = true; any;) {
      any = false;
      for (Player& player : players_) {
        if (player.next >= player.end) continue;
        any = true;
        SW_TRY(step(player));
        if (options_.restart_every > 0 && result_.rerun.size() % options_.restart_every == 0) SW_TRY(restart());
        if (interrupted()) return interrupted_outcome();
        progress.update(result_.rerun.size(), n_edits_);
      }
    }
    SW_TRY(check_end());
    result_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return take_stats();
  }

 private:
  Outcome open() {
    ModelFlags flags = options_.model;
    flags.count_only = !options_.exact;
    Engine probe;
    SW_TRY(open_engine(flags.engine, probe));
    SW_TRY(open_model(probe.get(), flags, WantTokenizer::yes, model_));
    sw_model_info info;
    SW_TRY(get_info(model_.get(), info));
    model_.reset();
    result_.kept_bytes = info.kept_bytes;
    // The baselines are defined by what they keep, not by a budget.
    const bool is_default = result_.policy == "default";
    flags.engine.policy = result_.policy;
    flags.engine.state_bytes_max =
        is_default ? static_cast<uint64_t>(budget_states() * static_cast<double>(options_.n_buffers * info.kept_bytes)) : uint64_t{1} << 50;
    flags.engine.store = options_.store;
    flags_ = flags;
    SW_TRY(open_engine(flags.engine, engine_));
    SW_TRY(open_model(engine_.get(), flags, WantTokenizer::yes, model_));
    return options_.exact ? cold_.open(options_.model, options_.n_buffers) : success();
  }

  // The state at the end of the context is one for all buffers.
  double budget_states() const { return options_.budget_states + (has_context() ? 1.0 / static_cast<double>(options_.n_buffers) : 0); }
  bool has_context() const { return !options_.layout.empty() && options_.context_tokens > 0; }

  // Adds what this engine has done to the result; what it holds now replaces what was there.
  Outcome take_stats() {
    sw_store_stats now = SW_STORE_STATS_INIT;
    SW_TRY(from_status(sw_engine_get_store_stats(engine_.get(), &now), kExitFailed));
    sw_store_stats& all = result_.store;
    for (size_t i = 0; i < std::size(now.prompts); ++i) now.prompts[i] += all.prompts[i];
    now.missed_unknown += all.missed_unknown;
    now.missed_evicted += all.missed_evicted;
    now.missed_policy += all.missed_policy;
    now.tokens_idle += all.tokens_idle;
    now.tokens_replayed += all.tokens_replayed;
    now.states_evicted += all.states_evicted;
    now.bytes_peak = std::max(now.bytes_peak, all.bytes_peak);
    all = now;
    return success();
  }

  // Everything is closed and opened anew, as if the editor had been: what is on disk is all that is left.
  Outcome restart() {
    SW_TRY(from_status(sw_engine_save(engine_.get(), nullptr), kExitFailed));
    SW_TRY(take_stats());
    for (Player& player : players_) player.buffer.reset();
    model_.reset();
    engine_.reset();
    SW_TRY(open_engine(flags_.engine, engine_));
    SW_TRY(open_model(engine_.get(), flags_, WantTokenizer::yes, model_));
    for (Player& player : players_) SW_TRY(make_buffer(player));
    ++result_.n_restarts;
    return success();
  }

  Outcome make_buffer(Player& player) {
    sw_buffer* buffer = nullptr;
    const std::string& s = player.text.str();
    const sw_status status = sw_buffer_create(model_.get(), nullptr, s.data(), s.size(), &buffer);
    player.buffer.reset(buffer);
    SW_TRY(from_status(status, kExitFailed));
    return has_context() ? set_context(buffer) : success();
  }

  // Other files, of as many tokens: the trace has none, so pieces of its own end stand in for them.
  Outcome set_context(sw_buffer* buffer) {
    if (context_.empty()) SW_TRY(make_context());
    sw_document document = SW_DOCUMENT_INIT;
    document.path = "context";
    document.text = context_.data();
    document.length = context_.size();
    return from_status(sw_buffer_set_context(buffer, &document, 1), kExitFailed);
  }

  Outcome make_context() {
    std::string text = trace_.end.empty() ? trace_.start : trace_.end;
    if (text.find('\n') == std::string::npos) text += "fn next() -> usize {\n";
    size_t n = 0;
    const sw_tokenizer* tokenizer = sw_model_tokenizer(model_.get());
    while (n < options_.context_tokens) {
      const size_t newline = text.find('\n', context_.size());
      if (newline == std::string::npos) {
        text += std::string(text);
        continue;
      }
      const size_t line = newline + 1;
      size_t n_line = 0;
      SW_TRY(from_status(sw_tokenizer_encode(tokenizer, text.data() + context_.size(), line - context_.size(), SW_ENCODE_CONTINUATION,
                                             nullptr, 0, &n_line),
                         kExitFailed));
      context_.append(text, context_.size(), line - context_.size());
      n += n_line;
    }
    return success();
  }

  // The first transaction of a trace is the text that was opened, if it begins empty; the others are edits. Each buffer gets a run
  // of them.
  Outcome deal() {
    const size_t first = trace_.start.empty() && !trace_.transactions.empty() ? 1 : 0;
    const size_t n_all = trace_.transactions.size() - first;
    n_edits_ = options_.max_edits == 0 ? n_all : std::min(n_all, options_.max_edits);
    const size_t n_each = n_edits_ / options_.n_buffers;
    players_.resize(options_.n_buffers);
    TraceText text(trace_.start);
    size_t at = 0;
    for (size_t i = 0; i < players_.size(); ++i) {
      Player& player = players_[i];
      player.next = first + n_all / options_.n_buffers * i;
      player.end = player.next + (i + 1 == players_.size() ? n_edits_ - n_each * i : n_each);
      TraceText::Edit edit;
      for (; at < player.next; ++at) {
        for (const Patch& patch : trace_.transactions[at].patches) SW_TRY(at_transaction(at, text.apply(patch, edit)));
      }
      player.text = text;
      player.time = player.next == 0 ? 0 : trace_.transactions[player.next - 1].time;
      SW_TRY(make_buffer(player));
      SW_TRY(complete(player, text.str().size(), nullptr));
    }
    return success();
  }

  Outcome complete(Player& player, size_t cursor, sw_request_stats* stats) {
    sw_complete_options o = SW_COMPLETE_OPTIONS_INIT;
    o.max_tokens = -1;
    o.suffix_window_bytes = options_.suffix_window == 0 ? kWholeText : options_.suffix_window;
    if (options_.layout.empty()) {
      o.mode = options_.suffix_window == 0 ? SW_FILL_PREFIX : SW_FILL_SPM;
      o.prefix_window_bytes = kWholeText;
    } else {
      o.mode = options_.layout == "rps" ? SW_FILL_PSM : SW_FILL_SPM;
      o.layout = options_.layout == "auto" ? SW_LAYOUT_AUTO : options_.layout == "split" ? SW_LAYOUT_SPLIT : SW_LAYOUT_WHOLE;
      o.prefix_window_bytes = options_.prefix_window;
    }
    sw_request* raw = nullptr;
    SW_TRY(from_status(sw_complete(player.buffer.get(), cursor, &o, &raw), kExitFailed));
    const Request request(raw);
    SW_TRY(from_status(sw_request_wait(raw, -1), kExitFailed));
    if (const sw_status status = sw_request_status(raw); status != SW_OK) {
      return from_status_text(status, kExitFailed, "", sw_request_error(raw));
    }
    return stats == nullptr ? success() : from_status(sw_request_get_stats(raw, stats), kExitFailed);
  }

  Outcome step(Player& player) {
    const Transaction& transaction = trace_.transactions[player.next++];
    if (const double idle = transaction.time - player.time; options_.idle_tok_s > 0 && idle > 0 && player.time > 0) {
      const double tokens = std::min(idle * options_.idle_tok_s, 1e9);
      SW_TRY(from_status(sw_buffer_refill(player.buffer.get(), static_cast<size_t>(tokens), nullptr, nullptr), kExitFailed));
    }
    player.time = transaction.time;
    for (const Patch& patch : transaction.patches) {
      TraceText::Edit edit;
      SW_TRY(at_transaction(player.next - 1, player.text.apply(patch, edit)));
      SW_TRY(from_status(sw_buffer_edit(player.buffer.get(), edit.begin, edit.end, patch.text.data(), patch.text.size()), kExitFailed));
      const bool asks = !options_.layout.empty() || &patch == &transaction.patches.back();
      if (asks) SW_TRY(ask(player, edit.begin + patch.text.size()));
    }
    return success();
  }

  Outcome ask(Player& player, size_t cursor) {
    sw_request_stats stats = SW_REQUEST_STATS_INIT;
    SW_TRY(complete(player, cursor, &stats));
    result_.rerun.push_back(static_cast<uint32_t>(stats.prompt_tokens - stats.reused_tokens));
    result_.n_split += stats.layout == SW_LAYOUT_SPLIT;
    return options_.exact ? compare(player) : success();
  }

  Outcome compare(Player& player) {
    sw_sequence* raw = nullptr;
    SW_TRY(from_status(sw_buffer_fork(player.buffer.get(), &raw), kExitFailed));
    const Sequence sequence(raw);
    Compared compared;
    SW_TRY(cold_.compare(static_cast<size_t>(&player - players_.data()), raw, compared));
    ++result_.n_compared;
    result_.n_from_start += compared.from_start;
    result_.differing_states += !compared.same_state;
    result_.differing_logits += !compared.same_logits;
    return success();
  }

  // The same outcome, saying where.
  Outcome at_transaction(size_t i, Outcome outcome) const {
    if (!outcome.ok()) outcome.message = options_.trace + ": transaction " + std::to_string(i) + ": " + outcome.message;
    return outcome;
  }

  // Replayed as a whole, the text must be what the trace says.
  Outcome check_end() const {
    const Player& last = players_.back();
    if (last.end < trace_.transactions.size() || trace_.end.empty() || last.text.str() == trace_.end) return success();
    return bad_input(options_.trace + ": it does not lead to its own end: is it damaged?");
  }

  const Trace& trace_;
  const ReplayOptions& options_;
  ReplayResult& result_;
  Engine engine_;
  Model model_;
  ColdCheck cold_;
  std::vector<Player> players_;
  ModelFlags flags_;
  std::string context_;
  size_t n_edits_ = 0;
};

struct Flags {
  ReplayOptions replay;
  std::vector<std::string> policies{"default"};
  std::optional<size_t> suffix_window;
  std::optional<double> budget;
  std::string plot;
  bool json = false;
};

constexpr size_t kSuffixWindow = 2048;  // with a layout
constexpr double kBudget = 16, kBudgetOfLayout = 8;

Outcome run(Flags flags) {
  const bool has_layout = !flags.replay.layout.empty();
  flags.replay.suffix_window = flags.suffix_window.value_or(has_layout ? kSuffixWindow : 0);
  flags.replay.budget_states = flags.budget.value_or(has_layout ? kBudgetOfLayout : kBudget);
  Trace trace;
  SW_TRY(read_trace(flags.replay.trace, trace));
  if (trace.transactions.empty()) return bad_input(flags.replay.trace + ": no transactions");
  if (flags.replay.exact && !flags.replay.model.tokenizer.empty()) return usage_error("--exact runs the model: it needs its own tokenizer");
  if (flags.replay.restart_every > 0 && flags.replay.store.empty()) return usage_error("--restart-every needs --store");
  std::vector<ReplayResult> results;
  for (const std::string& policy : flags.policies) SW_TRY(replay(trace, policy, flags.replay, results.emplace_back()));
  if (!flags.plot.empty()) SW_TRY(write_text_file(flags.plot, replay_plot(results, flags.replay.trace)));
  if (flags.json) {
    SW_TRY(print_json(replay_json(results, flags.replay, flags.replay.trace)));
  } else {
    SW_TRY(print(visible(replay_table(results, flags.replay))));
  }
  for (const ReplayResult& result : results) {
    if (result.differing_states + result.differing_logits > 0) {
      return failure(kExitFailed, SW_E_INTERNAL, "policy " + result.policy + ": resumed states or logits differ from cold ones");
    }
  }
  return success();
}

}  // namespace

Outcome replay(const Trace& trace, const std::string& policy, const ReplayOptions& options, ReplayResult& out) {
  out.policy = policy;
  return Replay(trace, options, out).run();
}

void add_replay(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("replay", "Replay an editing trace and count the tokens that each edit re-runs");
  app->add_option("TRACE", flags->replay.trace, "The trace, .json or .json.gz")->required()->type_name("FILE");
  app->add_option("--policy", flags->policies, "default, none, running, grid:N or geometric:N; several stand side by side")
      ->delimiter(',')
      ->type_name("NAME");
  app->add_option("--budget", flags->budget,
                  "States that the default policy may keep for a buffer, its input log included; 16, with --layout 8 behind the context")
      ->check(CLI::Range(1.0, 1e6))
      ->type_name("N");
  app->add_option("--suffix-window", flags->suffix_window, "Show the model N bytes after the cursor, before the prefix; 0: none")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  app->add_option("--layout", flags->replay.layout,
                  "Prompts as editors ask for them, by windows and behind a context of other files, a request for each patch: rsp, rps, "
                  "split or auto. Default windows then: 6,144 and 2,048 bytes")
      ->check(CLI::IsMember({"rsp", "rps", "split", "auto"}));
  app->add_option("--prefix-window", flags->replay.prefix_window, "With --layout: show the model N bytes before the cursor")
      ->check(CLI::PositiveNumber)
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--context-tokens", flags->replay.context_tokens, "With --layout: N tokens of other files come first")
      ->check(CLI::Range(0, 262144))
      ->type_name("N")
      ->capture_default_str();
  app->add_option("--tokenizer", flags->replay.model.tokenizer, "Count the tokens of this vocabulary, not the model's")->type_name("FILE");
  app->add_option("--idle-tok-s", flags->replay.idle_tok_s, "Run ahead at N tokens a second between edits, by the trace's times")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  app->add_option("--max-edits", flags->replay.max_edits, "Stop after N edits; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  app->add_option("--buffers", flags->replay.n_buffers, "Deal the trace to N buffers that take turns")
      ->check(CLI::Range(1, 64))
      ->type_name("N");
  app->add_option("--store", flags->replay.store, "Keep states in this folder, too")->type_name("DIR");
  app->add_option("--restart-every", flags->replay.restart_every, "Close the engine and open it anew after every N edits")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  app->add_flag("--exact", flags->replay.exact, "Run the model, and compare every resumed state with a cold one, byte for byte");
  app->add_option("--plot", flags->plot, "Write the distribution as SVG")->type_name("FILE");
  add_model_options(*app, flags->replay.model);
  add_json_option(*app, flags->json);
  app->footer(
      "One completion is asked for after each transaction, at the end of its last patch. Without --exact nothing is computed: "
      "tokens are counted as the very code that serves editors would run them.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
