#include "complete/planner.h"

#include <algorithm>

namespace sw {
namespace {

// Keystrokes that follow a jump before the next one: about this many on editing traces.
constexpr double kKeystrokesAhead = 4;
// What it is worth, in tokens, that a prompt shows the far parts of the file: the first time, and more with each that went without.
constexpr double kFarIsWorth = 1024, kFarIsMissed = 512;

struct Option {
  PlanOption option;
  Far far;
  Prompt prompt;
};

// What is behind the end of the first part of a kind; 0 when there is none.
size_t tokens_behind(const Prompt& prompt, PromptPart::Kind kind) {
  size_t n = 0;
  for (auto part = prompt.parts.rbegin(); part != prompt.parts.rend(); ++part) {
    if (part->kind == kind) return n;
    n += part->n_tokens;
  }
  return 0;
}

size_t tokens_of(const Prompt& prompt, PromptPart::Kind kind) {
  size_t n = 0;
  for (const PromptPart& part : prompt.parts) n += part.kind == kind ? part.n_tokens : 0;
  return n;
}

// What this prompt costs now, each keystroke after it, and a jump nearby: both windows, but for the prefix where it comes first.
double price_of(const Option& o, int n_near) {
  const double keystroke = double(tokens_behind(o.prompt, PromptPart::Kind::prefix));
  const double suffix = double(tokens_of(o.prompt, PromptPart::Kind::suffix));
  const double prefix = double(tokens_of(o.prompt, PromptPart::Kind::prefix));
  const double jump = suffix + (keystroke > 0 ? 0 : prefix);
  const double missed = o.option.layout == PromptLayout::near ? kFarIsWorth + kFarIsMissed * n_near : 0;
  return double(o.option.n_run) + kKeystrokesAhead * keystroke + jump + missed;
}

bool heals(const PlanRequest& request, FillMode mode) {
  return request.healing == Healing::on || (request.healing == Healing::model_default && request.settings.heals(mode));
}

// The ways to lay out the request's text, the most wanted first.
std::vector<Option> options_of(const PlanRequest& request) {
  std::vector<Option> options;
  const auto add = [&](FillMode mode, PromptLayout layout, Far far) { options.push_back({{mode, layout}, far, {}}); };
  const bool differs = request.parts.head_size + request.parts.tail_size > 0 && can_split(request.settings, request.mode);
  const bool automatic = request.layout == PromptLayout::automatic;
  const auto wants = [&](PromptLayout layout) { return differs && (automatic || request.layout == layout); };
  if (automatic || !(wants(PromptLayout::split) || wants(PromptLayout::near))) add(request.mode, PromptLayout::whole, Far::in_windows);
  if (wants(PromptLayout::split)) add(request.mode, PromptLayout::split, Far::as_documents);
  if (wants(PromptLayout::near)) add(request.mode, PromptLayout::near, Far::nowhere);
  if (!automatic) return options;
  for (const FillMode mode : request.settings.alternatives) {
    if (mode != request.mode && request.settings.modes.count(mode) > 0) add(mode, PromptLayout::whole, Far::in_windows);
  }
  return options;
}

}  // namespace

Result<Plan> make_plan(const PlanRequest& request, const std::shared_ptr<const Tokenizer>& tokenizer,
                       std::unique_ptr<TokenizedText>& window, Sequence* sequence) {
  std::vector<Option> options = options_of(request);
  for (Option& o : options) {
    SW_ASSIGN(o.prompt, build_prompt(request.settings, o.option.mode, heals(request, o.option.mode), tokenizer, request.parts, o.far, window));
    o.option.n_tokens = o.prompt.ids.size();
    o.option.n_run = o.option.n_tokens - (sequence == nullptr ? 0 : sequence->reach(o.prompt.ids));
    o.option.price = price_of(o, request.n_near);
  }
  const auto best = std::min_element(options.begin(), options.end(),
                                     [](const Option& a, const Option& b) { return a.option.price < b.option.price; });
  best->option.chosen = true;
  Plan plan{std::move(best->prompt), best->option.mode, best->option.layout, {}, {}};
  for (const Option& o : options) plan.options.push_back(o.option);
  if (plan.layout == PromptLayout::near && request.layout == PromptLayout::automatic) {
    const auto split = std::find_if(options.begin(), options.end(), [](const Option& o) { return o.option.layout == PromptLayout::split; });
    plan.better = std::move(split->prompt);
  }
  return plan;
}

}  // namespace sw
