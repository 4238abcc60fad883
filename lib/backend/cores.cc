#include "backend/cores.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

namespace sw {
namespace {

constexpr size_t kFileBytesMax = 64 << 10;
constexpr int kPartsMax = 64;  // of a group's path
// Where version 1 is mounted, by what it is called on different systems.
constexpr const char* kV1Mounts[] = {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpuacct,cpu"};

// "" for a file that is not there.
std::string read_start(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (file == nullptr) return {};
  std::string text(kFileBytesMax, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
}

// The text up to `end`, which is taken away with it; all of it when there is none.
std::string_view take(std::string_view& text, char end) {
  const size_t n = text.find(end);
  const std::string_view first = text.substr(0, n);
  text.remove_prefix(n == std::string_view::npos ? text.size() : n + 1);
  return first;
}

std::optional<double> positive(std::string_view text) {
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return static_cast<double>(value);
}

std::optional<double> ratio(std::optional<double> quota, std::optional<double> period) {
  return quota && period ? std::optional(*quota / *period) : std::nullopt;
}

// cpu.max: "QUOTA PERIOD", in microseconds; "max" is no limit.
std::optional<double> quota_v2(const std::string& group) {
  const std::string text = read_start(group + "/cpu.max");
  std::string_view line = text;
  line = take(line, '\n');
  const auto quota = positive(take(line, ' '));
  return ratio(quota, positive(line));
}

std::optional<double> quota_v1(const std::string& group) {
  const auto number = [&](const char* name) {
    const std::string text = read_start(group + name);
    std::string_view line = text;
    return positive(take(line, '\n'));
  };
  return ratio(number("/cpu.cfs_quota_us"), number("/cpu.cfs_period_us"));
}

// The folder where groups are mounted and those below it down to `path`. A path that is not of this mount, as in a container that does not
// see its own, ends where there is nothing.
std::vector<std::string> groups_on(const std::string& mount, std::string_view path) {
  std::vector<std::string> groups = {mount};
  for (int i = 0; !path.empty() && i < kPartsMax; ++i) {
    const std::string_view part = take(path, '/');
    if (part == "..") break;
    if (!part.empty()) groups.push_back(groups.back() + "/" + std::string(part));
  }
  return groups;
}

using Quota = std::optional<double> (*)(const std::string& group);

void lower(std::optional<double>& least, Quota quota, const std::string& mount, std::string_view path) {
  for (const std::string& group : groups_on(mount, path)) {
    if (const auto q = quota(group); q && (!least || *q < *least)) least = q;
  }
}

bool names_cpu(std::string_view controllers) {
  while (!controllers.empty()) {
    if (take(controllers, ',') == "cpu") return true;
  }
  return false;
}

std::vector<int> allowed_cores() {
  std::vector<int> cores;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return cores;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) cores.push_back(i);
  }
  return cores;
}

}  // namespace

std::optional<double> cpu_quota(const std::string& root) {
  std::optional<double> least;
  const std::string text = read_start(root + "/proc/self/cgroup");
  std::string_view lines = text;
  while (!lines.empty()) {  // "ID:CONTROLLERS:PATH"; version 2 is number 0 and names no controllers
    std::string_view path = take(lines, '\n');
    const std::string_view id = take(path, ':'), controllers = take(path, ':');
    if (id == "0" && controllers.empty()) lower(least, quota_v2, root + "/sys/fs/cgroup", path);
    if (!names_cpu(controllers)) continue;
    for (const char* mount : kV1Mounts) lower(least, quota_v1, root + mount, path);
  }
  return least;
}

int usable_cores(const std::string& root) {
  const std::vector<int> allowed = allowed_cores();
  int cores = allowed.empty() ? static_cast<int>(std::thread::hardware_concurrency()) : static_cast<int>(allowed.size());
  if (const auto quota = cpu_quota(root)) cores = static_cast<int>(std::min<double>(cores, std::floor(*quota)));
  return std::max(cores, 1);
}

bool stay_on_core(int index) {
  const std::vector<int> allowed = allowed_cores();
  if (allowed.empty()) return false;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(allowed[static_cast<size_t>(index) % allowed.size()], &set);
  return ::sched_setaffinity(0, sizeof set, &set) == 0;
}

}  // namespace sw
