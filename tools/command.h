// The subcommands: each adds itself to the command line and says how it runs.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "outcome.h"

namespace sw::tool {

struct Command {
  CLI::App* app = nullptr;
  std::function<Outcome()> run;
};

using Commands = std::vector<Command>;

// One function per file of the same name.
void add_complete(CLI::App& root, Commands& commands);
void add_generate(CLI::App& root, Commands& commands);
void add_logits(CLI::App& root, Commands& commands);
void add_state(CLI::App& root, Commands& commands);
void add_tokenize(CLI::App& root, Commands& commands);
void add_detokenize(CLI::App& root, Commands& commands);
void add_info(CLI::App& root, Commands& commands);
void add_store(CLI::App& root, Commands& commands);
void add_index(CLI::App& root, Commands& commands);
void add_context(CLI::App& root, Commands& commands);
void add_eval(CLI::App& root, Commands& commands);
void add_replay(CLI::App& root, Commands& commands);
void add_bench(CLI::App& root, Commands& commands);
void add_quality(CLI::App& root, Commands& commands);
void add_quantize(CLI::App& root, Commands& commands);
void add_chunks(CLI::App& root, Commands& commands);
void add_skeleton(CLI::App& root, Commands& commands);
void add_serve(CLI::App& root, Commands& commands);
void add_status(CLI::App& root, Commands& commands);
void add_synth(CLI::App& root, Commands& commands);
void add_manpage(CLI::App& root, Commands& commands);      // hidden: the build runs it
void add_completions(CLI::App& root, Commands& commands);  // hidden: the build runs it

}  // namespace sw::tool
