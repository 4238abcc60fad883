#include "context/syntax_tree.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <limits>

#include "context/grammar.h"
#include "context/node.h"

namespace sw {
namespace {

#if TREE_SITTER_LANGUAGE_VERSION >= 15
constexpr size_t kTextMax = std::numeric_limits<uint32_t>::max() - 1;
#else  // Debian's 0.20.7 destroys memory when a node has more children, and a text has no more tokens than bytes
constexpr size_t kTextMax = std::numeric_limits<uint16_t>::max() - 1;
#endif

struct Reading {
  std::string_view text;
  const Control* control;
  Status stopped;
};

// Pieces are short, so that no token reads a text of megabytes in one breath.
constexpr size_t kPieceMax = 1 << 16;

const char* read_piece(void* payload, uint32_t byte, TSPoint, uint32_t* n_bytes) {
  const std::string_view text = static_cast<Reading*>(payload)->text;
  const size_t begin = std::min<size_t>(byte, text.size());
  *n_bytes = static_cast<uint32_t>(std::min(kPieceMax, text.size() - begin));
  return text.data() + begin;
}

#if TREE_SITTER_LANGUAGE_VERSION >= 15

// True stops the parse.
bool look_at_control(TSParseState* state) {
  Reading& reading = *static_cast<Reading*>(state->payload);
  reading.stopped = reading.control->step(state->current_byte_offset, reading.text.size());
  return !reading.stopped.ok();
}

TSTree* run(TSParser* parser, const TSTree* old, Reading& reading) {
  const TSInput input{&reading, read_piece, TSInputEncodingUTF8, nullptr};
  return ts_parser_parse_with_options(parser, old, input, {&reading, look_at_control});
}

#else  // Debian's 0.20: a parse that ran out of its slice of time goes on where it was

constexpr uint64_t kSliceMicros = 2000;

TSTree* run(TSParser* parser, const TSTree* old, Reading& reading) {
  const TSInput input{&reading, read_piece, TSInputEncodingUTF8};
  ts_parser_set_timeout_micros(parser, kSliceMicros);
  TSTree* tree = nullptr;
  while (tree == nullptr && reading.stopped.ok()) {
    tree = ts_parser_parse(parser, old, input);
    if (tree == nullptr) reading.stopped = reading.control->step(0, reading.text.size());
  }
  return tree;
}

#endif

TSPoint advance(TSPoint point, std::string_view text) {
  const size_t last = text.rfind('\n');
  if (last == std::string_view::npos) return {point.row, point.column + static_cast<uint32_t>(text.size())};
  const auto rows = static_cast<uint32_t>(std::count(text.begin(), text.end(), '\n'));
  return {point.row + rows, static_cast<uint32_t>(text.size() - last - 1)};
}

// The whole difference as one range: what both texts begin and end with is unchanged.
ChangedRange difference(std::string_view a, std::string_view b) {
  const size_t n = std::min(a.size(), b.size());
  const auto begin = static_cast<size_t>(std::mismatch(a.begin(), a.begin() + static_cast<ptrdiff_t>(n), b.begin()).first - a.begin());
  size_t tail = 0;
  while (tail < n - begin && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  return {begin, a.size() - tail, begin, b.size() - tail};
}

}  // namespace

Result<std::shared_ptr<const SyntaxTree>> SyntaxTree::parse(const Language& language, std::string_view text, const Control& control,
                                                            const SyntaxTree* old) {
  const TSLanguage* grammar = grammar_of(language);
  SW_TRY(control.check());
  if (grammar == nullptr || text.size() > kTextMax) return std::shared_ptr<const SyntaxTree>();
  // Not freed when memory runs out on the way: after that nobody may touch the parser any more (runtime_memory.h).
  TSParser* parser = ts_parser_new();
  if (!ts_parser_set_language(parser, grammar)) {
    ts_parser_delete(parser);
    return error(Code::internal, "the grammar of %s is of another version than the Tree-sitter runtime",
                 std::string(language.name).c_str());
  }
  Reading reading{text, &control, {}};
  TSTree* tree = run(parser, old == nullptr ? nullptr : old->tree_, reading);
  ts_parser_delete(parser);
  if (tree == nullptr) return reading.stopped.ok() ? error(Code::internal, "the parser gave no tree") : reading.stopped;
  return std::shared_ptr<const SyntaxTree>(new SyntaxTree(language, tree));
}

std::shared_ptr<const SyntaxTree> SyntaxTree::moved(std::string_view old_text, std::span<const TextEdit> edits,
                                                    std::string_view text) const {
  auto ranges = changed_ranges(edits, old_text.size(), text.size());
  if (!ranges) ranges = std::vector<ChangedRange>{difference(old_text, text)};
  TSTree* tree = ts_tree_copy(tree_);
  TSPoint point{0, 0};  // of `at`
  size_t at = 0;
  // From the left: what lies before a range is new text already, what lies behind it is still old.
  for (const ChangedRange& range : *ranges) {
    TSInputEdit edit{};
    edit.start_byte = static_cast<uint32_t>(range.new_begin);
    edit.old_end_byte = static_cast<uint32_t>(range.new_begin + (range.old_end - range.old_begin));
    edit.new_end_byte = static_cast<uint32_t>(range.new_end);
    edit.start_point = advance(point, text.substr(at, range.new_begin - at));
    edit.old_end_point = advance(edit.start_point, old_text.substr(range.old_begin, range.old_end - range.old_begin));
    edit.new_end_point = advance(edit.start_point, text.substr(range.new_begin, range.new_end - range.new_begin));
    ts_tree_edit(tree, &edit);
    point = edit.new_end_point;
    at = range.new_end;
  }
  return std::shared_ptr<const SyntaxTree>(new SyntaxTree(*language_, tree));
}

SyntaxTree::~SyntaxTree() {
  try {
    ts_tree_delete(tree_);
  } catch (...) {  // no memory to walk it: it stays
  }
}

bool SyntaxTree::has_errors() const { return ts_node_has_error(ts_tree_root_node(tree_)); }

size_t SyntaxTree::n_errors() const {
  size_t n = 0;
  walk(ts_tree_root_node(tree_), [&](TSNode node) {
    n += is_error(node) || ts_node_is_missing(node) ? 1 : 0;
    return ts_node_has_error(node);
  });
  return n;
}

bool has_grammar(const Language& language) { return grammar_of(language) != nullptr; }

}  // namespace sw
