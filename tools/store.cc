// sidewinder store: look after a folder of kept states.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>

#include "command.h"
#include "json_output.h"
#include "options.h"
#include "terminal.h"

namespace sw::tool {
namespace {

using Store = std::unique_ptr<sw_store, Release<sw_store_free>>;

struct Flags {
  std::string action;
  std::string folder;
  uint64_t bytes_max = uint64_t{4} << 30;
  bool remove = false;
  bool json = false;
};

struct Entry {
  std::string name, why, codec, weights;
  uint64_t bytes = 0, n_tokens = 0;
  int64_t used_at = 0;
  bool good = true;
  bool removed = false;
};

int32_t on_entry(void* user, const sw_store_entry* e) {
  const auto text = [](const char* s) { return std::string(s == nullptr ? "" : s); };
  static_cast<std::vector<Entry>*>(user)->push_back({text(e->name), text(e->why), text(e->codec), text(e->weights), e->bytes,
                                                     e->n_tokens, e->used_at, e->reason == 0, e->removed != 0});
  return 0;
}

std::string time_text(int64_t seconds) {
  const std::time_t time = static_cast<std::time_t>(seconds);
  std::tm tm{};
  char text[32] = "";
  if (localtime_r(&time, &tm) != nullptr) (void)std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
  return text;
}

Json to_json(const Entry& e) {
  Json json;
  json["name"] = e.name;
  json["good"] = e.good;
  if (!e.good) json["why"] = e.why;
  if (e.removed) json["removed"] = true;
  if (!e.good) return json;
  json["tokens"] = e.n_tokens;
  json["bytes"] = e.bytes;
  json["used_at"] = e.used_at;
  json["codec"] = e.codec;
  json["weights"] = e.weights;
  return json;
}

Outcome list(const Flags& flags, sw_store* store) {
  std::vector<Entry> entries;
  SW_TRY(from_status(sw_store_list(store, on_entry, &entries), kExitFailed));
  uint64_t bytes = 0;
  for (const Entry& e : entries) bytes += e.bytes;
  if (flags.json) {
    Json json{{"folder", flags.folder}, {"files", entries.size()}, {"bytes", bytes}, {"states", Json::array()}};
    for (const Entry& e : entries) json["states"].push_back(to_json(e));
    return print_json(json);
  }
  std::string out;
  for (const Entry& e : entries) {
    char line[160];
    std::snprintf(line, sizeof line, "%s  %9s tokens  %9s  %-9s ", time_text(e.used_at).c_str(), grouped(e.n_tokens).c_str(),
                  readable_bytes(e.bytes).c_str(), e.codec.c_str());
    out += (e.good ? line + e.weights.substr(0, 8) : e.name + ": " + e.why) + "\n";
  }
  out += grouped(entries.size()) + " states, " + readable_bytes(bytes) + " in " + flags.folder + "\n";
  return print(visible(out));
}

Outcome verify(const Flags& flags, sw_store* store) {
  std::vector<Entry> bad;
  sw_store_report report = SW_STORE_REPORT_INIT;
  {
    Progress progress("checking states", Progress::Unit::bytes);
    const sw_run_options options = run_options(&progress);
    SW_TRY(from_status(sw_store_verify(store, flags.remove ? 1 : 0, &options, on_entry, &bad, &report), kExitFailed));
  }
  if (flags.json) {
    Json json{{"folder", flags.folder}, {"checked", report.checked},   {"bytes", report.bytes},
              {"bad", Json::array()},   {"removed", report.removed}, {"other_version", report.other_version}};
    for (const Entry& e : bad) json["bad"].push_back(to_json(e));
    SW_TRY(print_json(json));
  } else {
    std::string out;
    for (const Entry& e : bad) out += e.why + (e.removed ? " (removed)\n" : "\n");
    out += grouped(report.checked) + " states checked, " + readable_bytes(report.bytes) + ": " + grouped(report.bad) + " bad, " +
           grouped(report.removed) + " removed\n";
    SW_TRY(print(visible(out)));
  }
  const bool left = report.bad > report.removed;
  return left ? failure(kExitFailed, SW_E_FORMAT, "some states are damaged; engines skip them, --remove removes them") : success();
}

Outcome collect(const Flags& flags, sw_store* store, uint64_t bytes_max) {
  uint64_t n_files = 0, n_bytes = 0;
  SW_TRY(from_status(sw_store_gc(store, bytes_max, &n_files, &n_bytes), kExitFailed));
  if (flags.json) return print_json(Json{{"folder", flags.folder}, {"removed", n_files}, {"bytes", n_bytes}});
  return print(grouped(n_files) + " states removed, " + readable_bytes(n_bytes) + "\n");
}

Outcome run(Flags flags) {
  if (flags.folder.empty()) flags.folder = default_store_folder();
  if (flags.folder.empty()) return usage_error("neither XDG_CACHE_HOME nor HOME is set: say --dir");
  sw_store* raw = nullptr;
  SW_TRY(from_status(sw_store_open(flags.folder.c_str(), &raw), kExitBadInput));
  const Store store(raw);
  if (flags.action == "ls") return list(flags, raw);
  if (flags.action == "verify") return verify(flags, raw);
  return collect(flags, raw, flags.action == "clear" ? 0 : flags.bytes_max);
}

}  // namespace

void add_store(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("store", "Look after the states on disk");
  app->add_option("ACTION", flags->action,
                  "ls: what there is; verify: read all of it and compare checksums; gc: remove what was not used for longest; clear: "
                  "remove all")
      ->required()
      ->check(CLI::IsMember({"ls", "verify", "gc", "clear"}));
  app->add_option("--dir", flags->folder, "The folder; default: sidewinder/states in the user's cache")->type_name("DIR");
  app->add_option("--max-bytes", flags->bytes_max, "What gc leaves; 4GiB is what engines leave by themselves")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  app->add_flag("--remove", flags->remove, "verify: remove what is damaged");
  add_json_option(*app, flags->json);
  app->footer("Engines may use the folder meanwhile. States hold tokens, that is the text that was completed: only their owner can read them.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
