// Files of a corpus, one after the other: folders, single files, and JSON lines as models/recipe writes them.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "outcome.h"

namespace sw::tool {

using VisitFile = std::function<void(std::string_view text, const std::string& place)>;

// Visits every regular file of the folders, by path, links aside; a file whose name ends in .jsonl, and "-", standard input, is read as lines
// {"p": package, "f": path, "t": text}. One file or line is in memory at a time; larger ones than 256 MiB are an error. Stops at Ctrl-C.
Outcome read_corpus(const std::vector<std::string>& paths, const VisitFile& visit);

}  // namespace sw::tool
