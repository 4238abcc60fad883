#include "output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "interrupt.h"

namespace sw::tool {
namespace {

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// The file that `path` leads to, so that a rename replaces that and not the link.
std::string follow_links(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(path.c_str(), nullptr), &std::free);
  return resolved != nullptr ? std::string(resolved.get()) : path;
}

}  // namespace

Outcome OutputFile::open(const std::string& path) {
  discard();
  path_ = path;
  target_ = follow_links(path);
  struct stat status = {};
  const bool exists = stat(target_.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return from_errno(EISDIR, kExitFailed, path_);
  if (exists && !S_ISREG(status.st_mode)) {
    fd_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    return fd_ >= 0 ? success() : from_errno(errno, kExitFailed, path_);
  }
  temporary_ = target_ + ".part-" + std::to_string(getpid());
  const mode_t mode = exists ? (status.st_mode & 0777) : 0666;
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd_ >= 0) return success();
  const int error = errno;
  temporary_.clear();
  return from_errno(error, kExitFailed, path_);
}

Outcome OutputFile::write(const void* data, size_t n_bytes) {
  const char* next = static_cast<const char*>(data);
  while (n_bytes > 0) {
    const ssize_t n = ::write(fd_, next, n_bytes);
    if (n < 0 && errno == EINTR && !interrupted()) continue;
    if (n < 0 && interrupted()) return interrupted_outcome();
    if (n < 0) return from_errno(errno, kExitFailed, path_);
    next += n;
    n_bytes -= static_cast<size_t>(n);
  }
  return success();
}

Outcome OutputFile::write_at(const void* data, size_t n_bytes, uint64_t offset) {
  const char* next = static_cast<const char*>(data);
  while (n_bytes > 0) {
    const ssize_t n = pwrite(fd_, next, n_bytes, static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR && !interrupted()) continue;
    if (n < 0 && interrupted()) return interrupted_outcome();
    if (n < 0) return from_errno(errno, kExitFailed, path_);
    next += n;
    offset += static_cast<uint64_t>(n);
    n_bytes -= static_cast<size_t>(n);
  }
  return success();
}

Outcome OutputFile::commit(Sync sync) {
  const bool in_place = temporary_.empty();
  if (!in_place && sync == Sync::yes && fsync(fd_) != 0) return from_errno(errno, kExitFailed, path_);
  const int fd = fd_;
  fd_ = -1;
  if (close(fd) != 0) {
    const Outcome outcome = from_errno(errno, kExitFailed, path_);
    discard();
    return outcome;
  }
  if (in_place) return success();
  if (rename(temporary_.c_str(), target_.c_str()) != 0) {
    const Outcome outcome = from_errno(errno, kExitFailed, path_);
    discard();
    return outcome;
  }
  temporary_.clear();
  if (sync == Sync::no) return success();
  // The name itself, too, outlives a power cut. A file system that cannot sync a folder has nothing to add.
  const int folder = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    fsync(folder);
    close(folder);
  }
  return success();
}

void OutputFile::discard() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  if (!temporary_.empty()) unlink(temporary_.c_str());
  temporary_.clear();
}

Outcome write_text_file(const std::string& path, const std::string& text) {
  OutputFile file;
  SW_TRY(file.open(path));
  SW_TRY(file.write(text.data(), text.size()));
  return file.commit();
}

}  // namespace sw::tool
