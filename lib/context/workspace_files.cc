#include "context/workspace_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sw {
namespace {

constexpr int kFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr int kFile = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

Status refused(std::string_view path, int reason) {
  const Code code = reason == ENOENT || reason == ENOTDIR ? Code::not_found : Code::io;
  return error(code, "%.*s: %s", static_cast<int>(path.size()), path.data(), std::strerror(reason));
}

FolderEntry entry_of(std::string name, const struct stat& info) {
  const int64_t ns = int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
  return {std::move(name), info.st_mode, static_cast<uint64_t>(info.st_size), ns};
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::shared_ptr<const WorkspaceFiles>> WorkspaceFiles::open(const std::string& folder) {
  // The workspace itself may be named through a link: that is the user's choice.
  FileDescriptor root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (root.get() < 0) return refused(folder, errno);
  return std::shared_ptr<const WorkspaceFiles>(new WorkspaceFiles(folder, std::move(root)));
}

// Name by name, so that no folder on the way can be a link, not even one that is put there meanwhile.
Result<FileDescriptor> WorkspaceFiles::descend(std::string_view path, int last_flags) const {
  FileDescriptor at(::openat(root_.get(), ".", kFolder));
  if (at.get() < 0) return refused(path, errno);
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string name(path.substr(begin, end - begin));
    if (name.empty() || name == ".." || name.find('\0') != name.npos) return refused(path, EINVAL);
    FileDescriptor next(::openat(at.get(), name.c_str(), end == path.size() ? last_flags : kFolder));
    if (next.get() < 0) return refused(path, errno);
    at = std::move(next);
    begin = end + 1;
  }
  return at;
}

Result<std::vector<FolderEntry>> WorkspaceFiles::list(std::string_view path) const {
  SW_ASSIGN(FileDescriptor fd, descend(path, kFolder));
  const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(fd.get()));
  if (folder == nullptr) return refused(path, errno);
  const int at = fd.release();
  std::vector<FolderEntry> entries;
  errno = 0;
  while (const dirent* entry = ::readdir(folder.get())) {
    if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
    struct stat info {};
    if (::fstatat(at, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0) entries.push_back(entry_of(entry->d_name, info));
    errno = 0;
  }
  if (errno != 0) return refused(path, errno);
  std::sort(entries.begin(), entries.end(), [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return entries;
}

Result<FolderEntry> WorkspaceFiles::look(std::string_view path) const {
  const size_t slash = path.rfind('/');
  const std::string name(path.substr(slash + 1));
  SW_ASSIGN(const FileDescriptor folder, descend(slash == path.npos ? "" : path.substr(0, slash), kFolder));
  struct stat info {};
  if (name.empty()) return refused(path, EINVAL);
  if (::fstatat(folder.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return refused(path, errno);
  return entry_of(name, info);
}

Result<std::string> WorkspaceFiles::read(std::string_view path, uint64_t bytes_max) const {
  SW_ASSIGN(const FileDescriptor file, descend(path, kFile));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return refused(path, errno);
  if (!S_ISREG(info.st_mode)) return error(Code::unsupported, "%s: not a regular file", std::string(path).c_str());
  std::string text;
  text.reserve(static_cast<size_t>(std::min(static_cast<uint64_t>(info.st_size), bytes_max)) + 1);
  constexpr size_t kStep = size_t{64} << 10;
  for (;;) {  // until the end and not by the size, which may change meanwhile
    const size_t had = text.size();
    text.resize(std::max(had + kStep, text.capacity()));
    const ssize_t n = ::read(file.get(), text.data() + had, text.size() - had);
    if (n < 0 && errno != EINTR) return refused(path, errno);
    text.resize(had + static_cast<size_t>(std::max<ssize_t>(n, 0)));
    if (n == 0) break;
    if (text.size() > bytes_max) return error(Code::unsupported, "%s: too large", std::string(path).c_str());
  }
  return text;
}

}  // namespace sw
