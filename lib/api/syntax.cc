// Chunks and outlines of texts.
#include <algorithm>

#include "api/handles.h"
#include "context/chunks.h"
#include "context/language.h"
#include "context/syntax_tree.h"

using namespace sw;       // NOLINT(google-build-using-namespace): the C boundary
using namespace sw::api;  // NOLINT(google-build-using-namespace)

namespace {

constexpr int64_t kParseMsDefault = 2000;

struct TextCall {
  std::string_view text;
  sw_text_options options = SW_TEXT_OPTIONS_INIT;
  const Language* language = nullptr;
  Control control;
};

Status read_call(const char* text, size_t length, const sw_text_options* options, const sw_run_options* run, TextCall& out) {
  if (text == nullptr && length > 0) return missing("text");
  out.text = std::string_view(length > 0 ? text : "", length);
  SW_TRY(read_options(options, out.options, "sw_text_options"));
  SW_TRY(read_run_options(run, out.control));
  if (out.options.parse_ms_max < 0) {
    return error(Code::argument, "parse_ms_max is %lld; it must be 0 or more", static_cast<long long>(out.options.parse_ms_max));
  }
  if (out.options.language == nullptr) return {};
  out.language = language_named(out.options.language);
  if (out.language == nullptr) {
    return error(Code::argument, "the language '%s' is unknown; sw_text_language() gives the names", out.options.language);
  }
  return {};
}

// Null without a grammar, and when the parse takes longer than it may.
Result<std::shared_ptr<const SyntaxTree>> parse(const TextCall& call) {
  if (call.language == nullptr) return std::shared_ptr<const SyntaxTree>();
  const int64_t ms = call.options.parse_ms_max > 0 ? std::min<int64_t>(call.options.parse_ms_max, int64_t{1} << 40) : kParseMsDefault;
  Control control = call.control;
  const auto limit = Clock::now() + std::chrono::milliseconds(ms);
  control.deadline = control.deadline ? std::min(*control.deadline, limit) : limit;
  auto tree = SyntaxTree::parse(*call.language, call.text, control);
  if (tree.ok() || tree.status().code() != Code::deadline) return tree;
  SW_TRY(call.control.check());
  return std::shared_ptr<const SyntaxTree>();
}

}  // namespace

extern "C" {

const char* sw_text_language(const char* path, const char* first_line, size_t first_line_length) {
  if (path == nullptr) return nullptr;
  const Language* language = language_of(
      path, std::string_view(first_line == nullptr ? "" : first_line, first_line == nullptr ? 0 : first_line_length));
  return language == nullptr ? nullptr : language->name.data();
}

sw_status sw_text_chunks(const char* text, size_t length, const sw_text_options* options, const sw_run_options* run, sw_chunk* chunks,
                         size_t capacity, size_t* n_chunks) {
  return guard([&]() -> Status {
    if (n_chunks == nullptr) return missing("n_chunks");
    *n_chunks = 0;
    if (chunks == nullptr && capacity > 0) return missing("chunks");
    TextCall call;
    SW_TRY(read_call(text, length, options, run, call));
    SW_ASSIGN(const auto tree, parse(call));
    const size_t limit = call.options.chunk_size_max > 0 ? call.options.chunk_size_max : kChunkNonBlankMax;
    const auto found = chunks_of(call.text, tree.get(), limit);
    for (size_t i = 0; i < std::min(capacity, found.size()); ++i) chunks[i] = {found[i].begin, found[i].end, found[i].first_line};
    *n_chunks = found.size();
    return {};
  });
}

sw_status sw_text_outline(const char* text, size_t length, const sw_text_options* options, const sw_run_options* run, sw_outline** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    TextCall call;
    SW_TRY(read_call(text, length, options, run, call));
    SW_ASSIGN(const auto tree, parse(call));
    auto made = std::make_unique<sw_outline>();
    made->outline = outline_of(call.text, tree.get());
    made->skeleton = skeleton_of(call.text, made->outline);
    made->by_syntax = tree != nullptr;
    made->n_errors = tree != nullptr ? tree->n_errors() : 0;
    *out = made.release();
    return {};
  });
}

void sw_outline_free(sw_outline* outline) { delete outline; }

sw_status sw_outline_get_info(const sw_outline* outline, sw_outline_info* out) {
  return guard([&]() -> Status {
    if (outline == nullptr) return missing("outline");
    sw_outline_info info = SW_OUTLINE_INFO_INIT;
    info.n_declarations = outline->outline.declarations.size();
    info.n_imports = outline->outline.imports.size();
    info.n_references = outline->outline.references.size();
    info.by_syntax = outline->by_syntax ? 1 : 0;
    info.has_errors = outline->n_errors > 0 ? 1 : 0;
    info.n_errors = outline->n_errors;
    info.skeleton = outline->skeleton.c_str();
    info.skeleton_length = outline->skeleton.size();
    return write_info(info, out, "sw_outline_info");
  });
}

sw_status sw_outline_declaration(const sw_outline* outline, size_t index, sw_declaration* out) {
  return guard([&]() -> Status {
    if (outline == nullptr) return missing("outline");
    const auto& all = outline->outline.declarations;
    if (index >= all.size()) return error(Code::argument, "declaration %zu of %zu", index, all.size());
    const Declaration& d = all[index];
    sw_declaration found = SW_DECLARATION_INIT;
    found.name = d.name.c_str();
    found.kind = d.kind.c_str();
    found.parent = d.parent;
    found.begin = d.whole.begin;
    found.end = d.whole.end;
    found.signature_begin = d.signature.begin;
    found.signature_end = d.signature.end;
    found.doc_begin = d.doc.begin;
    found.doc_end = d.doc.end;
    return write_info(found, out, "sw_declaration");
  });
}

const char* sw_outline_import(const sw_outline* outline, size_t index, size_t* begin, size_t* end) {
  if (outline == nullptr || index >= outline->outline.imports.size()) return nullptr;
  const Import& found = outline->outline.imports[index];
  if (begin != nullptr) *begin = found.range.begin;
  if (end != nullptr) *end = found.range.end;
  return found.target.c_str();
}

const char* sw_outline_reference(const sw_outline* outline, size_t index) {
  if (outline == nullptr || index >= outline->outline.references.size()) return nullptr;
  return outline->outline.references[index].c_str();
}

}  // extern "C"
