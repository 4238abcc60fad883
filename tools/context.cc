// sidewinder context: what of a repository a model would be shown at a cursor.
#include <algorithm>
#include <cstdio>
#include <ranges>

#include "command.h"
#include "input.h"
#include "json_output.h"
#include "options.h"
#include "place.h"
#include "serve/document.h"
#include "terminal.h"
#include "tokens.h"
#include "workspace.h"

namespace sw::tool {
namespace {

constexpr size_t kPrefixBytes = 6144, kSuffixBytes = 2048;  // as sw_complete() shows by default

struct Flags {
  WorkspaceFlags workspace;
  TokenizerFlags tokenizer;
  std::string place;
  std::string repo;
  uint32_t budget = 0;
  double budget_ms = 0;
  double speed = 0;
  bool explain = false;
  bool json = false;
};

// How many of 1, 2, ... there are below `most`, which is not there.
template <class Has>
std::string count_below(uint64_t most, const Has& has) {
  const auto numbers = std::views::iota(uint64_t{1}, most);
  return std::to_string(static_cast<uint64_t>(std::ranges::partition_point(numbers, has) - numbers.begin()));
}

// Byte offset of a line and column (characters), both from 1. A document takes what is off the text to the end before it: one more is no more.
Outcome offset_of(const std::string& text, const Place& place, size_t& offset) {
  const Document document(text);
  const auto at = [&](uint64_t line, uint64_t column) { return document.offset({line - 1, column - 1}, Encoding::utf32); };
  const auto has_line = [&](uint64_t line) { return line == 1 || at(line, 1) != at(line - 1, UINT64_MAX); };
  if (!has_line(place.line)) return bad_input(place_name(place) + ": the file has " + count_below(place.line, has_line) + " lines");
  const auto has_character = [&](uint64_t n) { return at(place.line, n + 1) != at(place.line, n); };
  if (place.column > 1 && !has_character(place.column - 1)) {
    return bad_input(place_name(place) + ": the line has " + count_below(place.column - 1, has_character) + " characters");
  }
  offset = at(place.line, place.column);
  return success();
}

Json to_json(const sw_context_part& part) {
  return Json{{"kind", part.kind},
              {"path", part.path},
              {"line", part.first_line + 1},
              {"tokens", part.n_ids},
              {"score", part.score},
              {"why", part.why},
              {"text", std::string(part.text, part.length)}};
}

std::string explained(const sw_context_part& part, bool stable) {
  char line[96];
  std::snprintf(line, sizeof line, "%-6s  %-12s  %6zu tokens  %9.3f  ", stable ? "stable" : "cursor", part.kind, part.n_ids, part.score);
  return line + std::string(part.path) + ":" + std::to_string(part.first_line + 1) + "  " + part.why + "\n";
}

Outcome show(const Flags& flags, const sw_context* context) {
  sw_context_info info = SW_CONTEXT_INFO_INIT;
  SW_TRY(from_status(sw_context_get_info(context, &info), kExitFailed));
  std::string out;
  Json json{{"tokens", info.n_tokens}, {"stable_tokens", info.n_stable_tokens}, {"stable_parts", info.n_stable}, {"parts", Json::array()}};
  for (size_t i = 0; i < info.n_parts; ++i) {
    sw_context_part part = SW_CONTEXT_PART_INIT;
    SW_TRY(from_status(sw_context_get_part(context, i, &part), kExitFailed));
    if (flags.json) json["parts"].push_back(to_json(part));
    out += flags.explain ? explained(part, i < info.n_stable) : std::string(part.text, part.length);
  }
  if (flags.json) return print_json(json);
  if (flags.explain)
    out += grouped(info.n_parts) + " parts, " + grouped(info.n_tokens) + " tokens, " + grouped(info.n_stable_tokens) + " of them stable\n";
  return print(flags.explain || is_terminal(1) ? visible(out) : out);
}

Outcome run(const Flags& flags) {
  const Place place = parse_place(flags.place);
  if (place.line == 0 || place.column == 0) return usage_error(flags.place + ": where in it? Give FILE:LINE:COL, both from 1");
  std::string text, repo, path;
  SW_TRY(read_text(place.file, text));
  size_t offset = 0;
  SW_TRY(offset_of(text, place, offset));
  SW_TRY(find_repo(flags.repo, place.file, repo, path));
  TokenizerSource source;
  SW_TRY(open_tokenizer(flags.tokenizer, source));
  Workspace workspace;
  SW_TRY(open_workspace(flags.workspace, repo, source.tokenizer, workspace));
  size_t begin = offset - std::min(offset, kPrefixBytes), end = std::min(text.size(), offset + kSuffixBytes);
  while (begin > 0 && begin < offset && text[begin - 1] != '\n') ++begin;
  while (end > offset && end < text.size() && text[end - 1] != '\n') --end;
  sw_context_query query = SW_CONTEXT_QUERY_INIT;
  query.path = path.c_str();
  query.before = text.data() + begin;
  query.before_length = offset - begin;
  query.after = text.data() + offset;
  query.after_length = end - offset;
  query.window_begin = begin;
  query.window_end = end;
  query.budget_tokens = flags.budget;
  query.budget_ms = flags.budget_ms;
  query.tokens_per_s = flags.speed;
  sw_context* raw = nullptr;
  const sw_run_options options = run_options(nullptr);
  SW_TRY(from_status(sw_workspace_context(workspace.get(), &query, &options, &raw), kExitFailed));
  const Context context(raw);
  return show(flags, raw);
}

}  // namespace

void add_context(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("context", "Show what of a repository a model would see at a cursor");
  app->add_option("FILE:LINE:COL", flags->place, "The cursor; lines and columns from 1")->required();
  app->add_option("--repo", flags->repo, "The repository; default: the folder above the file that holds .git, or the file's own")
      ->type_name("DIR");
  app->add_option("--budget", flags->budget, "Tokens; default 32768, at most 262144")->transform(CLI::AsSizeValue(false))->type_name("N");
  CLI::Option* ms =
      app->add_option("--budget-ms", flags->budget_ms, "Milliseconds to run them, with --speed")->check(CLI::NonNegativeNumber);
  CLI::Option* speed = app->add_option("--speed", flags->speed, "Tokens a second that the model reads")->check(CLI::NonNegativeNumber);
  ms->needs(speed);
  speed->needs(ms);
  app->add_flag("--explain", flags->explain, "One line for each part: tokens, score and why");
  add_workspace_options(*app, flags->workspace);
  add_tokenizer_options(*app, flags->tokenizer);
  add_json_option(*app, flags->json);
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
