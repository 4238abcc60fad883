// sidewinder eval: how good what we do is, measured without a user.
#include <charconv>
#include <filesystem>

#include "command.h"
#include "eval_copies.h"
#include "eval_model.h"
#include "fim.h"
#include "options.h"
#include "recall.h"

namespace sw::tool {
namespace {

constexpr uint32_t kBudgetMax = 262'144;

struct Flags {
  std::string what;
  std::string budgets;    // "": the measurement's own
  std::string tokenizer;  // recall's
  std::vector<std::string> methods;
  size_t lines = 40;
  std::string languages = "python,go,rust,c,cpp,java,javascript,typescript";
  size_t limit = 0;                 // model's
  std::vector<std::string> corpus;  // copies'
  FimOptions fim;    // with what several have: paths, model, seed, --out and so on
};

Outcome need_folders(const Flags& flags) {
  for (const std::string& path : flags.fim.folders) {
    if (!std::filesystem::is_directory(path)) return usage_error("eval " + flags.what + " wants the folders of packages; " + path + " is none");
  }
  return success();
}

// Without a model 0 tokens show nothing; with one they are what the rest is compared with.
Outcome parse_budgets(const std::string& text, uint32_t least, std::vector<uint32_t>& out) {
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    uint32_t n = 0;
    const char* const last = text.data() + end;
    const auto [rest, error] = std::from_chars(text.data() + at, last, n);
    const std::string_view unit(rest, static_cast<size_t>(last - rest));
    const uint64_t budget = uint64_t{n} * (unit == "k" ? 1024 : 1);
    if (error != std::errc() || budget < least || budget > kBudgetMax || (!unit.empty() && unit != "k")) {
      return usage_error("--budgets wants numbers of tokens up to 256k, like 2k,8k,32k; not " + text);
    }
    out.push_back(static_cast<uint32_t>(budget));
    at = end + 1;
  }
  return success();
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out = CLI::detail::split(text, ',');
  std::erase(out, "");
  return out;
}

Outcome recall(const Flags& flags) {
  if (flags.fim.folders.empty()) return usage_error("eval recall wants the folders of packages");
  SW_TRY(need_folders(flags));
  RecallOptions options;
  options.tokenizer = {flags.fim.model.path, flags.tokenizer};
  options.folders = flags.fim.folders;
  options.methods = flags.methods;
  options.holes.seed = flags.fim.selection.seed;
  options.holes.n_max = flags.lines;
  options.json = flags.fim.json;
  SW_TRY(parse_budgets(flags.budgets.empty() ? "2k,8k,32k,128k" : flags.budgets, 1, options.budgets));
  return run_recall(options);
}

Outcome model(const Flags& flags) {
  const FimOptions& fim = flags.fim;
  return run_eval_model({fim.model, fim.folders, fim.mode, flags.limit, fim.selection.seed, fim.shard, fim.out, fim.join, fim.prompts, fim.json});
}

Outcome fim(const Flags& flags) {
  SW_TRY(need_folders(flags));
  FimOptions options = flags.fim;
  options.selection.languages = split(flags.languages);
  if (options.selection.languages.empty()) return usage_error("--languages wants names of languages, like python,go");
  SW_TRY(parse_budgets(flags.budgets.empty() ? "0,1k,4k,16k" : flags.budgets, 0, options.budgets));
  return run_fim(options);
}

Outcome run(const Flags& flags) {
  if (flags.what == "fim") return fim(flags);
  if (flags.what == "model") return model(flags);
  if (flags.what == "copies") return run_eval_copies({flags.fim.folders, flags.corpus, flags.fim.json});
  return recall(flags);
}

void add_recall_options(CLI::App& app, Flags& flags) {
  app.add_option("--method", flags.methods, "recall: only these ways to choose a context: random, path, bm25, skeletons, ours")
      ->check(CLI::IsMember({"random", "path", "bm25", "skeletons", "ours"}));
  app.add_option("--lines", flags.lines, "recall: at most so many lines of a package")->type_name("N")->capture_default_str();
  app.add_option("--tokenizer", flags.tokenizer, "recall: count tokens by this SentencePiece model")->type_name("FILE")->excludes(app.get_option("--model"));
}

void add_fim_options(CLI::App& app, Flags& flags) {
  FimOptions& fim = flags.fim;
  app.add_option("--holes", fim.selection.n_holes, "fim: how many, the same share of each language and package")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--kind", fim.selection.kind, "fim: rests of lines, blocks of statements, or half of each")
      ->check(CLI::IsMember({"line", "block", "both"}))
      ->capture_default_str();
  app.add_option("--languages", flags.languages, "fim: of the files with holes, separated by commas")->type_name("LIST")->capture_default_str();
  app.add_option("--skip", fim.skip, "fim: no holes in the files that this one lists, one package/path a line")->type_name("FILE");
  app.add_option("--mode", fim.mode, "how the model fills in; default: its own for fim, spm and psm for model")->check(CLI::IsMember({"spm", "psm", "instruct", "prefix"}));
  app.add_option("--prefix-window", fim.prefix_bytes, "fim: bytes before the hole that the model sees of its file")->type_name("BYTES")->capture_default_str();
  app.add_option("--suffix-window", fim.suffix_bytes, "fim: and behind it")->type_name("BYTES")->capture_default_str();
  app.add_option("--out", fim.out, "fim, model: keep each hole's results in this file, and go on from those that it has")->type_name("FILE");
  app.add_option("--shard", fim.shard, "fim, model: only the I-th of N parts of the holes")->type_name("I/N");
  app.add_option("--join", fim.join, "fim, model: run nothing and report on these files that --out wrote")->type_name("FILE");
  app.add_flag("--list", fim.list, "fim: run nothing and print the holes as JSON lines");
  app.add_flag("--prompts", fim.prompts, "fim, model: keep the text of each prompt, too");
}

void add_own_model_options(CLI::App& app, Flags& flags) {
  app.add_option("--corpus", flags.corpus, "copies: folders, files or JSON lines (*.jsonl, - for standard input) that the model was trained on")->type_name("PATH");
  app.add_option("--limit", flags.limit, "model: at most so many holes or documents of each kind and language; 0: all")->type_name("N")->capture_default_str();
}

}  // namespace

void add_eval(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("eval", "Measure how good a model is, and what the context of a repository is worth");
  app->add_option("WHAT", flags->what,
                  "recall: of lines that use a name which their file holds nowhere else and another file defines, the share for which the "
                  "context holds it, without a model; fim: how much of such lines and blocks the model writes again, by tokens of context; model: bits a "
                  "byte of documents, and how well the model fills pinned holes; copies: the longest runs of what a model wrote that stand in what it "
                  "was trained on")
      ->required()
      ->check(CLI::IsMember({"recall", "fim", "model", "copies"}));
  app->add_option("PATH", flags->fim.folders, "recall, fim: packages, each a folder of its own; model: a file of holes, which models/recipe/holes.py wrote; copies: "
                  "what eval model --out --prompts wrote, or lines {\"text\": ..., \"prompt\": ...}")
      ->check(CLI::ExistingPath);
  app->add_option("--budgets", flags->budgets,
                  "Tokens of context, separated by commas; k is 1024. Default: 2k,8k,32k,128k for recall; 0,1k,4k,16k for fim, which always has 0");
  app->add_option("--seed", flags->fim.selection.seed, "Of the choice of lines, and of the intervals")->capture_default_str();
  add_model_options(*app, flags->fim.model);
  add_recall_options(*app, *flags);
  add_fim_options(*app, *flags);
  add_own_model_options(*app, *flags);
  add_json_option(*app, flags->fim.json);
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
