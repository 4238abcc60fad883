#include "fim.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "fim_records.h"
#include "fim_report.h"
#include "fim_runner.h"
#include "input.h"
#include "interrupt.h"
#include "shard.h"
#include "terminal.h"

namespace sw::tool {
namespace {

Outcome read_paths(const std::string& file, std::set<std::string>& out) {
  std::string text;
  SW_TRY(read_text(file, text));
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin) out.insert(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return success();
}

// The baseline comes first, whatever was asked for.
std::vector<uint32_t> with_zero(std::vector<uint32_t> budgets) {
  budgets.push_back(0);
  std::sort(budgets.begin(), budgets.end());
  budgets.erase(std::unique(budgets.begin(), budgets.end()), budgets.end());
  return budgets;
}

// The I-th of N parts that stay together: a process then meets few packages.
Outcome take_shard(const std::string& shard, std::vector<FimHole>& holes) {
  Shard part;
  SW_TRY(parse_shard(shard, part));
  const size_t begin = holes.size() * part.index / part.n, end = holes.size() * (part.index + 1) / part.n;
  holes = std::vector<FimHole>(holes.begin() + static_cast<ptrdiff_t>(begin), holes.begin() + static_cast<ptrdiff_t>(end));
  return success();
}

using Key = std::tuple<std::string, std::string, std::string, size_t, std::string>;
Key key_of(const FimHole& hole) { return {hole.package, hole.path, hole.kind, hole.begin, hole.text}; }

// The order of records must not matter, also not to the draws of the intervals.
Outcome report(const FimOptions& options, const FimSettings& settings, std::vector<FimRecord> records) {
  if (records.empty()) return bad_input("no holes: nothing there uses a name which its file holds nowhere else and another file defines");
  std::sort(records.begin(), records.end(), [](const FimRecord& a, const FimRecord& b) { return key_of(a.hole) < key_of(b.hole); });
  const std::vector<FimGroup> groups = group_records(records, options.selection.seed);
  return options.json ? print_json(fim_report_json(groups, settings)) : print(fim_report_table(groups, settings));
}

Outcome join(const FimOptions& options) {
  FimSettings settings;
  std::map<Key, FimRecord> records;  // a hole that two files have counts once
  for (size_t i = 0; i < options.join.size(); ++i) {
    FimFile file;
    SW_TRY(read_fim_file(options.join[i], file));
    if (file.whole_bytes == 0) return bad_input(options.join[i] + ": nothing in it; eval fim --out writes such files");
    if (i > 0 && !(file.settings == settings)) return bad_input(options.join[i] + " was written with other settings than " + options.join[0]);
    settings = file.settings;
    for (FimRecord& record : file.records) records.emplace(key_of(record.hole), std::move(record));
  }
  std::vector<FimRecord> all;
  for (auto& [key, record] : records) all.push_back(std::move(record));
  return report(options, settings, std::move(all));
}

Outcome list_holes(const std::vector<FimHole>& holes) {
  for (const FimHole& hole : holes) SW_TRY(print(json_text(hole_json(hole)) + "\n"));
  return flush_output();
}

// Where the holes of a run stand.
struct Run {
  FimSettings settings;
  FimRunner runner;
  FimWriter writer;
  std::map<Key, FimRecord> done;
};

Outcome open_run(const FimOptions& options, Run& run) {
  run.settings.budgets = with_zero(options.budgets);
  run.settings.prefix_bytes = options.prefix_bytes;
  run.settings.suffix_bytes = options.suffix_bytes;
  SW_TRY(run.runner.open(options.model, options.mode, options.prompts, run.settings));
  if (options.out.empty()) return success();
  std::vector<FimRecord> before;
  SW_TRY(run.writer.open(options.out, run.settings, before));
  for (FimRecord& record : before) run.done.emplace(key_of(record.hole), std::move(record));
  return success();
}

// Runs the holes that are not done yet, package by package.
Outcome run_holes(const Chosen& chosen, Run& run, std::vector<FimRecord>& records) {
  Progress progress("filling holes", Progress::Unit::items);
  const Package* here = nullptr;
  for (size_t i = 0; i < chosen.holes.size(); ++i) {
    const FimHole& hole = chosen.holes[i];
    progress.update(i, chosen.holes.size());
    if (interrupted()) return interrupted_outcome();
    if (const auto found = run.done.find(key_of(hole)); found != run.done.end()) {
      records.push_back(found->second);
      continue;
    }
    if (here == nullptr || here->name != hole.package) {
      here = &*std::find_if(chosen.packages.begin(), chosen.packages.end(), [&](const Package& package) { return package.name == hole.package; });
      SW_TRY(run.runner.enter(*here));
    }
    FimRecord record;
    SW_TRY(run.runner.run(hole, record));
    SW_TRY(run.writer.write(record));
    records.push_back(std::move(record));
  }
  return success();
}

}  // namespace

Outcome run_fim(const FimOptions& options) {
  if (!options.join.empty()) return join(options);
  if (options.folders.empty()) return usage_error("eval fim wants the folders of packages, or --join with the files of earlier runs");
  FimSelection selection = options.selection;
  if (!options.skip.empty()) SW_TRY(read_paths(options.skip, selection.skip));
  Chosen chosen;
  SW_TRY(choose_holes(options.folders, selection, chosen));
  SW_TRY(take_shard(options.shard, chosen.holes));
  if (options.list) return list_holes(chosen.holes);
  Run run;
  SW_TRY(open_run(options, run));
  std::vector<FimRecord> records;
  const Outcome outcome = run_holes(chosen, run, records);
  if (!outcome.ok() && !options.out.empty()) {
    print_note(std::to_string(records.size()) + " of " + std::to_string(chosen.holes.size()) + " holes are in " +
               options.out + "; the same command goes on from there");
  }
  SW_TRY(outcome);
  if (records.empty() && !options.shard.empty()) return success();  // more parts than holes
  return report(options, run.settings, std::move(records));
}

}  // namespace sw::tool
