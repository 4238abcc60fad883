// A parsed text, by Tree-sitter.
#pragma once

#include <memory>
#include <string_view>

#include "base/control.h"
#include "base/status.h"
#include "context/language.h"

struct TSTree;

namespace sw {

// One replacement, in bytes: text[begin, old_end) became new_size bytes.
struct TextEdit {
  size_t begin, old_end, new_size;
};

// Immutable; may be used from any thread. Copies share the tree.
class SyntaxTree {
 public:
  // Parses `text`, from nothing or from `old` (the tree of the text before `edits`, which are applied in order). Stops at the control's
  // deadline or cancel. Null inside an ok result: no grammar for `language` in this build.
  static Result<std::shared_ptr<const SyntaxTree>> parse(const Language& language, std::string_view text, const Control& control);

  ~SyntaxTree();
  SyntaxTree(const SyntaxTree&) = delete;
  SyntaxTree& operator=(const SyntaxTree&) = delete;

  const Language& language() const { return *language_; }
  const TSTree* raw() const { return tree_; }

 private:
  SyntaxTree(const Language& language, TSTree* tree) : language_(&language), tree_(tree) {}

  const Language* language_;
  TSTree* tree_;
};

}  // namespace sw
