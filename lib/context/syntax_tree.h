// A parsed text, by Tree-sitter.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/control.h"
#include "base/status.h"
#include "context/language.h"
#include "context/text_edit.h"

struct TSTree;

namespace sw {

// Immutable; may be used from any thread. Its ranges are bytes of the text that it was parsed from or moved to, which it does not keep.
class SyntaxTree {
 public:
  // Parses `text`; with `old`, a tree that moved() to `text`, only what its edits touched. Stops at the control's deadline or cancel, which
  // it looks at every few milliseconds. Null inside an ok result: no grammar for `language` in this build, or a text of 4 GiB and more
  // (64 KiB with the Tree-sitter of Debian).
  static Result<std::shared_ptr<const SyntaxTree>> parse(const Language& language, std::string_view text, const Control& control,
                                                         const SyntaxTree* old = nullptr);

  // The tree of `old_text` with its ranges moved by the edits, in order, that made `text` of it. Nothing is parsed:
  // where the text was edited it still shows what stood there. Edits that cannot have made `text` are replaced by one
  // of the whole difference.
  std::shared_ptr<const SyntaxTree> moved(std::string_view old_text, std::span<const TextEdit> edits, std::string_view text) const;

  ~SyntaxTree();
  SyntaxTree(const SyntaxTree&) = delete;
  SyntaxTree& operator=(const SyntaxTree&) = delete;

  const Language& language() const { return *language_; }
  const TSTree* raw() const { return tree_; }
  // Somewhere in it is an ERROR or MISSING node.
  bool has_errors() const;
  // How many such nodes, those within others counted too.
  size_t n_errors() const;

 private:
  SyntaxTree(const Language& language, TSTree* tree) : language_(&language), tree_(tree) {}

  const Language* language_;
  TSTree* tree_;
};

// True when this build has a grammar for it.
bool has_grammar(const Language& language);

}  // namespace sw
