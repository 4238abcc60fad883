// What control groups allow, over random trees of them in a folder that stands for "/".
#include "backend/cores.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

namespace sw {
namespace {

namespace fs = std::filesystem;

class Tree : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/sw-cores-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories(fs::path(root_ + path).parent_path());
    std::ofstream(root_ + path, std::ios::binary) << text;
  }
  std::optional<double> quota() const { return cpu_quota(root_); }

  std::string root_;
};

std::string number(std::mt19937& random, int low, int high) { return std::to_string(std::uniform_int_distribution(low, high)(random)); }

TEST_F(Tree, TheLeastOfAllGroupsAboveCounts) {
  std::mt19937 random(1);
  for (int round = 0; round < 100; ++round) {
    fs::remove_all(root_);
    const bool v2 = round % 2 == 0;
    const std::string mount = v2 ? "/sys/fs/cgroup" : round % 4 == 1 ? "/sys/fs/cgroup/cpu" : "/sys/fs/cgroup/cpu,cpuacct";
    std::string group;
    std::optional<double> least;
    const int depth = int(random() % 6);
    for (int i = 0; i <= depth; ++i) {
      if (i > 0) group += "/g" + std::to_string(random() % 3);
      if (random() % 3 == 0) continue;  // a group without a file
      const bool limited = random() % 2 == 0;
      const std::string quota = number(random, 1000, 1600000), period = number(random, 1000, 1000000);
      if (v2) {
        write(mount + group + "/cpu.max", (limited ? quota : "max") + " " + period + "\n");
      } else {
        write(mount + group + "/cpu.cfs_quota_us", (limited ? quota : "-1") + "\n");
        write(mount + group + "/cpu.cfs_period_us", period + "\n");
      }
      const double cores = std::stod(quota) / std::stod(period);
      if (limited && (!least || cores < *least)) least = cores;
    }
    const std::string path = group.empty() ? "/" : group;
    write("/proc/self/cgroup", v2 ? "0::" + path + "\n" : "5:memory:/other\n4:cpu,cpuacct:" + path + "\n0::/\n");
    ASSERT_EQ(quota(), least) << "round " << round << ", group " << path;
  }
}

TEST_F(Tree, CoresAreTheQuotaRoundedDownAndNeverLessThanOne) {
  const int all = usable_cores(root_);  // nothing is there: affinity alone
  EXPECT_GE(all, 1);
  write("/proc/self/cgroup", "0::/\n");
  for (const double cores : {0.01, 0.5, 0.99, 1.0, 1.5, 1.99, 2.0, 3.7, 1e6}) {
    write("/sys/fs/cgroup/cpu.max", std::to_string(static_cast<long long>(cores * 100000)) + " 100000\n");
    EXPECT_EQ(usable_cores(root_), std::min(all, std::max(1, static_cast<int>(std::floor(cores))))) << cores;
  }
}

// What a container sees: its own path outside its mount, and the quota at the mount.
TEST_F(Tree, AContainerSeesItsOwnGroupAtTheMount) {
  write("/proc/self/cgroup", "4:cpu,cpuacct:/docker/0123456789abcdef\n");
  write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n");
  write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 1.5);
}

TEST_F(Tree, APathNeverLeadsOut) {
  write("/secret/cpu.max", "100000 100000\n");
  write("/proc/self/cgroup", "0::/../../../secret\n");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(Tree, WhatIsMalformedIsNoLimit) {
  write("/proc/self/cgroup", "0::/a\n");
  for (const char* text : {"", "\n", "max", "max max", "100000", "100000 ", "100000 0", "0 100000", "-1 100000", "1e5 1e5", "100000  100000", "x y",
                           "99999999999999999999999 100000", "100000 100000 1", "100000\t100000", "\xff\xfe 3"}) {
    write("/sys/fs/cgroup/a/cpu.max", text);
    EXPECT_EQ(quota(), std::nullopt) << '"' << text << '"';
    EXPECT_GE(usable_cores(root_), 1);
  }
}

TEST_F(Tree, NoBytesDoHarm) {
  std::mt19937 random(2);
  const std::string alphabet = "0123456789:/,.\n cpu-max\xff";
  for (int round = 0; round < 150; ++round) {
    for (const char* path : {"/proc/self/cgroup", "/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us"}) {
      std::string text(random() % 200, '\0');
      for (char& c : text) c = alphabet[random() % alphabet.size()];
      write(path, text);
    }
    const auto q = quota();
    ASSERT_TRUE(!q || (*q > 0 && std::isfinite(*q)));
    ASSERT_GE(usable_cores(root_), 1);
  }
}

TEST(DefaultThreads, OneOfMoreThanTwoCoresIsLeft) {
  for (int cores = 1; cores <= 1024; ++cores) {
    const int threads = default_threads(cores);
    EXPECT_GE(threads, 1);
    EXPECT_EQ(cores - threads, cores > 2 ? 1 : 0);
  }
}

}  // namespace
}  // namespace sw
