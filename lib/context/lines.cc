#include "context/lines.h"

#include <algorithm>
#include <cstring>

namespace sw {

Lines::Lines(std::string_view text) : text_(text) {
  if (!text.empty()) begins_.push_back(0);
  for (size_t at = text.find('\n'); at != std::string_view::npos && at + 1 < text.size(); at = text.find('\n', at + 1)) {
    begins_.push_back(at + 1);
  }
  begins_.push_back(text.size());
}

size_t Lines::of(size_t offset) const {
  const auto after = std::upper_bound(begins_.begin(), begins_.end(), offset);
  const auto index = static_cast<size_t>(after - begins_.begin());
  return std::min(index == 0 ? 0 : index - 1, size() == 0 ? 0 : size() - 1);
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos; }

std::string_view trim_right(std::string_view text) {
  const size_t last = text.find_last_not_of(" \t\r\n\f\v");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

size_t count_non_blank(std::string_view text) {
  size_t n = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    n += byte > ' ' && (byte & 0xc0) != 0x80;
  }
  return n;
}

size_t indent_columns(std::string_view line, size_t tab) {
  size_t columns = 0;
  for (const char c : line) {
    if (c != ' ' && c != '\t') break;
    columns = c == '\t' ? (columns / tab + 1) * tab : columns + 1;
  }
  return columns;
}

}  // namespace sw
