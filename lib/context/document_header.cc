#include "context/document_header.h"

#include <algorithm>

namespace sw {

std::string document_header(const std::string& header, std::string_view path) {
  constexpr std::string_view kPath = "{path}";
  std::string one_line(path);
  std::replace_if(one_line.begin(), one_line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  std::string text = header;
  for (size_t at = text.find(kPath); at != text.npos; at = text.find(kPath, at + one_line.size())) {
    text.replace(at, kPath.size(), one_line);
  }
  return text;
}

}  // namespace sw
