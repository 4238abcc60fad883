// sidewinder index: what a folder of source files holds, and how long it takes to learn it.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>

#include "command.h"
#include "json_output.h"
#include "options.h"
#include "terminal.h"
#include "workspace.h"

namespace sw::tool {
namespace {

struct Flags {
  WorkspaceFlags workspace;
  std::string folder = ".";
  bool stats = false;
  bool json = false;
};

struct Usage {
  double seconds = 0, cpu_seconds = 0;
  uint64_t peak_bytes = 0;
};

Usage usage_since(std::chrono::steady_clock::time_point start) {
  Usage usage;
  usage.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  struct rusage used {};
  if (getrusage(RUSAGE_SELF, &used) != 0) return usage;
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
  usage.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  usage.peak_bytes = static_cast<uint64_t>(used.ru_maxrss) * 1024;
  return usage;
}

Json to_json(const Flags& flags, const sw_workspace_stats& s, const Usage& usage) {
  Json json{{"folder", flags.folder},
            {"files", s.files},
            {"lines", s.lines},
            {"bytes", s.bytes},
            {"chunks", s.chunks},
            {"definitions", s.definitions},
            {"skeleton_bytes", s.skeleton_bytes},
            {"memory_bytes", s.memory_bytes},
            {"unchanged", s.unchanged},
            {"reread", s.reread},
            {"from_store", s.from_store},
            {"made", s.made},
            {"skipped", Json::object()},
            {"seconds", usage.seconds},
            {"cpu_seconds", usage.cpu_seconds},
            {"peak_memory_bytes", usage.peak_bytes},
            {"store_failed", s.store_failed != 0}};
  for (int32_t i = 0; i < SW_SKIP_REASONS; ++i) json["skipped"][sw_skip_reason_name(i)] = s.skipped[i];
  return json;
}

std::string skipped_text(const sw_workspace_stats& s) {
  std::string text;
  for (int32_t i = 0; i < SW_SKIP_REASONS; ++i) {
    if (s.skipped[i] > 0) text += (text.empty() ? "" : ", ") + grouped(s.skipped[i]) + " " + sw_skip_reason_name(i);
  }
  return text.empty() ? "nothing" : text;
}

std::string to_text(const Flags& flags, const sw_workspace_stats& s, const Usage& usage) {
  char time[64];
  std::snprintf(time, sizeof time, "%.2f s, %.2f s of processor time", usage.seconds, usage.cpu_seconds);
  std::string out =
      flags.folder + ": " + grouped(s.files) + " files, " + grouped(s.lines) + " lines, " + readable_bytes(s.bytes) + " in " + time + "\n";
  if (!flags.stats) return out;
  out += "chunks       " + grouped(s.chunks) + "\n";
  out += "definitions  " + grouped(s.definitions) + "\n";
  out += "skeletons    " + readable_bytes(s.skeleton_bytes) + "\n";
  out += "memory       " + readable_bytes(s.memory_bytes) + " held, " + readable_bytes(usage.peak_bytes) + " peak of the process\n";
  out += "files        " + grouped(s.unchanged) + " unchanged, " + grouped(s.reread) + " read, " + grouped(s.from_store) +
         " from the store, " + grouped(s.made) + " made\n";
  out += "passed over  " + skipped_text(s) + "\n";
  return out;
}

Outcome run(const Flags& flags) {
  const auto start = std::chrono::steady_clock::now();
  Workspace workspace;
  SW_TRY(open_workspace(flags.workspace, flags.folder, nullptr, workspace));
  sw_workspace_stats stats = SW_WORKSPACE_STATS_INIT;
  SW_TRY(from_status(sw_workspace_get_stats(workspace.get(), &stats), kExitFailed));
  const Usage usage = usage_since(start);
  if (stats.store_failed != 0) print_note(flags.workspace.store + ": the store could not be used, or lost something; the index is whole");
  if (flags.json) return print_json(to_json(flags, stats, usage));
  return print(visible(to_text(flags, stats, usage)));
}

}  // namespace

void add_index(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("index", "Index a folder of source files");
  app->add_option("DIR", flags->folder, "The folder; default: the current one");
  app->add_flag("--stats", flags->stats, "Say what it holds and what was passed over");
  add_workspace_options(*app, flags->workspace);
  add_json_option(*app, flags->json);
  app->footer(
      "Honours .gitignore, .ignore and .sidewinderignore; follows no link; passes over secrets, binaries, generated and minified files.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
