#include "eval_model_holes.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

#include "fnv.h"
#include "input.h"
#include "json_output.h"

namespace sw::tool {
namespace {

constexpr std::array<std::string_view, 4> kKinds = {"document", "line", "cross", "block"};

std::string hex(uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

std::string not_empty(const Json& json, const char* field) {
  std::string text = json.at(field);
  if (text.find_first_not_of(" \t\r\n") == text.npos) throw std::runtime_error(std::string("\"") + field + "\" has nothing in it");
  return text;
}

PinnedHole parse_hole(const std::string& line) {
  const Json json = Json::parse(line);
  PinnedHole hole;
  hole.kind = json.at("kind");
  if (std::find(kKinds.begin(), kKinds.end(), hole.kind) == kKinds.end()) {
    throw std::runtime_error("kind \"" + hole.kind + "\" is not one of document, line, cross, block");
  }
  hole.language = not_empty(json, "language");
  hole.package = json.at("package");
  hole.path = json.at("path");
  if (hole.kind == "document") {
    hole.text = not_empty(json, "text");
    return hole;
  }
  hole.prefix = json.at("prefix");
  hole.middle = not_empty(json, "middle");
  hole.suffix = json.at("suffix");
  hole.context = json.at("context");
  return hole;
}

}  // namespace

Outcome read_pinned_holes(const std::string& path, PinnedHoles& out) {
  std::string text;
  SW_TRY(read_text(path, text));
  out.hash = hex(fnv_hash(text));
  size_t n_lines = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    ++n_lines;
    try {
      out.holes.push_back(parse_hole(text.substr(begin, end - begin)));
    } catch (const std::exception& error) {  // nlohmann::json speaks by exceptions
      return bad_input(path + ", line " + std::to_string(n_lines) + ": not what models/recipe/holes.py writes: " + error.what());
    }
    out.holes.back().line = n_lines;
    begin = end + 1;
  }
  return out.holes.empty() ? bad_input(path + ": no holes in it; models/recipe/holes.py writes such files") : success();
}

}  // namespace sw::tool
