// Chunks, outlines, skeletons and cuts of any bytes in any language, with a tree, without one, and with the tree of another text.
// The first byte says the language, the second an edit.
#include <cstdlib>
#include <string>

#include "context/chunks.h"
#include "context/completion_shape.h"
#include "context/outline.h"
#include "context/syntax_cut.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_chunks(std::string_view text, const sw::SyntaxTree* tree, size_t limit) {
  size_t at = 0;
  for (const sw::Chunk& chunk : sw::chunks_of(text, tree, limit)) {
    require(chunk.begin == at && chunk.end > at);
    require(chunk.end == text.size() || text[chunk.end - 1] == '\n');
    at = chunk.end;
  }
  require(at == text.size());
}

void check_outline(std::string_view text, const sw::SyntaxTree* tree) {
  const sw::Outline outline = sw::outline_of(text, tree);
  for (size_t i = 0; i < outline.declarations.size(); ++i) {
    const sw::Declaration& d = outline.declarations[i];
    require(d.whole.begin <= d.signature.begin && d.signature.begin <= d.signature.end && d.signature.end <= d.whole.end);
    require(d.whole.end <= text.size() && d.doc.end <= text.size());
    require(d.parent < static_cast<int>(i));
  }
  require(sw::skeleton_of(text, outline).size() <= text.size() + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const sw::Language& language = sw::all_languages()[data[0] % sw::all_languages().size()];
  const std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const size_t at = text.empty() ? 0 : data[1] * text.size() / 256;
  sw::Control control;
  control.deadline = sw::Clock::now() + std::chrono::milliseconds(500);  // some grammars recover in exponential time
  const auto parsed = sw::SyntaxTree::parse(language, text, control);
  const sw::SyntaxTree* tree = parsed.ok() ? parsed.value().get() : nullptr;
  for (const sw::SyntaxTree* t : {tree, static_cast<const sw::SyntaxTree*>(nullptr)}) {
    check_chunks(text, t, data[1]);
    check_outline(text, t);
    sw::completion_shape(text, at, &language, t);
  }
  const std::string_view view = text;
  check_chunks(view.substr(at), tree, data[1]);
  check_outline(view.substr(at), tree);
  const size_t end = at + (text.size() - at) / 2;
  require(sw::cut_at_syntax(view.substr(0, at), view.substr(at, end - at), view.substr(end), &language, control).end <= end - at);
  if (tree == nullptr) return 0;
  const std::string edited = text.substr(0, at) + "(" + text.substr(at);
  const sw::TextEdit edit{at, at, 1};
  const auto moved = tree->moved(text, std::span(&edit, 1), edited);
  require(sw::SyntaxTree::parse(language, edited, control, moved.get()).ok() || sw::Clock::now() >= *control.deadline);
  return 0;
}
