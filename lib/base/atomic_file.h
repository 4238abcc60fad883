// A file that appears whole or not at all: written aside, synced, renamed over its name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/status.h"

namespace sw {

// Not thread-safe. The file aside is called `path` + '.' + six letters and is locked (flock) as long as its writer lives: who gets the
// lock of such a file may remove it, for its writer is dead (kAsideLetters, remove_leftover).
class AtomicFile {
 public:
  static constexpr size_t kAsideLetters = 6;

  // Creates a file beside `path`, readable by its owner only. Errors name the path.
  static Result<AtomicFile> create(const std::string& path);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  ~AtomicFile();  // removes the file aside when commit() did not happen

  // Appends.
  Status write(std::span<const std::byte> bytes);
  // Writes over bytes that write() put at `offset`: for a header that is known last.
  Status write_at(uint64_t offset, std::span<const std::byte> bytes);
  // Syncs and renames. On error the file at `path` is what it was before. Not durable: the name may survive a power cut and
  // the bytes not, so that readers must check them.
  Status commit(bool durable = true);

 private:
  AtomicFile(std::string path, std::string aside, int fd) : path_(std::move(path)), aside_(std::move(aside)), fd_(fd) {}

  std::string path_;
  std::string aside_;
  int fd_;
};

// Removes the file aside at `path` when its writer is dead. False: it is in use, gone, or not ours to remove.
bool remove_leftover(const std::string& path);

}  // namespace sw
