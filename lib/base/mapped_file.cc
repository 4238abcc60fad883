#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sw {
namespace {

// Files up to this size get their pages at once: one call instead of a page fault every few KiB.
// Larger ones are read as they are used.
constexpr size_t kPopulateMax = size_t{256} << 20;

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

Status os_error(const std::string& path, const char* action) {
  const int e = errno;
  const Code code = e == ENOENT || e == ENOTDIR ? Code::not_found : e == ENOMEM ? Code::no_memory : Code::io;
  return error(code, "%s: cannot %s: %s", path.c_str(), action, std::strerror(e));
}

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
  // O_NONBLOCK: opening a FIFO returns at once and is then refused below.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) return os_error(path, "open");
  struct stat info;
  if (::fstat(file.fd, &info) != 0) return os_error(path, "stat");
  if (!S_ISREG(info.st_mode)) return error(Code::io, "%s: not a regular file", path.c_str());

  const auto size = static_cast<size_t>(info.st_size);
  void* data = nullptr;
  if (size > 0) {
    data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd, 0);
    if (data == MAP_FAILED) return os_error(path, "map");
#ifdef MADV_POPULATE_READ
    if (size <= kPopulateMax) (void)::madvise(data, size, MADV_POPULATE_READ);  // a hint: old kernels do not know it
#endif
  }
  struct Unmap {
    size_t size;
    void operator()(void* p) const {
      if (p != nullptr) ::munmap(p, size);
    }
  };
  std::unique_ptr<void, Unmap> guard(data, Unmap{size});  // the allocation below may throw
  std::shared_ptr<const MappedFile> mapped(new MappedFile(path, static_cast<const std::byte*>(data), size));
  guard.release();
  return mapped;
}

void MappedFile::drop(const std::byte* begin, size_t n_bytes) const {
  const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const auto from = (reinterpret_cast<uintptr_t>(begin) + page - 1) / page * page;
  const auto to = (reinterpret_cast<uintptr_t>(begin) + n_bytes) / page * page;
  if (from < to) (void)::madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);  // a hint: the file keeps them
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace sw
