#include "eval_model_runner.h"

#include <algorithm>

#include "bits.h"
#include "pinned_context.h"
#include "request_end.h"
#include "syntax_errors.h"
#include "terminal.h"
#include "tokens.h"

namespace sw::tool {
namespace {

constexpr int kLineTokensMax = 64, kBlockTokensMax = 192;  // as in models/recipe/evaluate.py
constexpr int32_t kOneLine = 1, kAsPlace = 0;

int tokens_max(const PinnedHole& hole) { return hole.kind == "block" ? kBlockTokensMax : kLineTokensMax; }

sw_complete_options options_for(const PinnedHole& hole, sw_fill_mode order) {
  sw_complete_options options = SW_COMPLETE_OPTIONS_INIT;
  options.mode = order;
  options.layout = SW_LAYOUT_WHOLE;
  options.heal = SW_HEAL_OFF;  // what is measured is the prompt as it was pinned
  options.max_tokens = tokens_max(hole);
  options.multiline = hole.kind == "block" ? kAsPlace : kOneLine;
  options.prefix_window_bytes = hole.prefix.size() + 1;  // the windows were cut already
  options.suffix_window_bytes = hole.suffix.size() + 1;
  return options;
}

}  // namespace

Outcome EvalModelRunner::open(const ModelFlags& flags, const std::string& mode, bool keep_prompts, ModelSettings& settings) {
  SW_TRY(open_engine(flags.engine, engine_));
  SW_TRY(open_model(engine_.get(), flags, WantTokenizer::yes, model_));
  sw_model_info info;
  SW_TRY(get_info(model_.get(), info));
  SW_TRY(choose_orders(mode, info));
  eos_ = info.eos_id;
  keep_prompts_ = keep_prompts;
  Progress progress("hashing the model", Progress::Unit::bytes);
  const sw_run_options options = run_options(&progress);
  const char* hash = nullptr;
  SW_TRY(from_status(sw_model_hash(model_.get(), &options, &hash), kExitFailed));
  settings.model = hash;
  settings.model_name = info.name;
  settings.weights = info.weights;
  for (const sw_fill_mode order : orders_) settings.orders.emplace_back(mode_name(order));
  return success();
}

Outcome EvalModelRunner::choose_orders(const std::string& mode, const sw_model_info& info) {
  for (const sw_fill_mode order : {SW_FILL_SPM, SW_FILL_PSM, SW_FILL_PREFIX}) {
    const bool wanted = mode.empty() ? order != SW_FILL_PREFIX : mode == mode_name(order);
    if (wanted && (info.fill_modes >> order & 1u) != 0) orders_.push_back(order);
  }
  if (!orders_.empty()) return success();
  return usage_error(std::string(info.name) + " cannot fill in by " + (mode.empty() ? "spm or psm" : mode) + ": " + info.fill_note +
                     (mode.empty() ? "; --mode prefix measures it from left to right" : "; eval model measures spm, psm and prefix"));
}

Outcome EvalModelRunner::run(const PinnedHole& hole, ModelRecord& out) {
  out = {hole.line, hole.kind, hole.language, hole.package, hole.path, 0, 0, 0, {}};
  if (hole.kind == "document") {
    Bits bits;
    SW_TRY(bits_of(model_.get(), hole.text, bits));
    out.bits = bits.bits;
    out.n_bytes = hole.text.size();
    out.n_tokens = bits.n_tokens;
    return success();
  }
  SW_TRY(fill_hole(hole, false, out.fills));
  return hole.context.empty() ? success() : fill_hole(hole, true, out.fills);
}

// One buffer for all orders: they begin with the same context.
Outcome EvalModelRunner::fill_hole(const PinnedHole& hole, bool with_context, std::vector<ModelFill>& out) {
  sw_buffer_options options = SW_BUFFER_OPTIONS_INIT;
  options.path = hole.path.c_str();
  const std::string text = hole.prefix + hole.suffix;
  sw_buffer* raw = nullptr;
  SW_TRY(from_status(sw_buffer_create(model_.get(), &options, text.data(), text.size(), &raw), kExitFailed, hole.path));
  const Buffer buffer(raw);
  if (with_context) SW_TRY(set_pinned_context(raw, hole.context));
  SyntaxErrors errors(hole);
  SW_TRY(errors.read());
  for (const sw_fill_mode order : orders_) {
    ModelFill& fill = out.emplace_back();
    fill.order = mode_name(order);
    fill.context = with_context;
    SW_TRY(complete(hole, raw, fill));
    SW_TRY(errors.judge(fill.shown, fill.shown_judgement.syntax));
  }
  return success();
}

Outcome EvalModelRunner::complete(const PinnedHole& hole, sw_buffer* buffer, ModelFill& out) {
  const sw_complete_options options = options_for(hole, mode_of(out.order));
  sw_request* raw = nullptr;
  const sw_status status = sw_complete(buffer, hole.prefix.size(), &options, &raw);
  const Request request(raw);
  SW_TRY(from_status(status, kExitFailed, hole.path));
  SW_TRY(finish(raw));
  sw_request_stats stats = SW_REQUEST_STATS_INIT;
  sw_candidate candidate = SW_CANDIDATE_INIT;
  SW_TRY(from_status(sw_request_get_stats(raw, &stats), kExitFailed));
  SW_TRY(from_status(sw_request_candidate(raw, 0, &candidate), kExitFailed));
  out.prompt_tokens = stats.prompt_tokens;
  out.shown.assign(candidate.text, candidate.length);
  out.finish = finish_name(candidate.finish);
  out.shown_judgement = judge_shown(hole, out.shown, candidate.finish);
  out.ms = stats.total_ms;
  if (keep_prompts_) {
    SW_TRY(decode_continuation(sw_model_tokenizer(model_.get()), {stats.prompt, stats.prompt + stats.prompt_tokens}, hole.path, out.prompt));
  }
  return write_on(hole, buffer, {candidate.ids, candidate.ids + candidate.n_ids}, out);
}

Outcome EvalModelRunner::write_on(const PinnedHole& hole, sw_buffer* buffer, std::vector<int32_t> ids, ModelFill& out) {
  sw_sequence* raw = nullptr;
  SW_TRY(from_status(sw_buffer_fork(buffer, &raw), kExitFailed));
  const Sequence sequence(raw);
  const sw_run_options options = run_options(nullptr);
  const sw_sampling_options greedy = SW_SAMPLING_OPTIONS_INIT;
  const auto limit = static_cast<size_t>(tokens_max(hole));
  bool ended = false;
  while (!ended && ids.size() < limit) {
    const size_t seen = sw_sequence_length(raw) - out.prompt_tokens;
    if (seen < ids.size()) SW_TRY(from_status(sw_sequence_append(raw, ids.data() + seen, ids.size() - seen, &options, nullptr), kExitFailed));
    int32_t id = 0;
    SW_TRY(from_status(sw_sequence_sample(raw, &greedy, &id), kExitFailed));
    ended = id == eos_;
    if (!ended) ids.push_back(id);
  }
  SW_TRY(decode_continuation(sw_model_tokenizer(model_.get()), ids, hole.path, out.raw));
  out.raw_judgement = judge_raw(hole, out.raw, ended);
  return success();
}

}  // namespace sw::tool
