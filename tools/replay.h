// An editing trace as a stream of edits with one completion request each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "options.h"
#include "trace.h"

namespace sw::tool {

struct ReplayOptions {
  ModelFlags model;
  std::string trace;            // its path, for messages
  double budget_states = 16;    // float32 states that each buffer may keep, its input log included; behind the context
  size_t suffix_window = 0;     // bytes; 0: the text before the cursor alone
  // How prompts are laid out: "" for text before the cursor alone or behind a suffix window, as above; "rsp" and "rps" in one piece with the
  // suffix before or after the prefix, "split" or "auto". With a name each patch is a request, not each transaction.
  std::string layout;
  size_t prefix_window = 6144;   // bytes, with a layout
  size_t context_tokens = 16384; // of other files, before the text; with a layout
  double idle_tok_s = 0;        // tokens run while the user is idle, by the trace's own times; 0: none
  size_t max_edits = 0;         // 0: all
  size_t n_buffers = 1;         // the trace is dealt to so many buffers, which take turns
  std::string store;            // folder of states on disk; "": none
  size_t restart_every = 0;     // edits after which the engine is closed and opened anew; 0: never
  bool exact = false;           // the model runs, and every state is compared with a cold one
};

// What one policy did.
struct ReplayResult {
  std::string policy;
  std::vector<uint32_t> rerun;  // tokens, by edit
  size_t n_split = 0;           // prompts that were split
  sw_store_stats store = SW_STORE_STATS_INIT;  // over all engines, opening texts included
  size_t n_restarts = 0;
  uint64_t kept_bytes = 0;      // of one state
  double seconds = 0;
  // With exact.
  size_t n_compared = 0;        // states and logits
  size_t n_from_start = 0;      // of those, with one that was run from the first token
  size_t differing_states = 0;
  size_t differing_logits = 0;
};

Outcome replay(const Trace& trace, const std::string& policy, const ReplayOptions& options, ReplayResult& out);

}  // namespace sw::tool
