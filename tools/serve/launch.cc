#include "serve/launch.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

namespace sw::tool {
namespace {

constexpr off_t kLogBytesMax = off_t{1} << 20;

void limit_log(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) == 0 && status.st_size > kLogBytesMax) unlink(path.c_str());
}

}  // namespace

std::string own_program() {
  char path[4096];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof path);
  const std::string found(path, n > 0 ? static_cast<size_t>(n) : 0);
  return access(found.c_str(), X_OK) == 0 ? found : "/proc/self/exe";  // replaced by a newer one meanwhile: the old one still runs
}

Outcome launch(const std::string& program, const std::vector<std::string>& arguments, const std::string& log_path) {
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  limit_log(log_path);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  std::signal(SIGCHLD, SIG_IGN);  // it is nobody's zombie
  pid_t pid = 0;
  const int error = posix_spawn(&pid, program.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? success() : from_errno(error, kExitFailed, program);
}

}  // namespace sw::tool
