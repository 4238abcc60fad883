#include "context/outline.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_set>

#include "context/lines.h"
#include "context/outline_parts.h"

namespace sw {
namespace {

std::string_view part(std::string_view text, const ByteRange& range) { return text.substr(range.begin, range.end - range.begin); }

// Joins remarks to the declaration below them: line after line without a gap, each with a line of its own.
class RemarksAbove {
 public:
  RemarksAbove(std::string_view text, const Lines& lines, std::vector<Remark> remarks)
      : text_(text), lines_(lines), remarks_(std::move(remarks)) {
    std::sort(remarks_.begin(), remarks_.end(), [](const Remark& a, const Remark& b) { return a.range.begin < b.range.begin; });
  }

  void join(Declaration& declaration) const {
    const size_t begin = declaration.whole.begin;
    size_t line = lines_.of(begin);
    if (!is_blank(text_.substr(lines_.begin(line), begin - lines_.begin(line)))) return;
    const auto after = std::lower_bound(remarks_.begin(), remarks_.end(), begin,
                                        [](const Remark& r, size_t at) { return r.range.begin < at; });
    for (auto above = after; above != remarks_.begin();) {
      --above;
      const ByteRange range{above->range.begin, trimmed_end(above->range)};
      if (part(text_, range).starts_with("#!")) return;  // speaks of the file
      if (range.end > begin || lines_.of(range.end == 0 ? 0 : range.end - 1) + 1 < line) return;
      const size_t first = lines_.of(range.begin);
      if (!is_blank(text_.substr(lines_.begin(first), range.begin - lines_.begin(first)))) return;
      if (above->is_comment && (declaration.doc.end == 0 || declaration.doc.begin >= range.end)) {
        declaration.doc = {range.begin, declaration.doc.end == 0 ? range.end : declaration.doc.end};
      }
      declaration.whole.begin = range.begin;
      line = first;
    }
  }

 private:
  size_t trimmed_end(const ByteRange& range) const { return range.begin + trim_right(part(text_, range)).size(); }

  std::string_view text_;
  const Lines& lines_;
  std::vector<Remark> remarks_;
};

bool outer_first(const FoundDeclaration& a, const FoundDeclaration& b) {
  if (a.whole.begin != b.whole.begin) return a.whole.begin < b.whole.begin;
  if (a.whole.end != b.whole.end) return a.whole.end > b.whole.end;
  return a.kind == "wrapper" && b.kind != "wrapper";
}

struct Open {
  size_t end;
  int index;               // of the declaration; -1: a wrapper
  ByteRange whole;         // of the wrapper
};

// A Ruby symbol without its colon, a heading without its end of line.
std::string plain_name(std::string_view name) {
  name = name.substr(0, name.find('\n'));
  if (name.size() > 1 && name.front() == ':') name.remove_prefix(1);
  return std::string(trim_right(name));
}

Declaration declare(std::string_view text, const FoundDeclaration& found) {
  Declaration declaration;
  declaration.name = plain_name(part(text, found.name));
  declaration.kind = std::string(found.kind);
  declaration.whole = found.whole;
  const size_t end = std::clamp(found.signature_end, found.whole.begin, found.whole.end);
  declaration.signature = {found.whole.begin, end};
  declaration.signature.end = found.whole.begin + trim_right(part(text, declaration.signature)).size();
  declaration.doc = found.doc;
  return declaration;
}

// Several patterns may find one declaration.
void keep_first_patterns(std::vector<FoundDeclaration>& found) {
  const auto by_name = [](const FoundDeclaration& f) { return std::tuple(f.kind == "wrapper", f.name.begin, f.pattern); };
  std::stable_sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return by_name(a) < by_name(b); });
  const auto same = [](const auto& a, const auto& b) { return a.kind != "wrapper" && b.kind != "wrapper" && a.name.begin == b.name.begin; };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
}

