#include <algorithm>

#include "api/handles.h"

using namespace sw;       // NOLINT(google-build-using-namespace): the C boundary
using namespace sw::api;  // NOLINT(google-build-using-namespace)

static_assert(SW_LAYOUT_DEFAULT == int(PromptLayout::model_default) && SW_LAYOUT_WHOLE == int(PromptLayout::whole) &&
              SW_LAYOUT_SPLIT == int(PromptLayout::split) && SW_LAYOUT_AUTO == int(PromptLayout::automatic) &&
              SW_LAYOUT_NEAR == int(PromptLayout::near));
static_assert(SW_PART_CONTROL == int(PromptPart::Kind::control) && SW_PART_TEXT == int(PromptPart::Kind::text) &&
              SW_PART_CONTEXT == int(PromptPart::Kind::context) && SW_PART_HEAD == int(PromptPart::Kind::head) &&
              SW_PART_TAIL == int(PromptPart::Kind::tail) && SW_PART_SUFFIX == int(PromptPart::Kind::suffix) &&
              SW_PART_PREFIX == int(PromptPart::Kind::prefix) && SW_PART_INSTRUCTION == int(PromptPart::Kind::instruction));
static_assert(SW_FINISH_EOS == int(Finish::eos) && SW_FINISH_STOP == int(Finish::stop) && SW_FINISH_SUFFIX == int(Finish::suffix) &&
              SW_FINISH_LINE == int(Finish::line) && SW_FINISH_MAX_TOKENS == int(Finish::max_tokens) &&
              SW_FINISH_TIME == int(Finish::time) && SW_FINISH_REPEAT == int(Finish::repeat) &&
              SW_FINISH_CALLBACK == int(Finish::callback) && SW_FINISH_BLOCK == int(Finish::block) &&
              SW_FINISH_SYNTAX == int(Finish::syntax) && SW_FINISH_UNLIKELY == int(Finish::unlikely) &&
              SW_FINISH_PLACE == int(Finish::place));
static_assert(SW_HEAL_MODEL == int(Healing::model_default) && SW_HEAL_ON == int(Healing::on) && SW_HEAL_OFF == int(Healing::off));

