#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace sw {
namespace {

Status os_error(const std::string& path, const char* action) {
  return error(Code::io, "%s: cannot %s: %s", path.c_str(), action, std::strerror(errno));
}

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

// A cleaner may take the lock, and the name, in the moment between a file's creation and its lock.
bool taken_away(int fd) {
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return true;
  struct stat info;
  return ::fstat(fd, &info) == 0 && info.st_nlink == 0;
}

}  // namespace

Result<AtomicFile> AtomicFile::create(const std::string& path) {
  constexpr int kTries = 16;
  for (int i = 0; i < kTries; ++i) {
    // All memory is had before the file is there, so that nothing can throw while only a local knows of it.
    AtomicFile file(path, path + "." + std::string(kAsideLetters, 'X'), -1);
    file.fd_ = ::mkostemp(file.aside_.data(), O_CLOEXEC);
    if (file.fd_ < 0) return os_error(path, "create a file beside it");
    if (!taken_away(file.fd_)) return file;
  }
  return error(Code::io, "%s: files beside it are removed as soon as they are created", path.c_str());
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)), aside_(std::move(other.aside_)), fd_(std::exchange(other.fd_, -1)) {}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(aside_.c_str());
}

Status AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return os_error(path_, "write");
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
  return {};
}

Status AtomicFile::write_at(uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return os_error(path_, "write");
    bytes = bytes.subspan(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return {};
}

Status AtomicFile::commit(bool durable) {
  if (durable && ::fsync(fd_) != 0) return os_error(path_, "sync");
  if (::rename(aside_.c_str(), path_.c_str()) != 0) return os_error(path_, "rename");
  ::close(std::exchange(fd_, -1));
  if (!durable) return {};
  // The name itself is durable once the folder is synced; where that is not possible the rename still holds.
  const int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    (void)::fsync(folder);
    ::close(folder);
  }
  return {};
}

bool remove_leftover(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat opened, named;
  // The name is compared under the lock: its writer may have renamed the file before the lock was ours.
  const bool dead = ::fstat(fd, &opened) == 0 && S_ISREG(opened.st_mode) && ::flock(fd, LOCK_EX | LOCK_NB) == 0 &&
                    ::lstat(path.c_str(), &named) == 0 && named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
  const bool removed = dead && ::unlink(path.c_str()) == 0;
  ::close(fd);
  return removed;
}

}  // namespace sw
