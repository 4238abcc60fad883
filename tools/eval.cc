// sidewinder eval: how good what we do is, measured without a user.
#include <charconv>
#include <cstdio>

#include "command.h"
#include "input.h"
#include "json_output.h"
#include "options.h"
#include "recall.h"
#include "terminal.h"
#include "tokens.h"
#include "workspace.h"

namespace sw::tool {
namespace {

constexpr uint32_t kBudgetMax = 262'144;

struct Flags {
  TokenizerFlags tokenizer;
  std::string what;
  std::vector<std::string> folders;
  std::string budgets = "2k,8k,32k,128k";
  std::vector<std::string> methods;
  HoleOptions holes;
  bool json = false;
};

struct Score {
  uint64_t found = 0, of = 0;
};

struct Tally {
  std::vector<uint32_t> budgets;
  std::vector<std::string> methods;
  // By language, method and budget, in the order of the lists above.
  std::map<std::string, std::vector<std::vector<Score>>> scores;
};

Outcome parse_budgets(const std::string& text, std::vector<uint32_t>& out) {
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    uint32_t n = 0;
    const char* const last = text.data() + end;
    const auto [rest, error] = std::from_chars(text.data() + at, last, n);
    const std::string_view unit(rest, static_cast<size_t>(last - rest));
    const uint64_t budget = uint64_t{n} * (unit == "k" ? 1024 : 1);
    if (error != std::errc() || budget == 0 || budget > kBudgetMax || (!unit.empty() && unit != "k")) {
      return usage_error("--budgets wants numbers of tokens up to 256k, like 2k,8k,32k; not " + text);
    }
    out.push_back(static_cast<uint32_t>(budget));
    at = end + 1;
  }
  return success();
}

Outcome measure(const Flags& flags, sw_workspace* workspace, const std::string& folder, const std::vector<Hole>& holes, Tally& tally) {
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
        SW_TRY(holds_name(workspace, text, holes[i], tally.methods[m], tally.budgets[b], flags.holes.seed + i, found));
        scores[m][b].found += found ? 1 : 0;
        ++scores[m][b].of;
      }
    }
  }
  return success();
}

double percent(const Score& score) { return score.of == 0 ? 0 : 100.0 * static_cast<double>(score.found) / static_cast<double>(score.of); }

Outcome show(const Flags& flags, const Tally& tally) {
  Json json{{"folders", flags.folders.size()}, {"seed", flags.holes.seed}, {"languages", Json::object()}};
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
  return flags.json ? print_json(json) : print(out);
}

Outcome run(const Flags& flags) {
  Tally tally;
  SW_TRY(parse_budgets(flags.budgets, tally.budgets));
  tally.methods = flags.methods.empty() ? std::vector<std::string>{"random", "path", "bm25", "skeletons", "ours"} : flags.methods;
  TokenizerSource source;
  SW_TRY(open_tokenizer(flags.tokenizer, source));
  for (const std::string& folder : flags.folders) {
    Workspace workspace;
    SW_TRY(open_workspace({}, folder, source.tokenizer, workspace));
    std::vector<Hole> holes;
    SW_TRY(find_holes(workspace.get(), folder, flags.holes, holes));
    SW_TRY(measure(flags, workspace.get(), folder, holes, tally));
  }
  return show(flags, tally);
}

}  // namespace

void add_eval(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("eval", "Measure without a model: does the context hold what is needed?");
  app->add_option(
         "WHAT", flags->what,
         "recall: of lines that use a name which their file holds nowhere else and another file defines, the share for which the context "
         "holds it")
      ->required()
      ->check(CLI::IsMember({"recall"}));
  app->add_option("DIR", flags->folders, "Packages, each a folder of its own")->required()->check(CLI::ExistingDirectory);
  app->add_option("--budgets", flags->budgets, "Tokens of context, separated by commas; k is 1024");
  app->add_option("--method", flags->methods, "Only these: random, path, bm25, skeletons, ours")
      ->check(CLI::IsMember({"random", "path", "bm25", "skeletons", "ours"}));
  app->add_option("--lines", flags->holes.n_max, "At most so many lines of a package")->type_name("N");
  app->add_option("--seed", flags->holes.seed, "Of the choice of lines");
  add_tokenizer_options(*app, flags->tokenizer);
  add_json_option(*app, flags->json);
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