namespace {

constexpr int kMaxTokensDefault = 128;
constexpr int kCandidatesMax = 16;
constexpr size_t kStopMax = 64;
constexpr size_t kFollowingBytes = 4096;  // of the text after the cursor's line: enough to find its next line

Status read_stops(const sw_complete_options& o, std::vector<std::string>& out) {
  if (o.n_stop == 0) return {};
  if (o.stop == nullptr) return missing("stop");
  if (o.n_stop > kStopMax) return error(Code::argument, "%zu stop strings; at most %zu", o.n_stop, kStopMax);
  for (size_t i = 0; i < o.n_stop; ++i) {
    if (o.stop[i] == nullptr || o.stop[i][0] == '\0') return error(Code::argument, "stop string %zu is empty", i);
    if (first_invalid_utf8(o.stop[i])) return error(Code::argument, "stop string %zu is not UTF-8", i);
    out.emplace_back(o.stop[i]);
  }
  return {};
}

Status read_complete_options(const sw_complete_options& o, const FillSettings& settings, CompletionTask& task) {
  CompletionOptions& out = task.options;
  if (o.max_tokens > 65536) return error(Code::argument, "max_tokens is %d; it must be at most 65536", o.max_tokens);
  if (o.n_candidates < 0 || o.n_candidates > kCandidatesMax) {
    return error(Code::argument, "n_candidates is %d; it must be 0 to %d", o.n_candidates, kCandidatesMax);
  }
  if (o.multiline < 0 || o.multiline > 2) return error(Code::argument, "multiline is %d; it must be 0, 1 or 2", o.multiline);
  if (o.time_budget_ms < 0) return error(Code::argument, "time_budget_ms is negative");
  if (o.mode < SW_FILL_DEFAULT || o.mode > SW_FILL_PREFIX) return error(Code::argument, "mode %d is not one of SW_FILL_*", o.mode);
  task.mode = o.mode == SW_FILL_DEFAULT ? settings.mode : static_cast<FillMode>(o.mode);
  if (settings.modes.count(task.mode) == 0) {
    return error(Code::unsupported, "%s cannot fill in by '%s': %s", settings.name.c_str(), fill_mode_name(task.mode),
                 settings.note.c_str());
  }
  if (o.layout < SW_LAYOUT_DEFAULT || o.layout > SW_LAYOUT_NEAR) {
    return error(Code::argument, "layout %d is not one of SW_LAYOUT_*", o.layout);
  }
  out.layout = static_cast<PromptLayout>(o.layout);
  out.max_tokens = o.max_tokens == 0 ? kMaxTokensDefault : std::max(o.max_tokens, 0);
  out.n_candidates = std::max(o.n_candidates, 1);
  out.multiline = static_cast<Multiline>(o.multiline);
  out.time_budget_ms = std::min<int64_t>(o.time_budget_ms, int64_t{1} << 40);
  out.cold = o.cold != 0;
  out.cut_at_syntax = o.cut_at_syntax != 0;
  out.only_at_useful = o.only_at_useful != 0;
  if (o.heal < SW_HEAL_MODEL || o.heal > SW_HEAL_OFF) return error(Code::argument, "heal %d is not one of SW_HEAL_*", o.heal);
  out.healing = static_cast<Healing>(o.heal);
  if (!(o.logprob_min <= 0)) return error(Code::argument, "logprob_min is %g; a log probability is at most 0", o.logprob_min);
  out.logprob_min = o.logprob_min;
  SW_TRY(check_nested(o.sampling, "sw_complete_options.sampling"));
  SW_TRY(read_sampling(&o.sampling, out.sampling));
  return read_stops(o, out.stop);
}

// Copies what the completion needs of the buffer.
void copy_place(const sw_buffer& buffer, const Windows& windows, CompletionTask& task) {
  const std::string_view text = buffer.text.str();
  // A line may be as long as the file; the rules look at no more of it than the model does.
  const size_t looked_at = std::min(text.size(), windows.cursor + kLineBytesMax);
  LineRange line = line_at(text.substr(windows.prefix_begin, looked_at - windows.prefix_begin), windows.cursor - windows.prefix_begin);
  line.begin += windows.prefix_begin;
  line.end += windows.prefix_begin;
  task.windows = windows;
  task.parts = {buffer.path, buffer.language, std::string(text.substr(windows.prefix_begin, windows.cursor - windows.prefix_begin)),
                std::string(text.substr(windows.cursor, windows.suffix_end - windows.cursor)),
                windows.head_end - windows.prefix_begin, windows.suffix_end - windows.tail_begin, buffer.context};
  task.place.line_before = text.substr(line.begin, windows.cursor - line.begin);
  task.place.line_after = text.substr(windows.cursor, std::min(line.end - windows.cursor, kFollowingBytes));
  if (line.end < looked_at) task.place.following = text.substr(line.end, kFollowingBytes);
}

Windows windows_of(sw_buffer& buffer, size_t offset, const WindowSizes& sizes, const CompletionTask& task) {
  const PromptLayout layout = task.options.layout;
  const bool anchored = layout >= PromptLayout::split && can_split(buffer.loaded->settings, task.mode);
  const std::string_view text = buffer.text.str();
  return anchored ? buffer.windows.place(text, offset, sizes) : place_windows(text, offset, sizes);
}

// Tells a request that nothing has to be run for.
void tell_done(const sw_complete_options& o, sw_request& request) {
  const std::string& text = request.request->result().candidates.front().text;
  if (o.on_text != nullptr) (void)o.on_text(o.user, 0, text.data(), text.size());
  if (o.on_done != nullptr) o.on_done(o.user, &request);
}

// The rest of what the buffer's last completion shows, if what was typed since is how it begins.
std::shared_ptr<Request> typed_through(const sw_buffer& buffer, size_t offset) {
  const std::shared_ptr<Request>& shown = buffer.shown.request;
  if (shown == nullptr || !shown->done() || offset != buffer.shown.offset + buffer.shown.typed.size()) return nullptr;
  auto rest = rest_of(shown->result(), buffer.shown.typed);
  return rest ? Request::done_with(std::move(*rest)) : nullptr;
}

// The answer that was made ready when the one before was shown, if the task is what was foreseen. Then the next one is looked for.
std::shared_ptr<Request> take_ahead(sw_buffer& buffer, CompletionTask& task, const sw_complete_options& o) {
  auto result = buffer.ahead == nullptr ? std::nullopt : buffer.ahead->take(task);
  if (o.ahead != 0 && o.cold == 0) task.ahead = std::make_shared<Ahead>();
  if (!result) return nullptr;
  buffer.ahead = std::exchange(task.ahead, nullptr);
  if (auto next = buffer.ahead == nullptr ? std::nullopt : accepted(task, *result)) buffer.ahead->start(std::move(*next));
  return Request::done_with(std::move(*result));
}

Status start(sw_buffer& buffer, size_t offset, const sw_complete_options& o, sw_request& out) {
  const FillSettings& settings = buffer.loaded->settings;
  CompletionTask task;
  SW_TRY(buffer.text.check_offset(offset));
  SW_TRY(read_complete_options(o, settings, task));
  if (o.type_through != 0 && o.cold == 0 && o.n_candidates <= 1) {
    if (auto rest = typed_through(buffer, offset)) {
      out.request = std::move(rest);
      tell_done(o, out);
      return {};
    }
  }
  task.loaded = buffer.loaded;
  task.cache = buffer.cache;
  task.asked = Clock::now();
  const WindowSizes sizes{o.prefix_window_bytes > 0 ? o.prefix_window_bytes : settings.prefix_window_bytes,
                          o.suffix_window_bytes > 0 ? o.suffix_window_bytes : settings.suffix_window_bytes};
  copy_place(buffer, windows_of(buffer, offset, sizes, task), task);
  if (o.on_text != nullptr) {
    task.options.on_text = [on_text = o.on_text, user = o.user](int index, std::string_view text) {
      return on_text(user, index, text.data(), text.size()) == 0;
    };
  }
  std::function<void()> on_done;
  if (o.on_done != nullptr) on_done = [on_done = o.on_done, user = o.user, handle = &out] { on_done(user, handle); };
  if (auto foreseen = take_ahead(buffer, task, o)) {
    out.request = std::move(foreseen);
    buffer.shown = {out.request, offset, {}};
    tell_done(o, out);
    return {};
  }
  out.request = Request::create();
  const std::shared_ptr<Ahead> ahead = task.ahead;
  SW_TRY(out.request->start(std::move(task), std::move(on_done)));
  if (buffer.ahead != nullptr) buffer.ahead->drop();
  buffer.ahead = ahead;
  // Only now that nothing can fail any more: a refused request supersedes none.
  if (const auto last = buffer.last.lock()) last->cancel();
  buffer.last = out.request;
  buffer.shown = {out.request, offset, {}};
  return {};
}

sw_source source_of(const CompletionResult& result) {
  switch (result.origin) {
    case Origin::shown: return SW_SOURCE_SHOWN;
    case Origin::ahead: return SW_SOURCE_AHEAD;
    case Origin::run: break;
  }
  return static_cast<sw_source>(result.source);
}

Status check_done(const sw_request* request) {
  if (request == nullptr) return missing("request");
  if (!request->request->done()) return error(Code::state, "the request still runs: wait for it first");
  return {};
}

}  // namespace

