// Which holes a measurement fills: the same share for each language and, in it, for each package, by seed.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "outcome.h"

namespace sw::tool {

// A package as the index sees it.
struct Package {
  std::string name;    // the folder's last name
  std::string folder;
  std::vector<std::string> files;  // relative
};

// What is cut out of a file, for a model to write again.
struct FimHole {
  std::string package, path, language;
  std::string kind;  // "line": the rest of a line from the name on; "block": the lines of the smallest block around it
  std::string name;  // that the file holds nowhere else and another file of the package defines
  size_t begin = 0, end = 0;  // bytes of the file
  size_t line = 0;            // from 1
  std::string text;
};

struct FimSelection {
  uint64_t seed = 1;
  size_t n_holes = 300;
  std::string kind = "both";
  std::vector<std::string> languages;
  std::set<std::string> skip;  // files without holes, as "package/path"
};

struct Chosen {
  std::vector<Package> packages;
  std::vector<FimHole> holes;  // by package
};

// Fewer than asked for where a language has no more. Asking for more leaves those that were chosen among them.
Outcome choose_holes(const std::vector<std::string>& folders, const FimSelection& selection, Chosen& out);

}  // namespace sw::tool
