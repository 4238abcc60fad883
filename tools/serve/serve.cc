// sidewinder serve: suggestions for editors, as a language server.
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "command.h"
#include "serve/forwarder.h"
#include "serve/launch.h"
#include "serve/server.h"

namespace sw::tool {
namespace {

struct Flags {
  std::vector<std::pair<std::string, std::string>> given;  // settings by name
  std::string daemon_socket;
  bool stdio = true;
};

Outcome values_of(const Flags& flags, SettingValues& out) {
  for (const auto& [name, text] : flags.given) SW_TRY(out.set_text(name, text));
  return success();
}

Outcome run_daemon(const Flags& flags, SettingValues values) {
  Listener listener;
  const Outcome opened = Listener::open(flags.daemon_socket, listener);
  if (opened.status == SW_E_STATE) return success();  // another was faster: our starter joins that one
  SW_TRY(opened);
  if (chdir("/") != 0) return from_errno(errno, kExitFailed, "/");
  return Server(std::move(values)).run_shared(std::move(listener));
}

Outcome run(const Flags& flags) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that is gone is an error of the write
  SettingValues values;
  SW_TRY(values_of(flags, values));
  if (!flags.daemon_socket.empty()) return run_daemon(flags, std::move(values));
  if (is_terminal(STDIN_FILENO)) return usage_error("standard input is a terminal: an editor starts this and speaks LSP to it (docs/serve.md)");
  if (values.settings().endpoint == "alone") return Server(std::move(values)).run_alone();
  return Forwarder(std::move(values), own_program()).run();
}

std::string type_name_of(const Json& entry) {
  const Json& type = entry.at("type");
  if (entry.at("name") == "model" || entry.at("name") == "storeFolder") return "DIR";
  if (entry.contains("enum") || type.is_array()) return "VALUE";
  if (type == "boolean") return "true|false";
  if (type == "object" || type == "array") return "JSON";
  return type == "string" ? "TEXT" : "N";
}

// A flag for every setting that the server acts on.
void add_settings(CLI::App& app, const std::shared_ptr<Flags>& flags) {
  for (const Json& entry : settings_table().at("settings")) {
    if (entry.at("side") == "editor") continue;
    const std::string name = entry.at("name");
    const auto keep = [flags, name](const std::string& text) { flags->given.emplace_back(name, text); };
    CLI::Option* option = app.add_option_function<std::string>(flag_of(name), keep, entry.at("doc").get<std::string>())->type_name(type_name_of(entry));
    if (entry.contains("enum")) option->check(CLI::IsMember(entry["enum"].get<std::vector<std::string>>()));
    const Json& value = entry.at("default");
    if (!value.is_structured() && value != "") option->default_str(value.is_string() ? value.get<std::string>() : json_text(value));
  }
}

}  // namespace

void add_serve(CLI::App& root, Commands& commands) {
  auto flags = std::make_shared<Flags>();
  CLI::App* app = root.add_subcommand("serve", "Suggest code in editors, as a language server on standard input and output");
  app->add_flag("--stdio", flags->stdio, "Speak on standard input and output; always so, for clients that pass it");
  app->add_option("--daemon", flags->daemon_socket, "Be the shared server behind this socket; serve starts it by itself")->type_name("FILE");
  add_settings(*app, flags);
  app->footer(
      "Speaks LSP 3.18 with textDocument/inlineCompletion. All windows of a user share one server with one model, which the first one starts. What "
      "an editor sends as initializationOptions or by workspace/didChangeConfiguration goes before the flags.");
  commands.push_back({app, [flags] { return run(*flags); }});
}

}  // namespace sw::tool
