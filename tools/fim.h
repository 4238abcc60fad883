// eval fim: whether what a prompt takes from a repository helps the model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fim_holes.h"
#include "options.h"

namespace sw::tool {

struct FimOptions {
  ModelFlags model;
  std::vector<std::string> folders;
  FimSelection selection;
  std::vector<uint32_t> budgets;
  std::string mode;   // "": the model's own
  std::string shard;  // "2/16"; "": all
  std::string out;    // "": nothing is kept
  std::string skip;   // file of paths; "": none
  std::vector<std::string> join;
  size_t prefix_bytes = 6144, suffix_bytes = 2048;
  bool list = false, prompts = false, json = false;
};

Outcome run_fim(const FimOptions& options);

}  // namespace sw::tool
