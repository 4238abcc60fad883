// Files of a workspace, read without ever leaving it: no link is followed, at no step of a path.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace sw {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

struct FolderEntry {
  std::string name;
  mode_t mode = 0;  // of stat, of the link itself for links
  uint64_t size = 0;
  int64_t changed_ns = 0;  // mtime
};

// Paths are relative to the workspace, with slashes between names and none at the ends; "" is the workspace. Immutable; any thread.
class WorkspaceFiles {
 public:
  // Errors: not_found, io (no folder, or one that cannot be opened).
  static Result<std::shared_ptr<const WorkspaceFiles>> open(const std::string& folder);

  const std::string& folder() const { return folder_; }
  // Names with what stat says, sorted by name; entries that vanish meanwhile are left out. Errors: io.
  Result<std::vector<FolderEntry>> list(std::string_view path) const;
  // A file, a link or a folder. Errors: not_found, io.
  Result<FolderEntry> look(std::string_view path) const;
  // A regular file of at most `bytes_max`. Errors: not_found, io, unsupported (larger, or no regular file).
  Result<std::string> read(std::string_view path, uint64_t bytes_max) const;

 private:
  WorkspaceFiles(std::string folder, FileDescriptor root) : folder_(std::move(folder)), root_(std::move(root)) {}
  Result<FileDescriptor> descend(std::string_view path, int last_flags) const;

  std::string folder_;
  FileDescriptor root_;
};

}  // namespace sw
