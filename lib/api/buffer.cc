#include <algorithm>
#include <cstring>

#include "api/handles.h"

using namespace sw;       // NOLINT(google-build-using-namespace): the C boundary
using namespace sw::api;  // NOLINT(google-build-using-namespace)

static_assert(SW_COLUMN_BYTES == int(ColumnUnit::bytes) && SW_COLUMN_UTF16 == int(ColumnUnit::utf16) &&
              SW_COLUMN_CHARACTERS == int(ColumnUnit::characters));

namespace {

// A language for a path, where the model's prompt names one: the ending is what most models have seen.
std::string language_of(const std::string& path) {
  const size_t dot = path.rfind('.');
  return dot == std::string::npos || path.find('/', dot) != std::string::npos ? "" : path.substr(dot + 1);
}

// The size of an element of an array of structs, which is the caller's version of it.
size_t as_large_as(const char* element) {
  size_t struct_size;
  std::memcpy(&struct_size, element, sizeof struct_size);
  return struct_size;
}

// A document that the buffer shows already is not tokenised again.
Result<ContextDocument> read_document(const sw_buffer& buffer, const sw_document& d, size_t i) {
  if (d.path == nullptr) return missing("sw_document.path");
  if (d.text == nullptr && d.length > 0) return missing("sw_document.text");
  const std::string_view text(d.length > 0 ? d.text : "", d.length);
  if (first_invalid_utf8(d.path) || first_invalid_utf8(text)) return error(Code::argument, "document %zu is not UTF-8", i);
  const auto& old = buffer.context;
  const ContextDocument* same = old != nullptr && i < old->documents.size() ? &old->documents[i] : nullptr;
  return make_document(*buffer.loaded->tokenizer, buffer.loaded->settings.document, d.path, text, same);
}

Status check_unit(sw_column_unit unit) {
  if (unit >= SW_COLUMN_BYTES && unit <= SW_COLUMN_CHARACTERS) return {};
  return error(Code::argument, "unit %d is not one of SW_COLUMN_*", unit);
}

}  // namespace

extern "C" {

sw_status sw_buffer_create(sw_model* model, const sw_buffer_options* options, const char* text, size_t length, sw_buffer** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    if (model == nullptr) return missing("model");
    if (text == nullptr && length > 0) return missing("text");
    if (!model->loaded->tokenizer) return error(Code::state, "the model was opened without a tokenizer: it cannot read text");
    sw_buffer_options o = SW_BUFFER_OPTIONS_INIT;
    SW_TRY(read_options(options, o, "sw_buffer_options"));
    const std::string path = o.path == nullptr ? "" : o.path;
    if (first_invalid_utf8(path)) return error(Code::argument, "the buffer's path is not UTF-8");
    const std::string language = o.language == nullptr ? language_of(path) : o.language;
    if (first_invalid_utf8(language)) return error(Code::argument, "the buffer's language is not UTF-8");
    SW_ASSIGN(Text checked, Text::create({length > 0 ? text : "", length}));
    *out = new sw_buffer{model->loaded, std::move(checked), path, language, std::make_shared<PromptCache>(), {}, {}, {}, {}, {}, {}};
    return {};
  });
}

void sw_buffer_free(sw_buffer* buffer) { delete buffer; }

sw_status sw_buffer_edit(sw_buffer* buffer, size_t begin, size_t end, const char* text, size_t length) {
  return guard([&]() -> Status {
    if (buffer == nullptr) return missing("buffer");
    if (text == nullptr && length > 0) return missing("text");
    sw_shown& shown = buffer->shown;
    const bool typed_on = shown.request != nullptr && begin == end && begin == shown.offset + shown.typed.size();
    if (typed_on) shown.typed.reserve(shown.typed.size() + length);  // what may throw comes first
    SW_TRY(buffer->text.edit(begin, end, {length > 0 ? text : "", length}));
    buffer->windows.edit(begin, end, length);
    if (typed_on) {
      shown.typed.append(length > 0 ? text : "", length);
    } else {
      shown = {};
    }
    return {};
  });
}

