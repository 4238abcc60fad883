#include "pinned_context.h"

#include <string_view>
#include <vector>

namespace sw::tool {
namespace {

constexpr std::string_view kMark = "+++++ ";

struct Piece {
  std::string path;
  std::string_view text;
};

// What stands before the first header is a document without a path.
std::vector<Piece> pieces_of(std::string_view context) {
  std::vector<Piece> pieces;
  while (!context.empty()) {
    Piece& piece = pieces.emplace_back();
    if (context.starts_with(kMark)) {
      const size_t line = std::min(context.find('\n'), context.size());
      piece.path = context.substr(kMark.size(), line - kMark.size());
      context.remove_prefix(std::min(line + 1, context.size()));
    }
    const size_t next = context.starts_with(kMark) ? 0 : context.find("\n+++++ ");
    const size_t end = next == 0 ? 0 : next == context.npos ? context.size() : next + 1;
    piece.text = context.substr(0, end);
    context.remove_prefix(end);
  }
  return pieces;
}

}  // namespace

Outcome set_pinned_context(sw_buffer* buffer, const std::string& context) {
  const std::vector<Piece> pieces = pieces_of(context);
  std::vector<sw_document> documents(pieces.size(), SW_DOCUMENT_INIT);
  for (size_t i = 0; i < pieces.size(); ++i) {
    documents[i].path = pieces[i].path.c_str();
    documents[i].text = pieces[i].text.data();
    documents[i].length = pieces[i].text.size();
  }
  return from_status(sw_buffer_set_context(buffer, documents.data(), documents.size()), kExitBadInput, "a context");
}

}  // namespace sw::tool
