#include "fim_runner.h"

#include <algorithm>

#include "input.h"
#include "request_end.h"
#include "terminal.h"
#include "tokens.h"

namespace sw::tool {
namespace {

constexpr int kLineTokensMax = 96, kBlockTokensMax = 256;
constexpr int32_t kOneLine = 1, kAsPlace = 0;

// A part's text without the header lines that a document gets anyway.
std::string_view without_header(std::string_view text, std::string_view header) {
  for (auto n = std::count(header.begin(), header.end(), '\n'); n > 0; --n) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text;
}

}  // namespace

Outcome FimRunner::open(const ModelFlags& flags, const std::string& mode, bool keep_prompts, FimSettings& settings) {
  SW_TRY(open_engine(flags.engine, engine_));
  SW_TRY(open_model(engine_.get(), flags, WantTokenizer::yes, model_));
  SW_TRY(get_info(model_.get(), info_));
  mode_ = mode.empty() ? info_.fill_mode : mode_of(mode);
  keep_prompts_ = keep_prompts;
  Progress progress("hashing the model", Progress::Unit::bytes);
  const sw_run_options options = run_options(&progress);
  const char* hash = nullptr;
  SW_TRY(from_status(sw_model_hash(model_.get(), &options, &hash), kExitFailed));
  settings.model = hash;
  settings.model_name = info_.name;
  settings.mode = mode_name(mode_);
  settings_ = settings;
  return success();
}

Outcome FimRunner::enter(const Package& package) {
  folder_ = package.folder;
  return copy_.open(package, sw_model_tokenizer(model_.get()));
}

Outcome FimRunner::run(const FimHole& hole, FimRecord& out) {
  std::string whole;
  SW_TRY(read_text(folder_ + "/" + hole.path, whole));
  const std::string text = whole.substr(0, hole.begin) + whole.substr(hole.end);
  SW_TRY(copy_.replace(hole.path, text));
  out = {hole, {}};
  Window window;
  for (const uint32_t budget : settings_.budgets) SW_TRY(complete(hole, text, budget, window, out.results.emplace_back()));
  return copy_.replace(hole.path, whole);
}

Outcome FimRunner::complete(const FimHole& hole, const std::string& text, uint32_t budget, Window& window, FimResult& out) {
  out.budget = budget;
  sw_buffer_options buffer_options = SW_BUFFER_OPTIONS_INIT;
  buffer_options.path = hole.path.c_str();
  sw_buffer* raw = nullptr;
  SW_TRY(from_status(sw_buffer_create(model_.get(), &buffer_options, text.data(), text.size(), &raw), kExitFailed, hole.path));
  const Buffer buffer(raw);
  if (budget > 0) SW_TRY(set_context(raw, hole, text, window, out));
  const bool is_line = hole.kind == "line";
  sw_complete_options options = SW_COMPLETE_OPTIONS_INIT;
  options.mode = mode_;
  options.max_tokens = is_line ? kLineTokensMax : kBlockTokensMax;
  options.multiline = is_line ? kOneLine : kAsPlace;
  options.prefix_window_bytes = settings_.prefix_bytes;
  options.suffix_window_bytes = settings_.suffix_bytes;
  sw_request* raw_request = nullptr;
  const sw_status status = sw_complete(raw, hole.begin, &options, &raw_request);
  const Request request(raw_request);
  SW_TRY(from_status(status, status == SW_E_UNSUPPORTED ? kExitUsage : kExitFailed));
  SW_TRY(finish(raw_request));
  return read_result(hole, raw_request, window, out);
}

Outcome FimRunner::set_context(sw_buffer* buffer, const FimHole& hole, const std::string& text, const Window& window, FimResult& out) {
  sw_context_query query = SW_CONTEXT_QUERY_INIT;
  query.path = hole.path.c_str();
  query.before = text.data() + window.begin;
  query.before_length = hole.begin - window.begin;
  query.after = text.data() + hole.begin;
  query.after_length = window.end - hole.begin;
  query.window_begin = window.begin;
  query.window_end = window.end;
  query.budget_tokens = out.budget;
  query.header = info_.document_header;
  sw_context* raw = nullptr;
  const sw_run_options options = run_options(nullptr);
  SW_TRY(from_status(sw_workspace_context(copy_.workspace(), &query, &options, &raw), kExitFailed, hole.path));
  const Context context(raw);
  sw_context_info info = SW_CONTEXT_INFO_INIT;
  SW_TRY(from_status(sw_context_get_info(raw, &info), kExitFailed));
  out.context_tokens = info.n_tokens;
  std::vector<sw_document> documents(info.n_parts, SW_DOCUMENT_INIT);
  for (size_t i = 0; i < info.n_parts; ++i) {
    sw_context_part part = SW_CONTEXT_PART_INIT;
    SW_TRY(from_status(sw_context_get_part(raw, i, &part), kExitFailed));
    const std::string_view piece = without_header({part.text, part.length}, info_.document_header);
    documents[i].path = part.path;
    documents[i].text = piece.data();
    documents[i].length = piece.size();
  }
  return from_status(sw_buffer_set_context(buffer, documents.data(), documents.size()), kExitFailed);
}

Outcome FimRunner::read_result(const FimHole& hole, const sw_request* request, Window& window, FimResult& out) {
  sw_request_stats stats = SW_REQUEST_STATS_INIT;
  sw_candidate candidate = SW_CANDIDATE_INIT;
  SW_TRY(from_status(sw_request_get_stats(request, &stats), kExitFailed));
  SW_TRY(from_status(sw_request_candidate(request, 0, &candidate), kExitFailed));
  window = {stats.prefix_begin, stats.suffix_end};
  out.prompt_tokens = stats.prompt_tokens;
  out.shown.assign(candidate.text, candidate.length);
  out.finish = finish_name(candidate.finish);
  out.judgement = judge(hole.text, out.shown, hole.name, candidate.finish);
  out.ms = stats.total_ms;
  if (!keep_prompts_) return success();
  return decode_continuation(sw_model_tokenizer(model_.get()), {stats.prompt, stats.prompt + stats.prompt_tokens}, hole.path, out.prompt);
}

}  // namespace sw::tool
