// An outline without a grammar: lines that begin with a word that declares or imports in many languages, blocks by indentation.
#include <algorithm>
#include <array>

#include "context/outline_parts.h"

namespace sw {
namespace {

struct Keyword {
  std::string_view word, kind;
};

constexpr Keyword kKeywords[] = {
    {"def", "function"},     {"defp", "function"},  {"fn", "function"},     {"fun", "function"},    {"func", "function"},
    {"function", "function"}, {"proc", "function"}, {"sub", "function"},    {"macro", "macro"},     {"class", "class"},
    {"struct", "class"},     {"object", "class"},   {"protocol", "class"},  {"interface", "class"}, {"trait", "class"},
    {"impl", "class"},       {"enum", "type"},      {"type", "type"},       {"typedef", "type"},    {"union", "type"},
    {"data", "type"},        {"newtype", "type"},   {"module", "module"},   {"defmodule", "module"}, {"namespace", "module"},
    {"package", "module"},   {"const", "constant"}, {"let", "constant"},    {"val", "constant"},    {"macro_rules!", "macro"},
};
constexpr std::string_view kModifiers[] = {"public",   "private",  "protected", "internal", "static", "final",
                                           "abstract", "export",   "default",   "async",    "pub",    "override",
                                           "virtual",  "inline",   "extern",    "sealed",   "open",   "local",
                                           "partial",  "readonly", "unsafe"};
constexpr std::string_view kImports[] = {"import", "include", "#include", "use", "using", "require", "from", "open", "load"};
constexpr std::string_view kComments[] = {"#", "//", "--", "/*", "*", "\"", ";", "%"};

bool is_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) || c == '_' || byte >= 0x80;
}

template <size_t n>
bool contains(const std::string_view (&words)[n], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

// Words apart by blanks; what is not part of a name ends one.
class Words {
 public:
  Words(std::string_view text, size_t begin, size_t end) : text_(text), at_(begin), end_(end) {}

  void skip_blanks() {
    while (at_ < end_ && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  // Up to the next blank or bracket.
  ByteRange next() {
    skip_blanks();
    const size_t begin = at_;
    while (at_ < end_ && std::string_view(" \t\r\n(){}[]<>=:;,").find(text_[at_]) == std::string_view::npos) ++at_;
    return {begin, at_};
  }
  ByteRange name() {
    skip_blanks();
    const size_t begin = at_;
    while (at_ < end_ && is_word(text_[at_])) ++at_;
    return {begin, at_};
  }
  // What may follow a declared name; a sentence goes on with words.
  bool at_end_of_head() {
    skip_blanks();
    return at_ >= end_ || std::string_view("\r\n(:{<=[;,").find(text_[at_]) != std::string_view::npos;
  }
  size_t at() const { return at_; }

 private:
  std::string_view text_;
  size_t at_, end_;
};

class LineFinder {
 public:
  LineFinder(std::string_view text, const Lines& lines) : text_(text), lines_(lines) {}

  FoundParts run() {
    for (size_t line = 0; line < lines_.size(); ++line) {
      const std::string_view whole = trim_right(lines_.line(line));
      close(line, whole);
      const size_t first = whole.find_first_not_of(" \t");
      if (first == std::string_view::npos) continue;
      const size_t begin = lines_.begin(line) + first, end = lines_.begin(line) + whole.size();
      const bool comment = std::any_of(std::begin(kComments), std::end(kComments), [&](std::string_view sign) {
        return whole.substr(first).starts_with(sign) && !whole.substr(first).starts_with("#include");
      });
      if (comment) {
        found_.remarks.push_back({{begin, end}, true});
      } else {
        if (!import(begin, end)) declare(begin, end, indent_columns(whole));
        refer(begin, end);
      }
    }
    close(lines_.size(), "");
    return std::move(found_);
  }

 private:
  struct Open {
    size_t index, indent;
  };

  // A block ends before the next line that stands no deeper, or with it where that only closes.
  void close(size_t line, std::string_view whole) {
    const bool at_end = line == lines_.size();
    if (!at_end && is_blank(whole)) return;
    const size_t indent = indent_columns(whole);
    while (!open_.empty() && (at_end || indent <= open_.back().indent)) {
      const char first = at_end ? ' ' : whole[whole.find_first_not_of(" \t")];
      const bool closer = !at_end && indent == open_.back().indent &&
                          (first == '}' || first == ')' || whole.substr(whole.find_first_not_of(" \t")) == "end");
      found_.declarations[open_.back().index].whole.end = closer ? lines_.begin(line) + whole.size() : last_text_end_;
      open_.pop_back();
    }
    if (!at_end) last_text_end_ = lines_.begin(line) + whole.size();
  }

  bool import(size_t begin, size_t end) {
    Words words(text_, begin, end);
    const ByteRange keyword = words.next();
    if (!contains(kImports, text_.substr(keyword.begin, keyword.end - keyword.begin))) return false;
    words.skip_blanks();
    size_t from = words.at();
    while (from < end && std::string_view("\"'<(").find(text_[from]) != std::string_view::npos) ++from;
    size_t to = from;
    while (to < end && (is_word(text_[to]) || std::string_view("./:-@\\").find(text_[to]) != std::string_view::npos)) ++to;
    if (to == from) return false;
    found_.imports.push_back({std::string(text_.substr(from, to - from)), {begin, end}});
    return true;
  }

  void declare(size_t begin, size_t end, size_t indent) {
    Words words(text_, begin, end);
    for (ByteRange word = words.next(); word.end > word.begin; word = words.next()) {
      const std::string_view said = text_.substr(word.begin, word.end - word.begin);
      if (contains(kModifiers, said)) continue;
      const auto* keyword = std::find_if(std::begin(kKeywords), std::end(kKeywords), [&](const Keyword& k) { return k.word == said; });
      if (keyword == std::end(kKeywords)) return;
      const ByteRange name = words.name();
      if (name.end == name.begin || !words.at_end_of_head()) return;
      found_.declarations.push_back({{begin, end}, name, {}, end, keyword->kind});
      open_.push_back({found_.declarations.size() - 1, indent});
      return;
    }
  }

  void refer(size_t begin, size_t end) {
    for (size_t at = begin; at < end;) {
      if (!is_word(text_[at])) {
        ++at;
        continue;
      }
      const size_t from = at;
      while (at < end && is_word(text_[at])) ++at;
      if (!std::isdigit(static_cast<unsigned char>(text_[from])) && at - from >= 2) found_.references.push_back({from, at});
    }
  }

  std::string_view text_;
  const Lines& lines_;
  FoundParts found_;
  std::vector<Open> open_;
  size_t last_text_end_ = 0;
};

}  // namespace

FoundParts find_in_lines(std::string_view text, const Lines& lines) { return LineFinder(text, lines).run(); }

}  // namespace sw
