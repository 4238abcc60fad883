// A document's buffer in the engine. It may be lent to the idle thread for a while; edits then wait for its return.
#pragma once

#include <string>
#include <vector>

#include "handles.h"
#include "outcome.h"
#include "serve/document.h"

namespace sw::tool {

class LiveBuffer {
 public:
  LiveBuffer(std::string path, std::string language) : path_(std::move(path)), language_(std::move(language)) {}

  bool exists() const { return buffer_ != nullptr; }
  // Makes it with this text, unless it is there already.
  Outcome make(sw_model* model, const std::string& text);
  void edit(const Edit& edit);
  void drop();

  sw_buffer* get() const { return is_lent_ ? nullptr : buffer_.get(); }
  bool is_lent() const { return is_lent_; }
  sw_buffer* lend();
  void take_back();

  const std::string& path() const { return path_; }

 private:
  void apply(const Edit& edit);

  const std::string path_, language_;
  Buffer buffer_;
  bool is_lent_ = false;
  bool drop_on_return_ = false;
  std::vector<Edit> waiting_;
};

}  // namespace sw::tool