std::vector<Declaration> nest(std::string_view text, std::vector<FoundDeclaration> found) {
  keep_first_patterns(found);
  std::sort(found.begin(), found.end(), outer_first);
  std::vector<Declaration> declarations;
  std::vector<Open> open;
  for (const FoundDeclaration& f : found) {
    while (!open.empty() && open.back().end < f.whole.end) open.pop_back();
    while (!open.empty() && open.back().end <= f.whole.begin) open.pop_back();
    if (f.kind == "wrapper") {
      open.push_back({f.whole.end, -1, f.whole});
      continue;
    }
    Declaration declaration = declare(text, f);
    if (!open.empty() && open.back().index < 0) {
      declaration.whole = open.back().whole;
      declaration.signature.begin = open.back().whole.begin;
      open.pop_back();
    }
    while (!open.empty() && open.back().index < 0) open.pop_back();
    declaration.parent = open.empty() ? -1 : open.back().index;
    open.push_back({declaration.whole.end, static_cast<int>(declarations.size()), {}});
    declarations.push_back(std::move(declaration));
  }
  return declarations;
}

void name_methods(std::vector<Declaration>& declarations) {
  for (Declaration& d : declarations) {
    if (d.kind != "function" || d.parent < 0) continue;
    const std::string& around = declarations[static_cast<size_t>(d.parent)].kind;
    if (around == "class" || around == "type") d.kind = "method";
  }
}

std::vector<std::string> sorted_names(std::string_view text, const std::vector<ByteRange>& ranges) {
  std::unordered_set<std::string_view> names;
  for (const ByteRange& range : ranges) names.insert(part(text, range));
  std::vector<std::string> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

// Inside the body of a function, at any depth.
std::vector<bool> inside_functions(const std::vector<Declaration>& declarations) {
  std::vector<bool> inside(declarations.size(), false);
  for (size_t i = 0; i < declarations.size(); ++i) {
    if (declarations[i].parent < 0) continue;
    const auto parent = static_cast<size_t>(declarations[i].parent);
    inside[i] = inside[parent] || declarations[parent].kind == "function" || declarations[parent].kind == "method";
  }
  return inside;
}

// The first line of a comment that says something: not "/**" alone.
std::optional<size_t> first_doc_line(const Lines& lines, const ByteRange& doc) {
  if (doc.end <= doc.begin) return std::nullopt;
  for (size_t line = lines.of(doc.begin); line <= lines.of(doc.end - 1); ++line) {
    for (const char c : lines.line(line)) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalnum(byte) || byte >= 0x80) return line;
    }
  }
  return std::nullopt;
}

constexpr size_t kSkeletonLineMax = 512;  // longer ones are data or minified

}  // namespace

Outline put_together(std::string_view text, const Lines& lines, FoundParts parts) {
  Outline outline;
  outline.declarations = nest(text, std::move(parts.declarations));
  const RemarksAbove remarks(text, lines, std::move(parts.remarks));
  for (Declaration& declaration : outline.declarations) remarks.join(declaration);
  name_methods(outline.declarations);
  outline.imports = std::move(parts.imports);
  std::stable_sort(outline.imports.begin(), outline.imports.end(),
                   [](const Import& a, const Import& b) { return a.range.begin < b.range.begin; });
  outline.references = sorted_names(text, parts.references);
  return outline;
}

Outline outline_of(std::string_view text, const SyntaxTree* tree) {
  const Lines lines(text);
  return put_together(text, lines, tree == nullptr ? find_in_lines(text, lines) : find_in_tree(text, *tree));
}

std::string skeleton_of(std::string_view text, const Outline& outline) {
  const Lines lines(text);
  const std::vector<bool> hidden = inside_functions(outline.declarations);
  std::set<size_t> shown;
  for (size_t i = 0; i < outline.declarations.size(); ++i) {
    const Declaration& d = outline.declarations[i];
    if (hidden[i] || d.signature.end <= d.signature.begin || d.signature.end > text.size()) continue;
    if (const auto doc = first_doc_line(lines, d.doc)) shown.insert(*doc);
    for (size_t line = lines.of(d.signature.begin); line <= lines.of(d.signature.end - 1); ++line) shown.insert(line);
  }
  std::string skeleton;
  for (const size_t line : shown) {
    const std::string_view shown_line = trim_right(lines.line(line));
    if (shown_line.empty() || shown_line.size() > kSkeletonLineMax) continue;
    skeleton.append(shown_line).push_back('\n');
  }
  return skeleton;
}

}  // namespace sw
