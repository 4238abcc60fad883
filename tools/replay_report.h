// What replays have shown: JSON, a table, a picture.
#pragma once

#include <string>
#include <vector>

#include "json_output.h"
#include "replay.h"

namespace sw::tool {

Json replay_json(const std::vector<ReplayResult>& results, const ReplayOptions& options, const std::string& trace);
std::string replay_table(const std::vector<ReplayResult>& results, const ReplayOptions& options);
// The share of edits that re-run more than x tokens, over x, both logarithmic: SVG.
std::string replay_plot(const std::vector<ReplayResult>& results, const std::string& title);

}  // namespace sw::tool
