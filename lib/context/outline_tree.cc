// What the query of a language finds in a tree.
#include <tree_sitter/api.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "context/grammar.h"
#include "context/node.h"
#include "context/outline_parts.h"

namespace sw {
namespace {

constexpr std::string_view kKinds[] = {"function", "method", "class", "type", "constant", "field", "module", "macro", "wrapper"};

constexpr uint32_t kErrorChildrenMax = 10000;

// What the captures of one match say, by the names that lib/context/queries/README.md gives them.
struct Captures {
  std::optional<TSNode> declaration, name, body, doc, import, target;
  std::string_view kind;
};

struct CursorDelete {
  void operator()(TSQueryCursor* cursor) const { ts_query_cursor_delete(cursor); }
};

ByteRange range_of(TSNode node) { return {ts_node_start_byte(node), ts_node_end_byte(node)}; }

TSNode field(TSNode node, std::string_view name) {
  return ts_node_child_by_field_name(node, name.data(), static_cast<uint32_t>(name.size()));
}

// The name that a declaration's fields lead to: C hides it under pointers, arrays and parameters.
std::optional<TSNode> name_of(TSNode node) {
  for (int depth = 0; depth < 16; ++depth) {
    TSNode next = field(node, "name");
    if (ts_node_is_null(next)) next = field(node, "declarator");
    if (ts_node_is_null(next) && ts_node_named_child_count(node) == 1 && depth > 0) next = ts_node_named_child(node, 0);
    if (ts_node_is_null(next)) return depth == 0 ? std::nullopt : std::optional(node);
    node = next;
  }
  return std::nullopt;
}

// The predicates of a pattern, as far as our queries use them: #eq? and #any-of? of a capture and texts.
class Predicates {
 public:
  Predicates(const TSQuery* query, uint32_t pattern) : query_(query) {
    steps_ = ts_query_predicates_for_pattern(query, pattern, &n_steps_);
  }

  bool hold(std::string_view text, const TSQueryMatch& match) const {
    for (uint32_t i = 0; i < n_steps_; ++i) {
      const uint32_t begin = i;
      while (i < n_steps_ && steps_[i].type != TSQueryPredicateStepTypeDone) ++i;
      if (!holds(text, match, begin, i)) return false;
    }
    return true;
  }

 private:
  // steps [begin, end): the predicate's name, a capture, texts of which one must be the capture's.
  bool holds(std::string_view text, const TSQueryMatch& match, uint32_t begin, uint32_t end) const {
    if (end - begin < 3 || steps_[begin + 1].type != TSQueryPredicateStepTypeCapture) return false;
    for (uint16_t c = 0; c < match.capture_count; ++c) {
      if (match.captures[c].index != steps_[begin + 1].value_id) continue;
      const ByteRange range = range_of(match.captures[c].node);
      if (range.end > text.size()) return false;
      for (uint32_t i = begin + 2; i < end; ++i) {
        uint32_t length = 0;
        const char* value = ts_query_string_value_for_id(query_, steps_[i].value_id, &length);
        if (std::string_view(value, length) == text.substr(range.begin, range.end - range.begin)) return true;
      }
    }
    return false;
  }

  const TSQuery* query_;
  const TSQueryPredicateStep* steps_;
  uint32_t n_steps_ = 0;
};

// Within an ERROR node a query costs its number of children for each child. What holds so many is no code that someone types.
bool has_flat_error(TSNode root) {
  bool found = false;
  walk(root, [&](TSNode node) {
    found = found || (is_error(node) && ts_node_child_count(node) > kErrorChildrenMax);
    return !found && ts_node_has_error(node);
  });
  return found;
}

class Finder {
 public:
  Finder(std::string_view text, const TSQuery* query) : text_(text) {
    for (uint32_t i = 0; i < ts_query_capture_count(query); ++i) {
      uint32_t length = 0;
      const char* name = ts_query_capture_name_for_id(query, i, &length);
      names_.emplace_back(name, length);
    }
    for (uint32_t i = 0; i < ts_query_pattern_count(query); ++i) predicates_.emplace_back(query, i);
  }

