// What a model is measured on: records that models/recipe/holes.py wrote.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "outcome.h"

namespace sw::tool {

// A hole, or a whole document.
struct PinnedHole {
  size_t line = 0;   // of its file, from 1: with the file's hash, what it is known by
  std::string kind;  // "document"; "line": the rest of one; "cross": of one, from a name on that another file defines; "block"
  std::string language, package, path;
  std::string text;                    // of a document
  std::string prefix, middle, suffix;  // of a hole: windows of its file
  std::string context;                 // documents of other files under "+++++ path" headers; "": none
};

struct PinnedHoles {
  std::string hash;  // of the file
  std::vector<PinnedHole> holes;
};

// Errors name file, line and what is wrong with it.
Outcome read_pinned_holes(const std::string& path, PinnedHoles& out);

// At most `limit` of each language and kind, chosen by seed; they stay in order. A larger limit adds to those that were chosen.
void keep_some(size_t limit, uint64_t seed, std::vector<PinnedHole>& holes);

}  // namespace sw::tool
