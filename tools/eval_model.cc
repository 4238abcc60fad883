#include "eval_model.h"

#include <map>

#include "eval_model_report.h"
#include "eval_model_runner.h"
#include "interrupt.h"
#include "shard.h"
#include "terminal.h"

namespace sw::tool {
namespace {

using Records = std::map<size_t, ModelRecord>;  // by the line of the holes' file: the order of runs and files does not matter

Outcome report(const EvalModelOptions& options, const ModelSettings& settings, const Records& records) {
  std::vector<ModelRecord> all;
  for (const auto& [line, record] : records) all.push_back(record);
  const ModelReport report = report_model(all, options.seed);
  return options.json ? print_json(model_report_json(report, settings)) : print(model_report_table(report, settings));
}

Outcome join(const EvalModelOptions& options) {
  ModelSettings settings;
  Records records;
  for (size_t i = 0; i < options.join.size(); ++i) {
    ModelFile file;
    SW_TRY(read_model_file(options.join[i], file));
    if (file.whole_bytes == 0) return bad_input(options.join[i] + ": nothing in it; eval model --out writes such files");
    if (i > 0 && settings_json(file.settings) != settings_json(settings)) {
      return bad_input(options.join[i] + " was written with other settings than " + options.join[0]);
    }
    settings = file.settings;
    for (ModelRecord& record : file.records) records.emplace(record.line, std::move(record));
  }
  return report(options, settings, records);
}

// Those of the shard: every n-th, so that all shards have about as much of each kind and language.
Outcome choose(const EvalModelOptions& options, PinnedHoles& out) {
  SW_TRY(read_pinned_holes(options.files[0], out));
  keep_some(options.limit, options.seed, out.holes);
  Shard shard;
  SW_TRY(parse_shard(options.shard, shard));
  std::vector<PinnedHole> mine;
  for (size_t i = shard.index; i < out.holes.size(); i += shard.n) mine.push_back(std::move(out.holes[i]));
  out.holes = std::move(mine);
  return success();
}

Outcome run_holes(const std::vector<PinnedHole>& holes, EvalModelRunner& runner, ModelWriter& writer, const Records& before, Records& records) {
  Progress progress("filling holes", Progress::Unit::items);
  for (size_t i = 0; i < holes.size(); ++i) {
    progress.update(i, holes.size());
    if (interrupted()) return interrupted_outcome();
    const size_t line = holes[i].line;
    if (const auto found = before.find(line); found != before.end()) {
      records.insert(*found);
      continue;
    }
    ModelRecord record;
    SW_TRY(runner.run(holes[i], record));
    SW_TRY(writer.write(record));
    records.emplace(line, std::move(record));
  }
  return success();
}

}  // namespace

Outcome run_eval_model(const EvalModelOptions& options) {
  if (!options.join.empty()) return join(options);
  if (options.files.size() != 1) return usage_error("eval model wants one file of holes, as models/recipe/holes.py writes it, or --join");
  PinnedHoles holes;
  SW_TRY(choose(options, holes));
  ModelSettings settings;
  settings.holes = holes.hash;
  EvalModelRunner runner;
  SW_TRY(runner.open(options.model, options.mode, options.prompts, settings));
  ModelWriter writer;
  Records before, records;
  if (!options.out.empty()) {
    std::vector<ModelRecord> found;
    SW_TRY(writer.open(options.out, settings, found));
    for (ModelRecord& record : found) before.emplace(record.line, std::move(record));
  }
  const Outcome outcome = run_holes(holes.holes, runner, writer, before, records);
  if (!outcome.ok() && !options.out.empty()) {
    print_note(std::to_string(records.size()) + " of " + std::to_string(holes.holes.size()) + " records are in " + options.out +
               "; the same command goes on from there");
  }
  SW_TRY(outcome);
  return records.empty() ? success() : report(options, settings, records);  // more parts than holes
}

}  // namespace sw::tool
