// A document's buffer in the engine. It may be lent to another thread for a while; edits then wait for its return.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "handles.h"
#include "outcome.h"
#include "serve/document.h"

namespace sw::tool {

class LiveBuffer {
 public:
  // `path` is shown to the model, relative to `folder`; "" when it is in none.
  LiveBuffer(std::string path, std::string folder) : path_(std::move(path)), folder_(std::move(folder)) {}

  bool exists() const { return buffer_ != nullptr; }
  // Makes it with this text, unless it is there already.
  Outcome make(sw_model* model, const std::string& language, const std::string& text);
  void edit(const Edit& edit);
  void drop();

  sw_buffer* get() const { return is_lent_ ? nullptr : buffer_.get(); }
  bool is_lent() const { return is_lent_; }
  sw_buffer* lend();
  void take_back();
  bool has_waiting_edits() const { return !waiting_.empty(); }
  size_t text_bytes() const;  // when not lent

  const std::string& path() const { return path_; }
  const std::string& folder() const { return folder_; }

  // What the model reads of other files: whether it is wanted, and for which state of the index and which place it was chosen.
  void want_context(bool wanted, uint32_t tokens);
  bool wants_context() const { return wants_context_; }
  uint32_t context_tokens() const { return context_tokens_; }
  void note_context(uint64_t n_updates, size_t offset);
  uint64_t context_updates() const { return context_updates_; }
  size_t context_offset() const { return context_offset_; }

 private:
  void apply(const Edit& edit);
  void reset();

  const std::string path_, folder_;
  Buffer buffer_;
  bool is_lent_ = false;
  bool drop_on_return_ = false;
  std::vector<Edit> waiting_;
  bool wants_context_ = false;
  uint32_t context_tokens_ = 0;
  uint64_t context_updates_ = 0;
  size_t context_offset_ = 0;
};

}  // namespace sw::tool