  FoundParts run(const TSQuery* query, TSNode root) {
    const std::unique_ptr<TSQueryCursor, CursorDelete> cursor(ts_query_cursor_new());
    ts_query_cursor_exec(cursor.get(), query, root);
    TSQueryMatch match;
    while (ts_query_cursor_next_match(cursor.get(), &match)) take(match);
    return std::move(found_);
  }

 private:
  void take(const TSQueryMatch& match) {
    if (!predicates_[match.pattern_index].hold(text_, match)) return;
    Captures captures;
    for (uint16_t i = 0; i < match.capture_count; ++i) sort_in(names_[match.captures[i].index], match.captures[i].node, captures);
    if (captures.declaration) add_declaration(captures, match.pattern_index);
    if (captures.import) add_import(captures);
  }

  void sort_in(std::string_view capture, TSNode node, Captures& captures) {
    const ByteRange range = range_of(node);
    if (range.end > text_.size()) return;  // a tree of another text
    if (capture == "reference") {
      if (range.end > range.begin) found_.references.push_back(range);
    } else if (capture == "comment" || capture == "attribute") {
      found_.remarks.push_back({range, capture == "comment"});
    } else if (capture == "name") {
      captures.name = node;
    } else if (capture == "body") {
      captures.body = node;
    } else if (capture == "doc") {
      captures.doc = node;
    } else if (capture == "import") {
      captures.import = node;
    } else if (capture == "target") {
      captures.target = node;
    } else if (const auto* kind = std::find(std::begin(kKinds), std::end(kKinds), capture); kind != std::end(kKinds)) {
      captures.declaration = node;
      captures.kind = *kind;
    }
  }

  void add_declaration(const Captures& captures, int pattern) {
    FoundDeclaration found;
    found.kind = captures.kind;
    found.pattern = pattern;
    found.whole = range_of(*captures.declaration);
    if (captures.kind != "wrapper") {
      const auto name = captures.name ? captures.name : name_of(*captures.declaration);
      if (!name || ts_node_is_missing(*name)) return;
      found.name = range_of(*name);
      if (found.name.end <= found.name.begin || found.name.end > text_.size()) return;
      const TSNode body = captures.body ? *captures.body : field(*captures.declaration, "body");
      found.signature_end = ts_node_is_null(body) ? end_without_body(found) : ts_node_start_byte(body);
      if (captures.doc) found.doc = range_of(*captures.doc);
    }
    found_.declarations.push_back(found);
  }

  // Values are not shown beyond their first line, parameters are.
  size_t end_without_body(const FoundDeclaration& found) const {
    if (found.kind == "function" || found.kind == "method") return found.whole.end;
    const size_t newline = text_.find('\n', found.name.begin);
    return std::min(found.whole.end, newline == std::string_view::npos ? text_.size() : newline);
  }

  void add_import(const Captures& captures) {
    const ByteRange range = range_of(captures.target ? *captures.target : *captures.import);
    std::string_view target = text_.substr(range.begin, range.end - range.begin);
    if (!captures.target) target.remove_prefix(std::min(target.size(), target.find_first_of(" \t") + 1));  // "import demo.Names"
    while (!target.empty() && std::string_view("\"'<`").find(target.front()) != std::string_view::npos) target.remove_prefix(1);
    while (!target.empty() && std::string_view("\"'>`").find(target.back()) != std::string_view::npos) target.remove_suffix(1);
    if (!target.empty()) found_.imports.push_back({std::string(target), range_of(*captures.import)});
  }

  std::string_view text_;
  std::vector<std::string_view> names_;  // of captures
  std::vector<Predicates> predicates_;   // of patterns
  FoundParts found_;
};

}  // namespace

FoundParts find_in_tree(std::string_view text, const SyntaxTree& tree) {
  const TSQuery* query = outline_query(tree.language());
  if (has_flat_error(ts_tree_root_node(tree.raw()))) return find_in_lines(text, Lines(text));
  return query == nullptr ? FoundParts{} : Finder(text, query).run(query, ts_tree_root_node(tree.raw()));
}

}  // namespace sw
