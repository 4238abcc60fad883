#include "place.h"

#include <charconv>
#include <optional>

#include "input.h"

namespace sw::tool {
namespace {

// Cuts ":NUMBER" off the end of `text`.
std::optional<size_t> take_number(std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size()) return std::nullopt;
  size_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  text.resize(colon);
  return value;
}

}  // namespace

Place parse_place(const std::string& text) {
  std::string rest = text;
  const std::optional<size_t> column = take_number(rest);
  const std::optional<size_t> line = column ? take_number(rest) : std::nullopt;
  if (!line || rest.empty()) return {text, 0, 0};
  return {rest, *line, *column};
}

std::string place_name(const Place& place) {
  return display_name(place.file) + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

}  // namespace sw::tool
