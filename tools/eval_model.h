// eval model: how good a model is by itself, on pinned holes and documents.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "options.h"

namespace sw::tool {

struct EvalModelOptions {
  ModelFlags model;
  std::vector<std::string> files;  // of holes
  std::string mode;                // "": spm and psm, as far as the model has them
  size_t limit = 0;                // of each language and kind; 0: all
  uint64_t seed = 1;
  std::string shard;               // "2/16"; "": all
  std::string out;                 // "": nothing is kept
  std::vector<std::string> join;
  bool prompts = false, json = false;
};

Outcome run_eval_model(const EvalModelOptions& options);

}  // namespace sw::tool
