#include <algorithm>
#include <cstring>

#include "api/handles.h"

using namespace sw;       // NOLINT(google-build-using-namespace): the C boundary
using namespace sw::api;  // NOLINT(google-build-using-namespace)

extern "C" {

sw_status sw_tokenizer_open(const char* path, sw_tokenizer** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    if (path == nullptr) return missing("path");
    SW_ASSIGN(auto tokenizer, Tokenizer::open(path));
    *out = new sw_tokenizer{std::move(tokenizer)};
    return {};
  });
}

void sw_tokenizer_free(sw_tokenizer* tokenizer) { delete tokenizer; }

int32_t sw_tokenizer_vocab_size(const sw_tokenizer* tokenizer) {
  return tokenizer == nullptr ? 0 : tokenizer->tokenizer->vocab_size();
}

sw_status sw_tokenizer_encode(const sw_tokenizer* tokenizer, const char* text, size_t length, uint32_t flags, int32_t* ids,
                              size_t capacity, size_t* n_ids) {
  return guard([&]() -> Status {
    if (n_ids == nullptr) return missing("n_ids");
    *n_ids = 0;
    if (tokenizer == nullptr) return missing("tokenizer");
    if (text == nullptr && length > 0) return missing("text");
    if (ids == nullptr && capacity > 0) return missing("ids");
    if (flags > SW_ENCODE_CONTINUATION) return error(Code::argument, "unknown encode flags 0x%x", flags);
    const std::string_view view(length > 0 ? text : "", length);
    const Tokenizer& t = *tokenizer->tokenizer;
    SW_ASSIGN(const auto found, flags == SW_ENCODE_CONTINUATION ? t.encode_continuation(view) : t.encode(view));
    std::copy_n(found.begin(), std::min(capacity, found.size()), ids);
    *n_ids = found.size();
    return {};
  });
}

sw_status sw_tokenizer_decode(const sw_tokenizer* tokenizer, const int32_t* ids, size_t n_ids, char* text, size_t capacity,
                              size_t* length) {
  return guard([&]() -> Status {
    if (length == nullptr) return missing("length");
    *length = 0;
    if (tokenizer == nullptr) return missing("tokenizer");
    if (ids == nullptr && n_ids > 0) return missing("ids");
    if (text == nullptr && capacity > 0) return missing("text");
    SW_ASSIGN(const std::string found, tokenizer->tokenizer->decode(std::vector<TokenId>(ids, ids + n_ids)));
    std::copy_n(found.begin(), std::min(capacity, found.size()), text);
    *length = found.size();
    return {};
  });
}

sw_status sw_tokenizer_control_id(const sw_tokenizer* tokenizer, const char* name, int32_t* out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = 0;
    if (tokenizer == nullptr) return missing("tokenizer");
    if (name == nullptr) return missing("name");
    const auto id = tokenizer->tokenizer->control_id(name);
    if (!id) return error(Code::not_found, "the vocabulary has no control token '%s'", name);
    *out = *id;
    return {};
  });
}

sw_status sw_detokenizer_create(const sw_tokenizer* tokenizer, int32_t at_text_start, sw_detokenizer** out) {
  return guard([&]() -> Status {
    if (out == nullptr) return missing("out");
    *out = nullptr;
    if (tokenizer == nullptr) return missing("tokenizer");
    *out = new sw_detokenizer{tokenizer->tokenizer, Detokenizer(tokenizer->tokenizer, at_text_start != 0), ""};
    return {};
  });
}

sw_status sw_detokenizer_push(sw_detokenizer* detokenizer, int32_t id, const char** text, size_t* length) {
  return guard([&]() -> Status {
    if (text == nullptr) return missing("text");
    if (length == nullptr) return missing("length");
    *text = "";
    *length = 0;
    if (detokenizer == nullptr) return missing("detokenizer");
    detokenizer->text.clear();
    if (id == -1) {
      detokenizer->stream.finish(detokenizer->text);
    } else {
      SW_TRY(detokenizer->stream.push(id, detokenizer->text));
    }
    *text = detokenizer->text.c_str();
    *length = detokenizer->text.size();
    return {};
  });
}

void sw_detokenizer_free(sw_detokenizer* detokenizer) { delete detokenizer; }

}  // extern "C"