extern "C" {

sw_status sw_complete(sw_buffer* buffer, size_t offset, const sw_complete_options* options, sw_request** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    if (buffer == nullptr) return missing("buffer");
    sw_complete_options o = SW_COMPLETE_OPTIONS_INIT;
    SW_TRY(read_options(options, o, "sw_complete_options"));
    std::unique_ptr<sw_request> handle(new sw_request{buffer->loaded, nullptr});
    SW_TRY(start(*buffer, offset, o, *handle));
    *out = handle.release();
    return {};
  });
}

int32_t sw_request_poll(const sw_request* request) { return request == nullptr || request->request->done() ? 1 : 0; }

sw_status sw_request_wait(const sw_request* request, int64_t timeout_ms) {
  return guard([&]() -> Status {
    if (request == nullptr) return missing("request");
    std::optional<Clock::time_point> until;
    if (timeout_ms >= 0) until = Clock::now() + std::chrono::milliseconds(std::min<int64_t>(timeout_ms, int64_t{1} << 40));
    if (request->request->wait_until(until)) return {};
    return error(Code::deadline, "the request is not done after %lld ms", static_cast<long long>(timeout_ms));
  });
}

void sw_request_cancel(sw_request* request) {
  if (request != nullptr) request->request->cancel();
}

void sw_request_free(sw_request* request) {
  if (request == nullptr) return;
  request->request->cancel();
  request->request->wait_settled();
  delete request;
}

