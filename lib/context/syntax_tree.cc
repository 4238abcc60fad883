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

TSTree* run(TSParser* parser, Reading& reading) {
  const TSInput input{&reading, read_piece, TSInputEncodingUTF8, nullptr};
  return ts_parser_parse_with_options(parser, nullptr, input, {&reading, look_at_control});
}

#else  // Debian's 0.20: a parse that ran out of its slice of time goes on where it was

constexpr uint64_t kSliceMicros = 2000;

TSTree* run(TSParser* parser, Reading& reading) {
  const TSInput input{&reading, read_piece, TSInputEncodingUTF8};
  ts_parser_set_timeout_micros(parser, kSliceMicros);
  TSTree* tree = nullptr;
  while (tree == nullptr && reading.stopped.ok()) {
    tree = ts_parser_parse(parser, nullptr, input);
    if (tree == nullptr) reading.stopped = reading.control->step(0, reading.text.size());
  }
  return tree;
}

#endif

}  // namespace

Result<std::shared_ptr<const SyntaxTree>> SyntaxTree::parse(const Language& language, std::string_view text, const Control& control) {
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
  TSTree* tree = run(parser, reading);
  ts_parser_delete(parser);
  if (tree == nullptr) return reading.stopped.ok() ? error(Code::internal, "the parser gave no tree") : reading.stopped;
  return std::shared_ptr<const SyntaxTree>(new SyntaxTree(language, tree));
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
