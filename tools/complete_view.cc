#include "complete_view.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "terminal.h"

namespace sw::tool {
namespace {

constexpr const char* kReset = "\033[0m";
constexpr const char* kGutter = "\033[90m";
constexpr const char* kGhost = "\033[3;90m";  // italic grey, as editors do
constexpr const char* kTitle = "\033[1m";
constexpr size_t kLineBytesMax = 400;  // of one side of the cursor's line: a minified file must not fill the screen

std::string paint(const char* how, const std::string& text, bool colour) {
  return colour && !text.empty() ? how + text + kReset : text;
}

// Lines end at LF, CR LF or CR, as the library counts them.
size_t line_begin(std::string_view text, size_t offset) {
  while (offset > 0 && text[offset - 1] != '\n' && text[offset - 1] != '\r') --offset;
  return offset;
}

size_t line_end(std::string_view text, size_t offset) {
  return std::min(text.find_first_of("\r\n", offset), text.size());
}

size_t next_line(std::string_view text, size_t end) {
  if (end < text.size() && text[end] == '\r') ++end;
  if (end < text.size() && text[end] == '\n') ++end;
  return end;
}

size_t previous_line(std::string_view text, size_t begin) {
  size_t end = begin - 1;  // the last byte of the line end before
  if (text[end] == '\n' && end > 0 && text[end - 1] == '\r') --end;
  return line_begin(text, end);
}

bool inside_character(std::string_view text, size_t i) {
  return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80;
}

std::string head(std::string_view text) {
  if (text.size() <= kLineBytesMax) return visible(text);
  size_t cut = kLineBytesMax;
  while (inside_character(text, cut)) --cut;
  return visible(text.substr(0, cut)) + " ...";
}

std::string tail(std::string_view text) {
  if (text.size() <= kLineBytesMax) return visible(text);
  size_t cut = text.size() - kLineBytesMax;
  while (inside_character(text, cut)) ++cut;
  return "... " + visible(text.substr(cut));
}

std::string gutter(size_t line, bool colour) {
  std::array<char, 32> label;
  if (line > 0) {
    std::snprintf(label.data(), label.size(), "%6zu | ", line);
  } else {
    std::snprintf(label.data(), label.size(), "%6s | ", "+");
  }
  return paint(kGutter, label.data(), colour);
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t begin = 0;;) {
    const size_t end = line_end(text, begin);
    lines.push_back(text.substr(begin, end - begin));
    if (end == text.size()) return lines;
    begin = next_line(text, end);
  }
}

std::string render_before(const View& view, size_t begin) {
  std::string out;
  size_t line = view.line;
  for (size_t i = 0; i < view.context_lines && begin > 0; ++i) {
    begin = previous_line(view.text, begin);
    --line;
    const size_t end = line_end(view.text, begin);
    out = gutter(line, view.colour) + head(view.text.substr(begin, end - begin)) + "\n" + out;
  }
  return out;
}

std::string render_after(const View& view, size_t end) {
  std::string out;
  for (size_t i = 1; i <= view.context_lines && end < view.text.size(); ++i) {
    const size_t begin = next_line(view.text, end);
    end = line_end(view.text, begin);
    if (begin == view.text.size()) break;  // the end of the last line is not another line
    out += gutter(view.line + i, view.colour) + head(view.text.substr(begin, end - begin)) + "\n";
  }
  return out;
}

std::string ghost_text(std::string_view text, bool colour) {
  const std::string safe = visible(text);
  return colour ? paint(kGhost, safe, true) : "{+" + safe + "+}";
}

}  // namespace

std::string render(const View& view) {
  const size_t begin = line_begin(view.text, view.offset);
  const size_t end = line_end(view.text, view.offset);
  std::string out = paint(kTitle, visible(view.title), view.colour) + "\n";
  out += render_before(view, begin);
  out += gutter(view.line, view.colour) + tail(view.text.substr(begin, view.offset - begin));
  const std::vector<std::string_view> ghost = split_lines(view.ghost);
  for (size_t i = 0; i < ghost.size(); ++i) {
    if (i > 0) out += "\n" + gutter(0, view.colour);
    if (!view.ghost.empty()) out += ghost_text(ghost[i], view.colour);
  }
  out += head(view.text.substr(view.offset, end - view.offset)) + "\n";
  return out + render_after(view, end);
}

std::string render_alternative(size_t number, double logprob, std::string_view text, bool colour) {
  const std::vector<std::string_view> lines = split_lines(text);
  std::array<char, 64> label;
  std::snprintf(label.data(), label.size(), "%6zu | %8.2f  ", number, logprob);
  std::string out = paint(kGutter, label.data(), colour) + ghost_text(head(lines[0]), colour);
  if (lines.size() > 1) out += paint(kGutter, " (+" + std::to_string(lines.size() - 1) + " lines)", colour);
  return out + "\n";
}

}  // namespace sw::tool
