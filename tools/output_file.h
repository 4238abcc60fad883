// A file that appears whole or not at all: written aside, synced, renamed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "outcome.h"

namespace sw::tool {

class OutputFile {
 public:
  OutputFile() = default;
  ~OutputFile() { discard(); }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Something that is not a regular file, like a pipe, is written in place.
  Outcome open(const std::string& path);
  Outcome write(const void* data, size_t n_bytes);
  // At an offset, from any thread.
  Outcome write_at(const void* data, size_t n_bytes, uint64_t offset);
  // What can be made again need not be synced: the disk then writes it when it likes.
  enum class Sync { yes, no };
  Outcome commit(Sync sync = Sync::yes);
  void discard();  // removes what was written; after commit() it does nothing

 private:
  std::string path_;       // as the user said it, for messages
  std::string target_;     // with links followed
  std::string temporary_;  // "" when written in place
  int fd_ = -1;
};

// A small text in one go.
Outcome write_text_file(const std::string& path, const std::string& text);

}  // namespace sw::tool
