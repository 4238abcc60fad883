// Chooses among the prompts that show the same text the one that is cheapest to run from the states that are kept.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "complete/fill_settings.h"
#include "complete/prompt.h"
#include "state/sequence.h"

namespace sw {

// How a prompt is laid out. Same numbers as SW_LAYOUT_*.
enum class PromptLayout : int32_t {
  model_default = 0,  // whole, with windows that depend on the text and the cursor alone
  whole = 1,          // R S P, or as the mode's template has it
  split = 2,          // R, then the far parts of the file, then S P: a jump nearby re-runs what is near
  automatic = 3,      // what is cheapest now
  near = 4,           // R S P of what is near the cursor: the far parts are left out
};

// Whether a prompt may end inside a token. Same numbers as SW_HEAL_*.
enum class Healing : int32_t { model_default = 0, on = 1, off = 2 };

// One way to show the text, and its price.
struct PlanOption {
  FillMode mode = FillMode::prefix;
  PromptLayout layout = PromptLayout::whole;
  size_t n_tokens = 0;
  size_t n_run = 0;       // of those, not to be had from a kept state
  double price = 0;       // of this request and what is likely to follow, in tokens
  bool chosen = false;
};

struct Plan {
  Prompt prompt;
  FillMode mode = FillMode::prefix;
  PromptLayout layout = PromptLayout::whole;
  std::vector<PlanOption> options;  // all that were looked at
  Prompt better;                    // of a plan that left something out: what would show it, to be run while idle; else empty
};

struct PlanRequest {
  const FillSettings& settings;
  FillMode mode;
  Healing healing;
  PromptLayout layout;  // split, near and automatic look at the parts' head_size and tail_size, the others show the same windows whole
  const PromptParts& parts;
  int n_near = 0;  // prompts just before this one that were `near` though more was asked for
};

// sequence: the buffer's, null when nothing has been run yet.
Result<Plan> make_plan(const PlanRequest& request, const std::shared_ptr<const Tokenizer>& tokenizer,
                       std::unique_ptr<TokenizedText>& window, Sequence* sequence);

}  // namespace sw
