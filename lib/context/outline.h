// What a file declares, imports and refers to, and its skeleton: declarations and signatures without bodies.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "context/syntax_tree.h"

namespace sw {

struct ByteRange {
  size_t begin = 0, end = 0;
};

struct Declaration {
  std::string name;
  std::string kind;     // "function", "method", "class", "type", "constant", "field", "module", "macro"
  int parent = -1;      // index of the declaration around it, -1 at the top
  ByteRange whole;      // with its body and the documentation before it
  ByteRange signature;  // up to the body
  ByteRange doc;        // its documentation, empty when there is none
};

struct Import {
  std::string target;  // as written, without quotes: "os.path", "./util", "sys/types.h", "crate::state"
  ByteRange range;
};

struct Outline {
  std::vector<Declaration> declarations;  // by begin
  std::vector<Import> imports;            // by begin
  std::vector<std::string> references;    // names that the file uses, sorted, without repeats
};

// Of a tree, or by lines and indentation where there is none (null). Half-typed code loses at most what is broken.
Outline outline_of(std::string_view text, const SyntaxTree* tree);

// The text of the skeleton: imports are left out, each declaration stands with its indentation, documentation (first line) and signature.
// Every line of it is a line of the file, or the first line of its documentation.
std::string skeleton_of(std::string_view text, const Outline& outline);

}  // namespace sw
