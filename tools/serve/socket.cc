#include "serve/socket.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "serve/lsp.h"

namespace sw::tool {
namespace {

constexpr std::string_view kSuffix = ".sock";
constexpr int kBacklog = 64;

bool is_own_folder(const std::string& path, mode_t forbidden) {
  struct stat status = {};
  return lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() && (status.st_mode & forbidden) == 0;
}

bool to_address(const std::string& path, sockaddr_un& out) {
  out = {};
  out.sun_family = AF_UNIX;
  if (path.size() >= sizeof out.sun_path) return false;
  std::memcpy(out.sun_path, path.c_str(), path.size() + 1);
  return true;
}

Outcome too_long(const std::string& path) {
  return bad_input(path + ": a socket's path has at most " + std::to_string(sizeof sockaddr_un{}.sun_path - 1) + " bytes; set XDG_RUNTIME_DIR to a shorter one");
}

bool is_same_user(int socket) {
  ucred peer = {};
  socklen_t size = sizeof peer;
  return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

Descriptor open_lock(const std::string& socket_path) {
  const std::string path = socket_path + ".lock";
  return Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
}

// A lock of the open file: it ends with the process, and can be asked for without being taken.
bool lock_command(int fd, int command, struct flock& lock) {
  lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return fcntl(fd, command, &lock) == 0;
}

// FNV-1a: the same in every build.
uint64_t hash_of(std::string_view text) {
  uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash;
}

}  // namespace

Outcome socket_folder(std::string& out) {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  const bool usable = runtime != nullptr && runtime[0] == '/' && is_own_folder(runtime, S_IWGRP | S_IWOTH);
  out = usable ? std::string(runtime) + "/sidewinder" : "/tmp/sidewinder-" + std::to_string(geteuid());
  if (mkdir(out.c_str(), 0700) != 0 && errno != EEXIST) return from_errno(errno, kExitFailed, out);
  if (!is_own_folder(out, S_IRWXG | S_IRWXO)) {
    return failure(kExitFailed, SW_E_IO, out + ": must be a folder of yours that nobody else can enter; remove it or set its mode to 0700");
  }
  return success();
}

std::string socket_name(const Json& process_settings) {
  char name[64];
  std::snprintf(name, sizeof name, "serve-%d-%08x", kProtocolVersion, static_cast<unsigned>(hash_of(json_text(process_settings)) & 0xffffffffu));
  return std::string(name) + std::string(kSuffix);
}

std::vector<std::string> sockets_in(const std::string& folder) {
  std::vector<std::string> out;
  DIR* dir = opendir(folder.c_str());
  if (dir == nullptr) return out;
  while (const dirent* entry = readdir(dir)) {
    const std::string name = entry->d_name;
    if (name.starts_with("serve-") && name.ends_with(kSuffix)) out.push_back(folder + "/" + name);
  }
  closedir(dir);
  std::sort(out.begin(), out.end());
  return out;
}

Outcome connect_to(const std::string& path, Descriptor& out) {
  sockaddr_un address;
  if (!to_address(path, address)) return too_long(path);
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // A Unix socket connects at once or not at all: EAGAIN is a full backlog.
  if (!socket.valid() || connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return from_errno(errno, kExitFailed, path);
  if (!is_same_user(socket.get())) return failure(kExitFailed, SW_E_MISMATCH, path + ": the server there is another user's; remove the socket");
  out = std::move(socket);
  return success();
}

Outcome Listener::open(const std::string& path, Listener& out) {
  sockaddr_un address;
  if (!to_address(path, address)) return too_long(path);
  Descriptor lock = open_lock(path);
  if (!lock.valid()) return from_errno(errno, kExitFailed, path + ".lock");
  struct flock held;
  if (!lock_command(lock.get(), F_OFD_SETLK, held)) return failure(kExitFailed, SW_E_STATE, path + ": another server is there already");
  unlink(path.c_str());  // what a dead server left: the living hold the lock
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const mode_t before = umask(0177);
  const bool bound = socket.valid() && bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  umask(before);
  if (!bound) return from_errno(error, kExitFailed, path);
  if (listen(socket.get(), kBacklog) != 0) return from_errno(errno, kExitFailed, path);
  out.path_ = path;
  out.lock_ = std::move(lock);
  out.socket_ = std::move(socket);
  return success();
}

// The socket goes before the lock does. The lock's file stays: another server may be waiting at it.
Listener::~Listener() {
  if (socket_.valid()) unlink(path_.c_str());
}

Descriptor Listener::accept() const {
  Descriptor client(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (client.valid() && !is_same_user(client.get())) client.reset();
  return client;
}

bool is_served(const std::string& path) {
  const Descriptor lock = open_lock(path);
  struct flock held;
  return lock.valid() && lock_command(lock.get(), F_OFD_GETLK, held) && held.l_type != F_UNLCK;
}

}  // namespace sw::tool