sw_status sw_request_status(const sw_request* request) {
  if (request == nullptr) return fail(SW_E_ARGUMENT, "request is NULL");
  return request->request->done() ? static_cast<sw_status>(request->request->result().status.code()) : SW_E_STATE;
}

const char* sw_request_error(const sw_request* request) {
  if (request == nullptr || !request->request->done()) return "";
  return request->request->result().status.message().c_str();
}

size_t sw_request_n_candidates(const sw_request* request) {
  return request == nullptr || !request->request->done() ? 0 : request->request->result().candidates.size();
}

sw_status sw_request_candidate(const sw_request* request, size_t index, sw_candidate* out) {
  return guard([&]() -> Status {
    SW_TRY(check_done(request));
    const auto& candidates = request->request->result().candidates;
    if (index >= candidates.size()) return error(Code::argument, "candidate %zu of %zu", index, candidates.size());
    const Candidate& c = candidates[index];
    sw_candidate info = SW_CANDIDATE_INIT;
    info.text = c.text.c_str();
    info.length = c.text.size();
    info.raw = c.raw.c_str();
    info.raw_length = c.raw.size();
    info.ids = c.ids.data();
    info.n_ids = c.ids.size();
    info.logprob = c.logprob;
    info.suffix_logprob = c.suffix_logprob;
    info.finish = static_cast<sw_finish>(c.finish);
    info.cut = c.cut.c_str();
    return write_info(info, out, "sw_candidate");
  });
}

sw_status sw_request_get_stats(const sw_request* request, sw_request_stats* out) {
  return guard([&]() -> Status {
    SW_TRY(check_done(request));
    const CompletionResult& r = request->request->result();
    sw_request_stats info = SW_REQUEST_STATS_INIT;
    info.mode = static_cast<sw_fill_mode>(r.mode);
    info.prefix_begin = r.windows.prefix_begin;
    info.prefix_end = r.windows.cursor;
    info.suffix_begin = r.windows.cursor;
    info.suffix_end = r.windows.suffix_end;
    info.prompt_tokens = r.prompt.size();
    info.reused_tokens = r.reused_tokens;
    info.generated_tokens = r.generated_tokens;
    info.queue_ms = r.queue_ms;
    info.prompt_ms = r.prompt_ms;
    info.first_token_ms = r.first_token_ms;
    info.total_ms = r.total_ms;
    info.prompt = r.prompt.data();
    info.source = source_of(r);
    info.replayed_tokens = r.replayed_tokens;
    info.layout = static_cast<sw_layout>(r.layout);
    info.head_end = r.windows.head_end;
    info.tail_begin = r.windows.tail_begin;
    info.healed_bytes = r.typed.size();
    return write_info(info, out, "sw_request_stats");
  });
}

sw_status sw_request_part(const sw_request* request, size_t index, sw_prompt_part* out) {
  return guard([&]() -> Status {
    SW_TRY(check_done(request));
    const auto& parts = request->request->result().parts;
    if (index >= parts.size()) return error(Code::not_found, "part %zu of %zu", index, parts.size());
    const PromptPart& part = parts[index];
    sw_prompt_part info = SW_PROMPT_PART_INIT;
    info.kind = static_cast<sw_part_kind>(part.kind);
    info.name = part.name.c_str();
    info.why = part.why.c_str();
    info.n_bytes = part.n_bytes;
    info.n_tokens = part.n_tokens;
    return write_info(info, out, "sw_prompt_part");
  });
}

sw_status sw_request_plan_option(const sw_request* request, size_t index, sw_plan_option* out) {
  return guard([&]() -> Status {
    SW_TRY(check_done(request));
    const auto& options = request->request->result().options;
    if (index >= options.size()) return error(Code::not_found, "option %zu of %zu", index, options.size());
    const PlanOption& option = options[index];
    sw_plan_option info = SW_PLAN_OPTION_INIT;
    info.mode = static_cast<sw_fill_mode>(option.mode);
    info.layout = static_cast<sw_layout>(option.layout);
    info.n_tokens = option.n_tokens;
    info.n_run = option.n_run;
    info.price = option.price;
    info.chosen = option.chosen ? 1 : 0;
    return write_info(info, out, "sw_plan_option");
  });
}

}  // extern "C"
