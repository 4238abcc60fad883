// How an outline is put together from what a tree or lines show. Within lib/context.
#pragma once

#include <string_view>
#include <vector>

#include "context/lines.h"
#include "context/outline.h"
#include "context/syntax_tree.h"

namespace sw {

// A declaration as it was found; parents, documentation and methods are not known yet.
struct FoundDeclaration {
  ByteRange whole;
  ByteRange name;
  ByteRange doc;            // inside `whole`; empty when there is none
  size_t signature_end = 0;
  std::string_view kind;    // lives as long as the program; "wrapper": what the declaration in it takes its range from
  int pattern = 0;          // of several that found one name the first is right
};

// A comment or an attribute: above a declaration it belongs to it.
struct Remark {
  ByteRange range;
  bool is_comment = true;
};

struct FoundParts {
  std::vector<FoundDeclaration> declarations;
  std::vector<Remark> remarks;
  std::vector<ByteRange> references;
  std::vector<Import> imports;
};

// Sorts, nests, joins documentation with what it documents, tells methods from functions.
Outline put_together(std::string_view text, const Lines& lines, FoundParts parts);

FoundParts find_in_tree(std::string_view text, const SyntaxTree& tree);
FoundParts find_in_lines(std::string_view text, const Lines& lines);

}  // namespace sw
