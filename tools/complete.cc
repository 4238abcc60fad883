// sidewinder complete: code at a cursor.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>

#include "command.h"
#include "complete_explain.h"
#include "complete_view.h"
#include "input.h"
#include "interrupt.h"
#include "json_output.h"
#include "options.h"
#include "place.h"
#include "workspace.h"

namespace sw::tool {
namespace {

struct Flags {
  ModelFlags model;
  SamplingFlags sampling;
  std::string place;
  size_t line = 0;
  size_t column = 0;
  std::string column_unit = "chars";
  std::string path;
  std::string language;
  std::string mode;
  std::string layout;
  std::string repo;
  uint32_t context_tokens = 0;
  int n = 1;
  int max_tokens = 0;
  std::vector<std::string> stop;
  int64_t time_budget_ms = 0;
  size_t prefix_window = 0;
  size_t suffix_window = 0;
  std::string multiline = "auto";
  std::string colour = "auto";
  bool cold = false;
  bool cut_at_syntax = false;
  bool only_at_useful = false;
  sw_heal heal = SW_HEAL_MODEL;
  double logprob_min = 0;
  bool insert = false;
  bool plain = false;
  bool view = false;
  bool stats = false;
  bool explain = false;
  bool json = false;
};

// What all steps share.
struct Work {
  Place place;
  std::string text;
  size_t offset = 0;
  Engine engine;
  Model model;
  Workspace workspace;
  std::string repo;
  sw_model_info info = SW_MODEL_INFO_INIT;
  Buffer buffer;
  Request request;
  double open_ms = 0;
};

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

Outcome find_place(const Flags& flags, Place& place) {
  const bool has_numbers = flags.line > 0 || flags.column > 0;
  if (has_numbers) {
    if (flags.line == 0 || flags.column == 0) return usage_error("--line and --col belong together");
    place = {flags.place.empty() ? "-" : flags.place, flags.line, flags.column};
  } else if (flags.place.empty()) {
    return usage_error("where? Give FILE:LINE:COL, or a text on standard input with --line and --col");
  } else {
    place = parse_place(flags.place);
    if (place.line == 0 && place.column == 0) {
      return usage_error(flags.place + ": where in it? Give FILE:LINE:COL, or --line and --col");
    }
  }
  if (place.line == 0 || place.column == 0) return bad_input(place_name(place) + ": lines and columns count from 1");
  if (place.file == "-" && is_terminal(STDIN_FILENO)) {
    return usage_error("standard input is a terminal: give FILE:LINE:COL, or pipe a text in");
  }
  return success();
}

sw_column_unit unit_of(const std::string& name) {
  if (name == "bytes") return SW_COLUMN_BYTES;
  return name == "utf16" ? SW_COLUMN_UTF16 : SW_COLUMN_CHARACTERS;
}

int32_t multiline_of(const std::string& name) {
  if (name == "one") return 1;
  return name == "many" ? 2 : 0;
}

std::string path_shown(const Flags& flags, const Place& place) {
  if (!flags.path.empty()) return flags.path;
  return place.file == "-" ? "" : place.file;
}

// What the model reads of the repository first.
Outcome take_context(const Flags& flags, Work& work) {
  SW_TRY(open_workspace({}, work.repo, sw_model_tokenizer(work.model.get()), work.workspace));
  sw_context_query limits = SW_CONTEXT_QUERY_INIT;
  limits.budget_tokens = flags.context_tokens;
  const sw_run_options options = run_options(nullptr);
  return from_status(sw_buffer_update_context(work.buffer.get(), work.workspace.get(), work.offset, &limits, &options, nullptr), kExitFailed);
}

Outcome open_buffer(const Flags& flags, Work& work) {
  std::string path = path_shown(flags, work.place);
  if (!flags.repo.empty()) SW_TRY(find_repo(flags.repo, path, work.repo, path));
  sw_buffer_options options = SW_BUFFER_OPTIONS_INIT;
  options.path = path.empty() ? nullptr : path.c_str();
  options.language = flags.language.empty() ? nullptr : flags.language.c_str();
  sw_buffer* raw = nullptr;
  sw_status status = sw_buffer_create(work.model.get(), &options, work.text.data(), work.text.size(), &raw);
  work.buffer.reset(raw);
  if (status == SW_E_STATE) return from_status(status, kExitNoModel);  // a model without a tokenizer
  SW_TRY(from_status(status, status == SW_E_ARGUMENT ? kExitBadInput : kExitFailed, display_name(work.place.file)));
  status = sw_buffer_offset(raw, work.place.line - 1, work.place.column - 1, unit_of(flags.column_unit), &work.offset);
  return from_status(status, kExitBadInput, place_name(work.place));
}

int32_t count_text(void* user, int32_t, const char*, size_t length) {
  *static_cast<std::atomic<size_t>*>(user) += length;
  return 0;
}

// Waits, shows that something happens, and hands Ctrl-C on.
Outcome wait_for(sw_request* request, const std::atomic<size_t>& n_bytes) {
  Progress progress("completing", Progress::Unit::items);
  const auto start = Clock::now();
  for (;;) {
    const sw_status status = sw_request_wait(request, 50);
    if (status == SW_OK) break;
    if (status != SW_E_DEADLINE) return from_status(status, kExitFailed);
    if (interrupted()) sw_request_cancel(request);
    char text[64];
    std::snprintf(text, sizeof(text), "%.1f s, %zu bytes", ms_since(start) / 1000, n_bytes.load());
    progress.say(text);
  }
  progress.clear();
  return from_status_text(sw_request_status(request), kExitFailed, {}, sw_request_error(request));
}

Outcome run_request(const Flags& flags, Work& work) {
  std::vector<const char*> stop;
  for (const std::string& text : flags.stop) stop.push_back(text.c_str());
  std::atomic<size_t> n_bytes{0};
  sw_complete_options options = SW_COMPLETE_OPTIONS_INIT;
  options.mode = mode_of(flags.mode);
  options.max_tokens = flags.max_tokens;
  options.n_candidates = flags.n;
  options.sampling = to_sampling(flags.sampling);
  options.stop = stop.data();
  options.n_stop = stop.size();
  options.multiline = multiline_of(flags.multiline);
  options.time_budget_ms = flags.time_budget_ms;
  options.prefix_window_bytes = flags.prefix_window;
  options.suffix_window_bytes = flags.suffix_window;
  options.layout = layout_of(flags.layout);
  options.cut_at_syntax = flags.cut_at_syntax ? 1 : 0;
  options.only_at_useful = flags.only_at_useful ? 1 : 0;
  options.heal = flags.heal;
  options.logprob_min = flags.logprob_min;
  options.cold = flags.cold ? 1 : 0;
  options.on_text = count_text;
  options.user = &n_bytes;
  sw_request* raw = nullptr;
  const sw_status status = sw_complete(work.buffer.get(), work.offset, &options, &raw);
  work.request.reset(raw);
  const bool asked_wrong = status == SW_E_ARGUMENT || status == SW_E_UNSUPPORTED;
  SW_TRY(from_status(status, asked_wrong ? kExitUsage : kExitFailed));
  const Outcome outcome = wait_for(raw, n_bytes);
  if (!outcome.ok()) work.request.reset();  // n_bytes must outlive the callbacks
  return outcome;
}

struct Results {
  std::vector<sw_candidate> candidates;
  sw_request_stats stats = SW_REQUEST_STATS_INIT;

