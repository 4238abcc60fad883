// A file that appears whole or not at all: written aside, synced, renamed over its name.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/status.h"

namespace sw {

class AtomicFile {
 public:
  // Creates a file beside `path`, readable by its owner only. Errors name the path.
  static Result<AtomicFile> create(const std::string& path);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();  // removes the file aside when commit() did not happen

  Status write(std::span<const std::byte> bytes);
  // Syncs and renames. On error the file at `path` is what it was before.
  Status commit();

 private:
  AtomicFile(std::string path, std::string aside, int fd) : path_(std::move(path)), aside_(std::move(aside)), fd_(fd) {}

  std::string path_;
  std::string aside_;
  int fd_;
};

}  // namespace sw
