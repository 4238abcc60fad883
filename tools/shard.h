// One part of a list of work, for a process of several.
#pragma once

#include <cstdio>
#include <string>

#include "outcome.h"

namespace sw::tool {

struct Shard {
  unsigned index = 0, n = 1;  // index < n
};

// "2/16": the second of 16 parts; "": the whole.
inline Outcome parse_shard(const std::string& text, Shard& out) {
  if (text.empty()) return success();
  unsigned i = 0, n = 0;
  char more = 0;
  if (std::sscanf(text.c_str(), "%6u/%6u%c", &i, &n, &more) != 2 || i == 0 || i > n) {
    return usage_error("--shard wants I/N, the I-th of N parts, from 1; not " + text);
  }
  out = {i - 1, n};
  return success();
}

}  // namespace sw::tool
