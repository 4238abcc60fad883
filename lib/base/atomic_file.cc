#include "base/atomic_file.h"

#include <fcntl.h>
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

}  // namespace

Result<AtomicFile> AtomicFile::create(const std::string& path) {
  // All memory is had before the file is there, so that nothing can throw while only a local knows of it.
  AtomicFile file(path, path + ".XXXXXX", -1);
  file.fd_ = ::mkostemp(file.aside_.data(), O_CLOEXEC);
  if (file.fd_ < 0) return os_error(path, "create a file beside it");
  return file;
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

Status AtomicFile::commit() {
  if (::fsync(fd_) != 0) return os_error(path_, "sync");
  if (::rename(aside_.c_str(), path_.c_str()) != 0) return os_error(path_, "rename");
  ::close(std::exchange(fd_, -1));
  // The name itself is durable once the folder is synced; where that is not possible the rename still holds.
  const int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    (void)::fsync(folder);
    ::close(folder);
  }
  return {};
}

}  // namespace sw