  double tokens_per_second() const {
    const double decode_ms = stats.total_ms - stats.first_token_ms;
    if (decode_ms <= 0 || stats.generated_tokens < 2) return 0.0;
    return static_cast<double>(stats.generated_tokens - 1) * 1000 / decode_ms;
  }
};

Outcome get_results(const sw_request* request, Results& out) {
  SW_TRY(from_status(sw_request_get_stats(request, &out.stats), kExitFailed));
  for (size_t i = 0; i < sw_request_n_candidates(request); ++i) {
    sw_candidate candidate = SW_CANDIDATE_INIT;
    SW_TRY(from_status(sw_request_candidate(request, i, &candidate), kExitFailed));
    out.candidates.push_back(candidate);
  }
  if (out.candidates.empty()) return failure(kExitFailed, SW_E_INTERNAL, "the request ended without a candidate");
  return success();
}

Json candidate_json(const sw_candidate& candidate) {
  Json json;
  json["text"] = std::string(candidate.text, candidate.length);
  json["raw"] = std::string(candidate.raw, candidate.raw_length);
  json["finish"] = finish_name(candidate.finish);
  json["cut"] = candidate.cut != nullptr ? candidate.cut : "";
  json["logprob"] = candidate.logprob;
  json["suffix_logprob"] = candidate.suffix_logprob;
  json["tokens"] = candidate.n_ids;
  json["ids"] = std::vector<int32_t>(candidate.ids, candidate.ids + candidate.n_ids);
  return json;
}

Json to_json(const Flags& flags, const Work& work, const Results& results) {
  const sw_request_stats& stats = results.stats;
  const std::string path = path_shown(flags, work.place);
  Json json;
  json["file"] = path.empty() ? Json() : Json(path);
  json["line"] = work.place.line;
  json["column"] = work.place.column;
  json["column_unit"] = flags.column_unit;
  json["offset"] = work.offset;
  json["model"] = work.info.name;
  json["mode"] = mode_name(stats.mode);
  json["candidates"] = Json::array();
  for (const sw_candidate& candidate : results.candidates) json["candidates"].push_back(candidate_json(candidate));
  Json& prompt = json["prompt"];
  prompt["prefix_begin"] = stats.prefix_begin;
  prompt["prefix_end"] = stats.prefix_end;
  prompt["suffix_begin"] = stats.suffix_begin;
  prompt["suffix_end"] = stats.suffix_end;
  prompt["tokens"] = stats.prompt_tokens;
  prompt["reused"] = stats.reused_tokens;
  prompt["resumed_from"] = source_name(stats.source);
  prompt["layout"] = layout_name(stats.layout);
  if (flags.explain) prompt["plan"] = plan_json(work.request.get());
  if (flags.stats) prompt["ids"] = std::vector<int32_t>(stats.prompt, stats.prompt + stats.prompt_tokens);
  json["generated_tokens"] = stats.generated_tokens;
  json["tokens_per_second"] = results.tokens_per_second();
  json["timing_ms"] = {{"open", work.open_ms},
                       {"queue", stats.queue_ms},
                       {"prompt", stats.prompt_ms},
                       {"first_token", stats.first_token_ms},
                       {"total", stats.total_ms}};
  return json;
}

std::string stats_line(const Work& work, const Results& results) {
  const sw_request_stats& stats = results.stats;
  char line[400];
  std::snprintf(line, sizeof(line),
                "%s, %s: %zu tokens in %.0f ms, %.1f tokens/s; prompt %zu tokens (%zu reused) in %.0f ms; %s%s%s",
                work.info.name, mode_name(stats.mode), stats.generated_tokens, stats.total_ms,
                results.tokens_per_second(), stats.prompt_tokens, stats.reused_tokens, stats.prompt_ms,
                finish_name(results.candidates[0].finish), *results.candidates[0].cut != '\0' ? "; " : "",
                results.candidates[0].cut);
  return line;
}

Outcome print_view(const Flags& flags, const Work& work, const Results& results) {
  const sw_candidate& best = results.candidates[0];
  View view;
  view.title = place_name(work.place);
  view.text = work.text;
  view.offset = work.offset;
  view.line = work.place.line;
  view.ghost = {best.text, best.length};
  view.colour = colour_wanted(flags.colour, STDOUT_FILENO);
  SW_TRY(print(render(view)));
  for (size_t i = 1; i < results.candidates.size(); ++i) {
    const sw_candidate& other = results.candidates[i];
    SW_TRY(print(render_alternative(i + 1, other.logprob, {other.text, other.length}, view.colour)));
  }
  if (best.length == 0) print_note(std::string("nothing to insert here (") + finish_name(best.finish) + ")");
  return flush_output();
}

Outcome print_results(const Flags& flags, const Work& work, const Results& results) {
  if (flags.json) return print_json(to_json(flags, work, results));
  const std::string best(results.candidates[0].text, results.candidates[0].length);
  if (flags.insert) {
    SW_TRY(print(std::string_view(work.text).substr(0, work.offset)));
    SW_TRY(print(best));
    SW_TRY(print(std::string_view(work.text).substr(work.offset)));
  } else if (flags.plain || (!flags.view && !is_terminal(STDOUT_FILENO))) {
    SW_TRY(print((is_terminal(STDOUT_FILENO) ? visible(best) : best) + "\n"));
  } else {
    SW_TRY(print_view(flags, work, results));
  }
  SW_TRY(flush_output());
  if (flags.stats) print_note(stats_line(work, results));
  if (flags.explain) print_note(explained(work.request.get(), results.stats, work.text));
  return success();
}

Outcome run(const Flags& flags) {
  Work work;
  SW_TRY(find_place(flags, work.place));
  SW_TRY(read_text(work.place.file, work.text));
  const auto start = Clock::now();
  SW_TRY(open_engine(flags.model.engine, work.engine));
  SW_TRY(open_model(work.engine.get(), flags.model, WantTokenizer::yes, work.model));
  SW_TRY(get_info(work.model.get(), work.info));
  work.open_ms = ms_since(start);
  SW_TRY(open_buffer(flags, work));
  if (!flags.repo.empty()) SW_TRY(take_context(flags, work));
  SW_TRY(run_request(flags, work));
  Results results;
  SW_TRY(get_results(work.request.get(), results));
  SW_TRY(print_results(flags, work, results));
  // After the answer is out: what the next run would miss. A folder that cannot be written costs only that.
  if (!flags.model.engine.store.empty()) {
    const sw_run_options options = run_options(nullptr);
    if (sw_engine_save(work.engine.get(), &options) != SW_OK) print_note(sw_last_error());
  }
  return success();
}

void add_place_options(CLI::App& app, Flags& flags) {
  app.add_option("PLACE", flags.place,
                 "FILE:LINE:COL, both from 1 as editors show them; with --line and --col just FILE, or - for standard "
                 "input")
      ->type_name("FILE");
  app.add_option("--line", flags.line, "Line of the cursor, from 1; without a FILE the text is standard input")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  app.add_option("--col", flags.column, "Column of the cursor: 1 is before the first character of the line")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  app.add_option("--column-unit", flags.column_unit, "What a column counts")
      ->check(CLI::IsMember({"chars", "bytes", "utf16"}))
      ->capture_default_str();
  app.add_option("--path", flags.path, "Path that the model is shown, for standard input; never opened")
      ->type_name("FILE");
  app.add_option("--language", flags.language, "Language, as an LSP id like python; default: guessed from the path")
      ->type_name("ID");
}

void add_completion_options(CLI::App& app, Flags& flags) {
  app.add_option("--mode", flags.mode, "How the model fills in; default: the model's own")
      ->check(CLI::IsMember({"spm", "psm", "instruct", "prefix"}));
  app.add_option("--n", flags.n, "Candidates; those after the first are sampled, all are sorted by likelihood")
      ->check(CLI::Range(1, 16))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--max-tokens", flags.max_tokens, "Stop after this many tokens; 0: the library's default")
      ->check(CLI::Range(0, 1 << 30))
      ->type_name("N");
  app.add_option("--multiline", flags.multiline, "One line, as many as come, or as the place asks")
      ->check(CLI::IsMember({"auto", "one", "many"}))
      ->capture_default_str();
  app.add_option("--stop", flags.stop, "Text that ends the completion and is not part of it; may be repeated")
      ->allow_extra_args(false)  // else a value in brackets would be read as a list
      ->type_name("TEXT");
  app.add_option("--time-budget-ms", flags.time_budget_ms, "Stop in time, with what there is; 0: no limit")
      ->check(CLI::NonNegativeNumber)
      ->type_name("MS");
  app.add_option("--prefix-window", flags.prefix_window, "Bytes before the cursor that the model sees; 0: its own")
      ->type_name("BYTES");
  app.add_option("--suffix-window", flags.suffix_window, "Bytes after the cursor that the model sees; 0: its own")
      ->type_name("BYTES");
  app.add_option("--layout", flags.layout,
                 "How the prompt shows the file: whole; split, what is far from the cursor first; near, that left out; auto. Default: whole")
      ->check(CLI::IsMember({"whole", "split", "near", "auto"}));
  CLI::Option* repo = app.add_option("--repo", flags.repo, "Show the model what it needs of the repository in this folder")->type_name("DIR");
  app.add_option("--context-tokens", flags.context_tokens, "With --repo: show that many tokens of it at most; 0: the model's own")
      ->check(CLI::Range(0, 262144))
      ->type_name("N")
      ->needs(repo);
  add_store_option(app, flags.model.engine);
  app.add_flag("--cut-at-syntax", flags.cut_at_syntax, "Cut the text also where its syntax says that the cursor's block or statement is over");
  app.add_flag("--only-at-useful", flags.only_at_useful, "Answer nothing where more than 8 characters follow the cursor on its line");
  app.add_option("--heal", flags.heal, "Whether the prompt may end inside a token: model (the default), on or off")
      ->transform(CLI::CheckedTransformer(std::map<std::string, sw_heal>{{"model", SW_HEAL_MODEL}, {"on", SW_HEAL_ON}, {"off", SW_HEAL_OFF}}))
      ->type_name("TEXT:{model,on,off}");
  app.add_option("--logprob-min", flags.logprob_min, "Show nothing less likely than this mean log probability of a token; 0: all")
      ->check(CLI::Range(-1e6, 0.0))
      ->type_name("L");
  app.add_flag("--cold", flags.cold, "Reuse no kept state");
}

void add_output_options(CLI::App& app, Flags& flags) {
  CLI::Option* json = add_json_option(app, flags.json);
  CLI::Option* insert = app.add_flag("--insert", flags.insert, "Print the whole text with the completion in it");
  CLI::Option* plain = app.add_flag("--plain", flags.plain, "Print the best completion and a line feed, nothing else");
  CLI::Option* view = app.add_flag("--view", flags.view, "Show the code around the cursor also when piped");
  json->excludes(insert)->excludes(plain)->excludes(view);
  insert->excludes(plain)->excludes(view);
  plain->excludes(view);
  app.add_flag("--explain", flags.explain, "Say what the prompt is made of, what was re-run of it and why; in JSON: prompt.plan");
  app.add_flag("--stats", flags.stats, "Say on standard error how long it took; in JSON: add the prompt's ids");
  app.add_option("--color", flags.colour, "Colours in the view; auto heeds NO_COLOR and TERM")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
}

}  // namespace

void add_complete(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("complete", "Complete code at a cursor in a file");
  add_place_options(*app, *flags);
  add_completion_options(*app, *flags);
  add_sampling_options(*app, flags->sampling);
  add_model_options(*app, flags->model);
  add_output_options(*app, *flags);
  app->footer(
      "In a terminal the code around the cursor is shown with the completion in grey italics. Piped, the best "
      "completion and a line feed are printed. --json prints {\"file\", \"line\", \"column\", \"column_unit\", "
      "\"offset\", \"model\", \"mode\", \"candidates\": [{\"text\", \"raw\", \"finish\", \"cut\", \"logprob\", "
      "\"suffix_logprob\", \"tokens\", \"ids\"}], \"prompt\": {\"prefix_begin\", \"prefix_end\", \"suffix_begin\", "
      "\"suffix_end\", \"tokens\", \"reused\"}, \"generated_tokens\", \"tokens_per_second\", \"timing_ms\": "
      "{\"open\", \"queue\", \"prompt\", \"first_token\", \"total\"}}.\n"
      "A column at the end of its line plus 1 is the end. A path may hold colons.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
