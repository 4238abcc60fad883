#include "eval_copies.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "copy_finder.h"
#include "corpus.h"
#include "input.h"
#include "json_output.h"
#include "terminal.h"

namespace sw::tool {
namespace {

constexpr size_t kMarks[] = {50, 100, 200};  // bytes
constexpr size_t kShown = 10;
static_assert(kMarks[0] == kCopyBytesMin);

void add(const Json& json, const char* field, std::vector<WrittenText>& out) {
  WrittenText written{squeezed(json.at(field).get<std::string>()), squeezed(json.value("prompt", ""))};
  if (!written.text.empty()) out.push_back(std::move(written));
}

// Records of eval model and eval fim hold several texts; other lines are one.
void add_line(const Json& json, std::vector<WrittenText>& out) {
  if (json.contains("settings") || json.value("kind", "") == "document") return;
  if (json.contains("fills")) {
    for (const Json& fill : json.at("fills")) add(fill, "raw", out);
  } else if (json.contains("results")) {
    for (const Json& result : json.at("results")) add(result, "shown", out);
  } else {
    add(json, "text", out);
  }
}

Outcome read_texts(const std::string& path, std::vector<WrittenText>& out) {
  std::string text;
  SW_TRY(read_text(path, text));
  size_t n_lines = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    ++n_lines;
    try {
      add_line(Json::parse(text.begin() + static_cast<ptrdiff_t>(begin), text.begin() + static_cast<ptrdiff_t>(end)), out);
    } catch (const std::exception& error) {  // nlohmann::json speaks by exceptions
      return bad_input(path + ", line " + std::to_string(n_lines) +
                       ": neither a record of eval model or eval fim nor {\"text\": ..., \"prompt\": ...}: " + error.what());
    }
    begin = end + 1;
  }
  return success();
}

// One kind of run over all texts, by length.
struct Spread {
  std::vector<size_t> lengths;  // ascending; 0 where a text has none

  double share_of(size_t least) const {
    const auto first = std::lower_bound(lengths.begin(), lengths.end(), least);
    return static_cast<double>(lengths.end() - first) / static_cast<double>(lengths.size());
  }
  size_t quantile(double q) const { return lengths[static_cast<size_t>(std::floor(q * static_cast<double>(lengths.size() - 1)))]; }
};

Spread spread_of(const CopyFinder& finder, size_t (*length)(const Copies& copies)) {
  Spread out;
  for (const Copies& copies : finder.found()) out.lengths.push_back(length(copies));
  std::sort(out.lengths.begin(), out.lengths.end());
  return out;
}

Json to_json(const Spread& spread) {
  Json json{{"longest", spread.lengths.back()}, {"median", spread.quantile(0.5)}, {"p90", spread.quantile(0.9)}, {"p99", spread.quantile(0.99)}};
  for (const size_t mark : kMarks) json["share_of_" + std::to_string(mark)] = spread.share_of(mark);
  return json;
}

std::string to_line(const char* name, const Spread& spread) {
  char line[160];
  std::snprintf(line, sizeof line, "%-22s %8zu %8zu %8zu %8zu %9.1f %8.1f %8.1f\n", name, spread.quantile(0.5), spread.quantile(0.9), spread.quantile(0.99),
                spread.lengths.back(), 100 * spread.share_of(kMarks[0]), 100 * spread.share_of(kMarks[1]), 100 * spread.share_of(kMarks[2]));
  return line;
}

// The texts with the freshest runs, the freshest first.
std::vector<size_t> worst(const CopyFinder& finder) {
  std::vector<size_t> order;
  for (size_t i = 0; i < finder.found().size(); ++i) {
    if (finder.found()[i].freshest.length > 0) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return finder.found()[a].freshest.fresh > finder.found()[b].freshest.fresh; });
  order.resize(std::min(order.size(), kShown));
  return order;
}

Outcome report(const CopyFinder& finder, uint64_t n_bytes, bool as_json) {
  const Spread longest = spread_of(finder, [](const Copies& copies) { return copies.longest.length; });
  const Spread fresh = spread_of(finder, [](const Copies& copies) { return copies.freshest.fresh; });
  Json json{{"texts", finder.texts().size()}, {"corpus_bytes", n_bytes}, {"copied", to_json(longest)}, {"not_in_prompt", to_json(fresh)}};
  json["worst"] = Json::array();
  std::string out = std::to_string(finder.texts().size()) + " texts, " + readable_bytes(n_bytes) + " of corpus; bytes, each run of white space as one\n" +
                    "longest run              median      p90      p99  longest    50: %   100: %   200: %\n" +
                    to_line("copied", longest) + to_line("  not in the prompt", fresh);
  for (const size_t i : worst(finder)) {
    const Copy& copy = finder.found()[i].freshest;
    const std::string run = finder.texts()[i].text.substr(copy.begin, copy.length);
    json["worst"].push_back({{"bytes", copy.length}, {"not_in_prompt", copy.fresh}, {"place", copy.place}, {"run", run}});
    out += "\n" + std::to_string(copy.length) + ", " + std::to_string(copy.fresh) + " not in the prompt: " + visible(copy.place) + "\n  " + visible(run) + "\n";
  }
  return as_json ? print_json(json) : print(out);
}

}  // namespace

Outcome run_eval_copies(const EvalCopiesOptions& options) {
  if (options.files.empty()) return usage_error("eval copies wants files of texts, as eval model --out --prompts writes them");
  if (options.corpus.empty()) return usage_error("eval copies wants --corpus: what the model was trained on");
  std::vector<WrittenText> texts;
  for (const std::string& path : options.files) SW_TRY(read_texts(path, texts));
  if (texts.empty()) return bad_input(options.files[0] + ": no texts in it");
  CopyFinder finder(std::move(texts));
  uint64_t n_bytes = 0;
  SW_TRY(read_corpus(options.corpus, [&](std::string_view text, const std::string& place) {
    n_bytes += text.size();
    finder.look_in(text, place);
  }));
  if (n_bytes == 0) return bad_input("the corpus is empty: nothing to compare with");
  return report(finder, n_bytes, options.json);
}

}  // namespace sw::tool