sw_status sw_buffer_set_context(sw_buffer* buffer, const sw_document* documents, size_t n_documents) {
  return guard([&]() -> Status {
    if (buffer == nullptr) return missing("buffer");
    if (documents == nullptr && n_documents > 0) return missing("documents");
    auto context = std::make_shared<PromptContext>();
    const auto* document = reinterpret_cast<const char*>(documents);
    for (size_t i = 0; i < n_documents; ++i) {
      sw_document d = SW_DOCUMENT_INIT;
      SW_TRY(read_options(reinterpret_cast<const sw_document*>(document), d, "sw_document"));
      document += as_large_as(document);
      SW_ASSIGN(ContextDocument made, read_document(*buffer, d, i));
      context->documents.push_back(std::move(made));
    }
    buffer->context = n_documents > 0 ? std::move(context) : nullptr;
    buffer->repo_context = nullptr;
    return {};
  });
}

sw_status sw_buffer_text(const sw_buffer* buffer, const char** text, size_t* length) {
  return guard([&]() -> Status {
    if (text == nullptr) return missing("text");
    if (length == nullptr) return missing("length");
    *text = nullptr;
    *length = 0;
    if (buffer == nullptr) return missing("buffer");
    *text = buffer->text.str().c_str();
    *length = buffer->text.size();
    return {};
  });
}

sw_status sw_buffer_refill(sw_buffer* buffer, size_t max_tokens, const sw_run_options* options, size_t* n_run) {
  return guard([&]() -> Status {
    if (n_run != nullptr) *n_run = 0;
    if (buffer == nullptr) return missing("buffer");
    Control control;
    SW_TRY(read_run_options(options, control));
    Engine& engine = *buffer->loaded->engine;
    const std::atomic<bool>& wanted = engine.worker().wanted();
    // A request that comes is taken first; then this goes on.
    for (size_t done = 0; done < max_tokens;) {
      SW_TRY(control.step(done, max_tokens));
      Result<size_t> ran = size_t{0};
      bool gave_way = false;
      const auto job = [&] {
        ran = refill(*buffer->cache, max_tokens - done, control, wanted);
        gave_way = wanted;
      };
      SW_TRY(engine.run(job, Priority::later, control));
      SW_ASSIGN(const size_t n, std::move(ran));
      done += n;
      if (n_run != nullptr) *n_run = done;
      if (n == 0 && !gave_way) break;
    }
    return {};
  });
}

sw_status sw_buffer_fork(sw_buffer* buffer, sw_sequence** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    if (buffer == nullptr) return missing("buffer");
    Result<std::unique_ptr<Sequence>> forked = error(Code::state, "the buffer has had no completion yet");
    const auto job = [&] {
      if (buffer->cache->sequence != nullptr) forked = buffer->cache->sequence->fork();
    };
    SW_TRY(buffer->loaded->engine->run(job, Priority::now, {}));
    SW_ASSIGN(auto sequence, std::move(forked));
    *out = new sw_sequence{buffer->loaded, std::move(sequence)};
    return {};
  });
}

sw_status sw_buffer_offset(const sw_buffer* buffer, size_t line, size_t column, sw_column_unit unit, size_t* out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = 0;
    if (buffer == nullptr) return missing("buffer");
    SW_TRY(check_unit(unit));
    SW_ASSIGN(*out, buffer->text.offset_of({line, column}, static_cast<ColumnUnit>(unit)));
    return {};
  });
}

sw_status sw_buffer_position(const sw_buffer* buffer, size_t offset, sw_column_unit unit, size_t* line, size_t* column) {
  return guard([&]() -> Status {
    if (line == nullptr) return missing("line");
    if (column == nullptr) return missing("column");
    *line = *column = 0;
    if (buffer == nullptr) return missing("buffer");
    SW_TRY(check_unit(unit));
    SW_ASSIGN(const TextPosition position, buffer->text.position_of(offset, static_cast<ColumnUnit>(unit)));
    *line = position.line;
    *column = position.column;
    return {};
  });
}

}  // extern "C"
