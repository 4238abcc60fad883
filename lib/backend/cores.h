// Which cores this process may use, and how many of them it had better use.
#pragma once

#include <optional>
#include <string>

namespace sw {

// Cores' worth of time that the control groups of this process allow: the least of its own group's and of those above it, version 2 or 1.
// None where there is no limit. What is malformed counts as no limit. `root` stands for "/": where proc and sys/fs/cgroup are looked for.
std::optional<double> cpu_quota(const std::string& root = "");

// By affinity and quota, at least 1. A quota is rounded down: threads beyond it only have the whole process stopped for the rest of each
// period.
int usable_cores(const std::string& root = "");

// Compute threads by default: of more than two cores one is left to the editor.
constexpr int default_threads(int n_cores) { return n_cores > 2 ? n_cores - 1 : n_cores; }

// Keeps the calling thread on one of the cores that it may use, counted round; false where the system refuses.
bool stay_on_core(int index);

}  // namespace sw
