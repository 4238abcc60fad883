// JSON on stdout, one document a line.
#pragma once

#include <nlohmann/json.hpp>

#include "outcome.h"
#include "terminal.h"

namespace sw::tool {

using Json = nlohmann::ordered_json;

// Paths of files may hold bytes that are not UTF-8: those become U+FFFD.
inline std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

inline Outcome print_json(const Json& value) {
  SW_TRY(print(json_text(value) + "\n"));
  return flush_output();
}

}  // namespace sw::tool
