// A recorded editing session: what a user typed, deleted and pasted, and when.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "outcome.h"

namespace sw::tool {

// Replaces n_deleted characters at `position` by `text`. Counts are Unicode characters.
struct Patch {
  size_t position = 0;
  size_t n_deleted = 0;
  std::string text;
};

// Patches that were made at once, in this order.
struct Transaction {
  double time = 0;  // seconds; 0 when the trace does not say
  std::vector<Patch> patches;
};

struct Trace {
  std::string start;
  std::string end;  // what the text must be after the last transaction; "" when the trace does not say
  std::vector<Transaction> transactions;
};

// Reads {"startContent", "endContent", "txns": [{"time", "patches": [[position, n_deleted, "inserted"], ...]}, ...]}, plain or
// gzip-compressed. Bad input says what is wrong and where.
Outcome read_trace(const std::string& path, Trace& out);

// The text of a trace while it is replayed.
class TraceText {
 public:
  explicit TraceText(std::string text);

  struct Edit {
    size_t begin = 0;  // bytes
    size_t end = 0;
  };
  // Applies a patch and gives the bytes that it replaced. Bad input when it lies off the text.
  Outcome apply(const Patch& patch, Edit& out);
  const std::string& str() const { return text_; }

 private:
  size_t offset_of(size_t from, size_t n_characters) const;  // npos when there are not so many

  std::string text_;
  bool is_ascii_;
};

}  // namespace sw::tool
