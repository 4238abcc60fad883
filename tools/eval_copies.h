// eval copies: how much of what a model wrote it has by heart.
#pragma once

#include <string>
#include <vector>

#include "outcome.h"

namespace sw::tool {

struct EvalCopiesOptions {
  std::vector<std::string> files;   // of texts: records of eval model and eval fim, or lines with "text" and "prompt"
  std::vector<std::string> corpus;  // folders, files, JSON lines (*.jsonl); "-": JSON lines from standard input
  bool json = false;
};

Outcome run_eval_copies(const EvalCopiesOptions& options);

}  // namespace sw::tool
