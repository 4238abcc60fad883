#include "recall.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "input.h"
#include "json_output.h"
#include "terminal.h"
#include "words.h"
#include "workspace.h"

namespace sw::tool {
namespace {

constexpr size_t kPrefixBytes = 6144, kSuffixBytes = 2048;

// The context for the hole, its line removed, holds the name.
Outcome holds_name(sw_workspace* workspace, const std::string& text, const Hole& hole, const std::string& strategy, uint32_t budget,
                   uint64_t seed, bool& out) {
  size_t begin = hole.begin - std::min(hole.begin, kPrefixBytes), end = std::min(text.size(), hole.end + kSuffixBytes);
  while (begin > 0 && begin < hole.begin && text[begin - 1] != '\n') ++begin;
  while (end > hole.end && end < text.size() && text[end - 1] != '\n') --end;
  sw_context_query query = SW_CONTEXT_QUERY_INIT;
  query.path = hole.path.c_str();
  query.before = text.data() + begin;
  query.before_length = hole.begin - begin;
  query.after = text.data() + hole.end;
  query.after_length = end - hole.end;
  query.window_begin = begin;
  query.window_end = end;
  query.budget_tokens = budget;
  query.strategy = strategy.c_str();
  query.seed = seed;
  sw_context* raw = nullptr;
  const sw_run_options options = run_options(nullptr);
  SW_TRY(from_status(sw_workspace_context(workspace, &query, &options, &raw), kExitFailed));
  const Context context(raw);
  sw_context_info info = SW_CONTEXT_INFO_INIT;
  SW_TRY(from_status(sw_context_get_info(raw, &info), kExitFailed));
  out = false;
  for (size_t i = 0; i < info.n_parts && !out; ++i) {
    sw_context_part part = SW_CONTEXT_PART_INIT;
    SW_TRY(from_status(sw_context_get_part(raw, i, &part), kExitFailed));
    out = find_word({part.text, part.length}, hole.name) != std::string_view::npos;
  }
  return success();
}

struct Score {
  uint64_t found = 0, of = 0;
};

struct Tally {
  std::vector<uint32_t> budgets;
  std::vector<std::string> methods;
  // By language, method and budget, in the order of the lists above.
  std::map<std::string, std::vector<std::vector<Score>>> scores;
};

Outcome measure(const RecallOptions& options, sw_workspace* workspace, const std::string& folder, const std::vector<Hole>& holes, Tally& tally) {
  Progress progress("measuring " + folder, Progress::Unit::items);
  for (size_t i = 0; i < holes.size(); ++i) {
    progress.update(i, holes.size());
    std::string text;
    SW_TRY(read_text(folder + "/" + holes[i].path, text));
    auto& scores = tally.scores[holes[i].language];
    scores.resize(tally.methods.size(), std::vector<Score>(tally.budgets.size()));
    for (size_t m = 0; m < tally.methods.size(); ++m) {
      for (size_t b = 0; b < tally.budgets.size(); ++b) {
        bool found = false;
        SW_TRY(holds_name(workspace, text, holes[i], tally.methods[m], tally.budgets[b], options.holes.seed + i, found));
        scores[m][b].found += found ? 1 : 0;
        ++scores[m][b].of;
      }
    }
  }
  return success();
}

double percent(const Score& score) { return score.of == 0 ? 0 : 100.0 * static_cast<double>(score.found) / static_cast<double>(score.of); }

Outcome show(const RecallOptions& options, const Tally& tally) {
  Json json{{"folders", options.folders.size()}, {"seed", options.holes.seed}, {"languages", Json::object()}};
  std::string out;
  for (const auto& [language, scores] : tally.scores) {
    char cell[64];
    std::snprintf(cell, sizeof cell, "%-12s %5llu lines", language.c_str(), static_cast<unsigned long long>(scores[0][0].of));
    out += cell;
    for (const uint32_t budget : tally.budgets) {
      std::snprintf(cell, sizeof cell, "%9u", budget);
      out += cell;
    }
    out += "\n";
    json["languages"][language]["lines"] = scores[0][0].of;
    for (size_t m = 0; m < tally.methods.size(); ++m) {
      std::snprintf(cell, sizeof cell, "  %-22s", tally.methods[m].c_str());
      out += cell;
      for (size_t b = 0; b < tally.budgets.size(); ++b) {
        std::snprintf(cell, sizeof cell, "%9.1f", percent(scores[m][b]));
        out += cell;
        json["languages"][language]["percent"][tally.methods[m]][std::to_string(tally.budgets[b])] = percent(scores[m][b]);
      }
      out += "\n";
    }
  }
  return options.json ? print_json(json) : print(out);
}

}  // namespace

Outcome run_recall(const RecallOptions& options) {
  Tally tally;
  tally.budgets = options.budgets;
  tally.methods = options.methods.empty() ? std::vector<std::string>{"random", "path", "bm25", "skeletons", "ours"} : options.methods;
  TokenizerSource source;
  SW_TRY(open_tokenizer(options.tokenizer, source));
  for (const std::string& folder : options.folders) {
    Workspace workspace;
    SW_TRY(open_workspace({}, folder, source.tokenizer, workspace));
    std::vector<Hole> holes;
    SW_TRY(find_holes(workspace.get(), folder, options.holes, holes));
    SW_TRY(measure(options, workspace.get(), folder, holes, tally));
  }
  return show(options, tally);
}

}  // namespace sw::tool
