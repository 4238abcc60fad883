// eval recall: how often a context holds the name that a line needs from another file. No model takes part.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cross_holes.h"
#include "tokens.h"

namespace sw::tool {

struct RecallOptions {
  TokenizerFlags tokenizer;
  std::vector<std::string> folders;
  std::vector<uint32_t> budgets;
  std::vector<std::string> methods;  // of choosing a context; none: all
  HoleOptions holes;
  bool json = false;
};

Outcome run_recall(const RecallOptions& options);

}  // namespace sw::tool
