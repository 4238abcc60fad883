#include "serve/live_buffer.h"

namespace sw::tool {

Outcome LiveBuffer::make(sw_model* model, const std::string& text) {
  if (exists()) return success();
  sw_buffer_options options = SW_BUFFER_OPTIONS_INIT;
  options.path = path_.empty() ? nullptr : path_.c_str();
  options.language = language_.empty() ? nullptr : language_.c_str();
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
  if (sw_buffer_edit(buffer_.get(), edit.begin, edit.end, edit.text.data(), edit.text.size()) != SW_OK) buffer_.reset();
}

void LiveBuffer::drop() {
  if (is_lent_) {
    drop_on_return_ = true;
  } else {
    buffer_.reset();
  }
}

sw_buffer* LiveBuffer::lend() {
  is_lent_ = exists();
  return buffer_.get();
}

void LiveBuffer::take_back() {
  is_lent_ = false;
  if (drop_on_return_) buffer_.reset();
  drop_on_return_ = false;
  for (const Edit& edit : waiting_) {
    if (exists()) apply(edit);
  }
  waiting_.clear();
}

}  // namespace sw::tool
