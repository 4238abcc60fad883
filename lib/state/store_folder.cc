#include "state/store_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <thread>
#include <tuple>

#include "base/atomic_file.h"

namespace sw {
namespace {

constexpr std::string_view kSuffix = ".state";
constexpr size_t kHex = 32;
constexpr size_t kVisitsMax = StoreFolder::kNamesMax * 4;  // a folder full of foreign files must not hold us for ever

Status os_error(const std::string& path, const char* action) {
  return error(Code::io, "%s: cannot %s: %s", path.c_str(), action, std::strerror(errno));
}

std::optional<uint64_t> parse_hex(std::string_view text) {
  uint64_t value = 0;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return std::nullopt;
    value = value << 4 | static_cast<uint64_t>(digit);
  }
  return value;
}

std::optional<StoreKey> parse_name(std::string_view name) {
  if (name.size() != kHex + kSuffix.size() || name.substr(kHex) != kSuffix) return std::nullopt;
  const auto high = parse_hex(name.substr(0, 16));
  const auto low = parse_hex(name.substr(16, 16));
  if (!high || !low) return std::nullopt;
  return StoreKey{*high, *low};
}

bool is_aside(std::string_view name) {
  const size_t n = kHex + kSuffix.size();
  return name.size() == n + 1 + AtomicFile::kAsideLetters && name[n] == '.' && parse_name(name.substr(0, n)).has_value();
}

Status make(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    (void)::mkdir(path.substr(0, slash).c_str(), 0700);  // what goes wrong above shows below
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return os_error(path, "make the folder of the state store");
  return {};
}

Status check_owner(const std::string& path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0) return os_error(path, "stat the folder of the state store");
  if (!S_ISDIR(info.st_mode)) return error(Code::argument, "%s: not a folder; name another for the state store", path.c_str());
  if (info.st_uid != ::geteuid()) {
    return error(Code::argument, "%s: belongs to user %u, and states are only taken from files of one's own; name another folder",
                 path.c_str(), static_cast<unsigned>(info.st_uid));
  }
  if ((info.st_mode & 022) != 0) {
    return error(Code::argument, "%s: other users can write to the state store; take that right away (chmod go-w)", path.c_str());
  }
  return {};
}

// flock on a file of the folder. The file stays: were it removed, two processes could hold locks on two files of its name.
class FolderLock {
 public:
  static Result<FolderLock> take(const std::string& folder, std::chrono::milliseconds patience) {
    const std::string path = folder + "/lock";
    FolderLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (lock.fd_ < 0) return os_error(path, "open the lock of the state store");
    const auto end = std::chrono::steady_clock::now() + patience;
    while (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) return os_error(path, "lock the state store");
      if (std::chrono::steady_clock::now() >= end) {
        return error(Code::state, "%s: another process is cleaning the state store; try again", path.c_str());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return lock;
  }
  FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

struct Used {
  int64_t seconds;
  int64_t nanoseconds;
  StoreKey key;
  uint64_t bytes;
  bool operator<(const Used& o) const {
    return std::tie(seconds, nanoseconds, key.high, key.low) < std::tie(o.seconds, o.nanoseconds, o.key.high, o.key.low);
  }
};

}  // namespace

Result<StoreFolder> StoreFolder::open(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (path.empty() || path.find('\0') != std::string::npos) return error(Code::argument, "the state store needs the path of a folder");
  SW_TRY(make(path));
  SW_TRY(check_owner(path));
  return StoreFolder(std::move(path));
}

std::string StoreFolder::path_of(const StoreKey& key) const { return path_ + "/" + key.hex() + std::string(kSuffix); }

Status StoreFolder::ensure() const {
  struct stat info;
  if (::stat(path_.c_str(), &info) == 0) return {};
  SW_TRY(make(path_));
  return check_owner(path_);
}

std::optional<std::chrono::nanoseconds> StoreFolder::changed() const {
  struct stat info;
  if (::stat(path_.c_str(), &info) != 0) return std::nullopt;
  return std::chrono::seconds(info.st_mtim.tv_sec) + std::chrono::nanoseconds(info.st_mtim.tv_nsec);
}

Status StoreFolder::each(const std::function<bool(const char* name, uint64_t inode)>& visit) const {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path_.c_str()), ::closedir);
  if (!folder) return errno == ENOENT ? Status() : os_error(path_, "list the state store");
  for (size_t i = 0; i < kVisitsMax; ++i) {
    errno = 0;
    const struct dirent* entry = ::readdir(folder.get());
    if (entry == nullptr) return errno == 0 ? Status() : os_error(path_, "list the state store");
    if (!visit(entry->d_name, entry->d_ino)) break;
  }
  return {};
}

Result<std::vector<StoreName>> StoreFolder::names() const {
  std::vector<StoreName> names;
  SW_TRY(each([&](const char* name, uint64_t inode) {
    if (const auto key = parse_name(name)) names.push_back({*key, inode});
    return names.size() < kNamesMax;
  }));
  return names;
}

uint64_t StoreFolder::remove_leftovers() const {
  uint64_t n = 0;
  (void)each([&](const char* name, uint64_t) {  // what cannot be listed has nothing to clean
    if (is_aside(name) && remove_leftover(path_ + "/" + name)) ++n;
    return true;
  });
  return n;
}

Result<StoreRemoved> StoreFolder::shrink(uint64_t bytes_max, std::optional<StoreKey> keep, std::chrono::milliseconds patience) const {
  SW_ASSIGN(const FolderLock lock, FolderLock::take(path_, patience));
  StoreRemoved removed;
  removed.leftovers = remove_leftovers();
  SW_ASSIGN(const auto found, names());
  std::vector<Used> files;
  files.reserve(found.size());
  uint64_t bytes = 0;
  for (const StoreName& name : found) {
    struct stat info;
    if (::lstat(path_of(name.key).c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    files.push_back({info.st_mtim.tv_sec, info.st_mtim.tv_nsec, name.key, static_cast<uint64_t>(info.st_size)});
    bytes += files.back().bytes;
  }
  std::sort(files.begin(), files.end());
  for (const Used& file : files) {
    if (bytes <= bytes_max) break;
    if (keep && file.key == *keep) continue;
    if (::unlink(path_of(file.key).c_str()) != 0) {
      if (errno != ENOENT) return os_error(path_of(file.key), "remove");
    } else {
      ++removed.files;
      removed.bytes += file.bytes;
    }
    bytes -= file.bytes;
  }
  return removed;
}

}  // namespace sw
