#include "serve/live_buffer.h"

namespace sw::tool {

Outcome LiveBuffer::make(sw_model* model, const std::string& language, const std::string& text) {
  if (exists()) return success();
  sw_buffer_options options = SW_BUFFER_OPTIONS_INIT;
  options.path = path_.empty() ? nullptr : path_.c_str();
  options.language = language.empty() ? nullptr : language.c_str();
  sw_buffer* raw = nullptr;
  const sw_status status = sw_buffer_create(model, &options, text.data(), text.size(), &raw);
  buffer_.reset(raw);
  return from_status(status, kExitFailed, path_);
}

void LiveBuffer::edit(const Edit& edit) {
  if (is_lent_) {
    waiting_.push_back(edit);
  } else if (exists()) {
    apply(edit);
  }
}

// What cannot be edited is made anew from the document's text when it is next needed.
void LiveBuffer::apply(const Edit& edit) {
  if (sw_buffer_edit(buffer_.get(), edit.begin, edit.end, edit.text.data(), edit.text.size()) != SW_OK) reset();
}

void LiveBuffer::reset() {
  buffer_.reset();
  context_updates_ = 0;
}

void LiveBuffer::drop() {
  if (is_lent_) {
    drop_on_return_ = true;
  } else {
    reset();
  }
}

sw_buffer* LiveBuffer::lend() {
  is_lent_ = exists();
  return buffer_.get();
}

void LiveBuffer::take_back() {
  is_lent_ = false;
  if (drop_on_return_) reset();
  drop_on_return_ = false;
  for (const Edit& edit : waiting_) {
    if (exists()) apply(edit);
  }
  waiting_.clear();
}

size_t LiveBuffer::text_bytes() const {
  const char* text = nullptr;
  size_t length = 0;
  return sw_buffer_text(buffer_.get(), &text, &length) == SW_OK ? length : 0;
}

// Another budget is another context.
void LiveBuffer::want_context(bool wanted, uint32_t tokens) {
  if (wanted != wants_context_ || tokens != context_tokens_) context_updates_ = 0;
  if (!wanted && wants_context_ && get() != nullptr) sw_buffer_set_context(get(), nullptr, 0);
  wants_context_ = wanted;
  context_tokens_ = tokens;
}

void LiveBuffer::note_context(uint64_t n_updates, size_t offset) {
  context_updates_ = n_updates;
  context_offset_ = offset;
}

}  // namespace sw::tool
