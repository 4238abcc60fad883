// sidewinder: code completion on this machine. A client of the public header.
#include <CLI/CLI.hpp>
#include <cstring>
#include <new>

#include "command.h"
#include "interrupt.h"
#include "json_output.h"
#include "terminal.h"

namespace sw::tool {
namespace {

bool wants_json(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--") == 0) break;
    if (std::strcmp(argv[i], "--json") == 0) return true;
  }
  return false;
}

int report(const Outcome& outcome, bool json) {
  if (outcome.ok()) return kExitOk;
  print_note(outcome.message);
  if (json) {
    Json error;
    error["error"]["status"] = sw_status_name(outcome.status);
    error["error"]["message"] = outcome.message;
    error["error"]["exit_code"] = outcome.exit_code;
    // When stdout itself is broken there is no better place to say it than stderr, which was done.
    [[maybe_unused]] const Outcome ignored = print_json(error);
  }
  return outcome.exit_code;
}

std::string version_text() {
  const uint32_t api = sw_api_version();
  return std::string("sidewinder ") + sw_version() + " (API " + std::to_string(api >> 16) + "." +
         std::to_string(api & 0xffff) + ")";
}

void set_up(CLI::App& app, Commands& commands) {
  app.name("sidewinder");
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text(), "Print the version and exit");
  app.footer(exit_code_help());
  add_complete(app, commands);
  add_generate(app, commands);
  add_logits(app, commands);
  add_state(app, commands);
  add_tokenize(app, commands);
  add_detokenize(app, commands);
  add_info(app, commands);
  add_bench(app, commands);
  add_quality(app, commands);
  add_quantize(app, commands);
  add_replay(app, commands);
  add_store(app, commands);
  add_index(app, commands);
  add_context(app, commands);
  add_eval(app, commands);
  add_chunks(app, commands);
  add_skeleton(app, commands);
  add_serve(app, commands);
  add_status(app, commands);
  add_synth(app, commands);
  add_manpage(app, commands);
  add_completions(app, commands);
}

Outcome run_selected(const Commands& commands) {
  for (const Command& command : commands) {
    if (!command.app->parsed()) continue;
    SW_TRY(command.run());
    return flush_output();
  }
  return usage_error("no command; see sidewinder --help");
}

int parse_and_run(int argc, char** argv) {
  CLI::App app("Code completion on this machine, from Mamba-2 models");
  Commands commands;
  set_up(app, commands);
  const bool json = wants_json(argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wish) {  // --help, --version
    return app.exit(wish) == 0 ? report(flush_output(), json) : kExitFailed;
  } catch (const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    const std::string help = chosen.empty() ? "sidewinder --help" : "sidewinder " + chosen[0]->get_name() + " --help";
    return report(usage_error(std::string(error.what()) + " (see " + help + ")"), json);
  }
  if (Outcome outcome = install_interrupt_handlers(); !outcome.ok()) return report(outcome, json);
  return report(run_selected(commands), json);
}

}  // namespace
}  // namespace sw::tool

int main(int argc, char** argv) {
  try {
    return sw::tool::parse_and_run(argc, argv);
  } catch (const std::bad_alloc&) {
    std::fputs("sidewinder: out of memory\n", stderr);
    return sw::tool::kExitFailed;
  }
}
