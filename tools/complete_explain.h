// What a completion's prompt was made of, and what it cost.
#pragma once

#include <string>
#include <string_view>

#include "json_output.h"
#include "sidewinder/sidewinder.h"

namespace sw::tool {

// The request is done. text: of the file.
std::string explained(const sw_request* request, const sw_request_stats& stats, std::string_view text);
Json plan_json(const sw_request* request);

}  // namespace sw::tool
