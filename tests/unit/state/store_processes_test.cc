// Several processes, processes that die, disks that are full or read-only.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <thread>

#include "state/disk_store.h"
#include "support.h"

namespace sw {
namespace {

using test::Folder;
using test::identity;
using test::quick;
using test::state_of;
using test::tokens_of;

constexpr int kCannot = 77;  // the machine does not let us make the fault

// In a child: tells what does not hold and ends it.
#define REQUIRE(condition)                                                          \
  do {                                                                              \
    if (!(condition)) {                                                             \
      std::fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
      ::_exit(1);                                                                   \
    }                                                                               \
  } while (0)

pid_t start(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  return child;
}

// The exit status, or minus the signal.
int finish(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int run(const std::function<void()>& body) { return finish(start(body)); }

constexpr size_t kTokens = 50;
constexpr uint64_t kSequences = 24;

// Loads whatever is there, from the longest to the shortest; gives the number of hits, or a negative number of wrong states.
int64_t check_all(DiskStore& store, const StateLayout& layout) {
  int64_t hits = 0, wrong = 0;
  std::vector<float> out;
  for (uint64_t i = 0; i < kSequences; ++i) {
    const auto tokens = tokens_of(i, kTokens);
    uint64_t n = test::fetch(store, identity(), layout, tokens, out);
    while (n > 0) {
      ++(out == state_of(layout, std::span(tokens).first(n)) ? hits : wrong);
      n = test::fetch(store, identity(), layout, std::span(tokens).first(n - 1), out);
    }
  }
  return wrong > 0 ? -wrong : hits;
}

TEST(StoreProcesses, KilledAtRandomMomentsOfWriting) {
  Folder folder;
  const StateLayout layout = test::make_layout(2, 100, 256, 64, 40);  // 130 KiB: a kill often hits a write
  std::mt19937_64 random(3);
  int64_t hits = 0;
  uint64_t leftovers = 0;
  for (int cycle = 0; cycle < 200; ++cycle) {
    auto options = quick();
    options.durable = cycle % 2 == 0;
    options.bytes_max = 10 * (layout.n_floats * 4 + 1000);
    options.codec.packed = cycle % 4 < 2;
    const pid_t child = start([&] {
      const auto store = DiskStore::open(folder.path(), options);
      REQUIRE(store.ok());
      for (uint64_t i = static_cast<uint64_t>(cycle);; ++i) {
        const auto tokens = tokens_of(i % kSequences, 1 + i * 7 % kTokens);
        REQUIRE(store.value()->put(identity(), layout, tokens, state_of(layout, tokens), {}).ok());
      }
    });
    std::this_thread::sleep_for(std::chrono::microseconds(2000 + random() % 12000));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(finish(child), -SIGKILL) << "it ended by itself";

    const auto store = DiskStore::open(folder.path(), options).value();
    leftovers += store->stats().leftovers;
    ASSERT_TRUE(folder.asides().empty()) << "cycle " << cycle;
    const auto report = store->verify(false, {});
    ASSERT_TRUE(report.ok());
    ASSERT_TRUE(report.value().bad.empty()) << "cycle " << cycle << ": " << report.value().bad[0].why;
    const int64_t n = check_all(*store, layout);
    ASSERT_GE(n, 0) << "wrong states in cycle " << cycle;
    ASSERT_EQ(store->stats().hits, static_cast<uint64_t>(n));
    hits += n;
    ASSERT_LE(folder.bytes(), options.bytes_max + layout.n_floats * 4 + 1000);
  }
  EXPECT_GT(hits, 200);
  EXPECT_GT(leftovers, 0u) << "no kill hit a write";
  std::printf("200 kills: %lld states loaded, %llu leftovers cleaned\n", static_cast<long long>(hits),
              static_cast<unsigned long long>(leftovers));
}

// What two of these do to one folder: write, read, evict each other's files.
void work(const std::string& path, const DiskStore::Options& options, const StateLayout& layout, uint64_t seed) {
  const auto opened = DiskStore::open(path, options);
  REQUIRE(opened.ok());
  DiskStore& store = *opened.value();
  std::mt19937_64 random(seed);
  std::vector<float> out;
  uint64_t asked = 0;
  for (int i = 0; i < 400; ++i) {
    const auto tokens = tokens_of(random() % kSequences, kTokens);
    const auto prefix = std::span(tokens).first(10 + random() % 40);
    if (random() % 2 == 0) {
      REQUIRE(store.put(identity(), layout, prefix, state_of(layout, prefix), {}).ok());
    } else {
      ++asked;
      const uint64_t n = test::fetch(store, identity(), layout, tokens, out);
      REQUIRE(n == 0 || out == state_of(layout, std::span(tokens).first(n)));
    }
  }
  const DiskStats stats = store.stats();
  REQUIRE(stats.hits + stats.misses_total() >= asked);
  for (const MissReason never : {MissReason::damaged, MissReason::truncated, MissReason::other_tokens}) {
    REQUIRE(stats.misses[static_cast<size_t>(never)] == 0 && stats.rejected[static_cast<size_t>(never)] == 0);
  }
  REQUIRE(stats.put_failures == 0);
}

TEST(StoreProcesses, TwoProcessesOnOneStore) {
  Folder folder;
  const StateLayout layout = test::small_layout();
  auto options = quick();
  const uint64_t one = layout.n_floats * 4 + 500;
  options.bytes_max = 12 * one;
  const pid_t a = start([&] { work(folder.path(), options, layout, 1); });
  const pid_t b = start([&] { work(folder.path(), options, layout, 2); });
  uint64_t most = 0;
  for (int i = 0; i < 50; ++i) {
    most = std::max(most, folder.bytes());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_EQ(finish(a), 0);
  EXPECT_EQ(finish(b), 0);
  // Each may have one more than fits until it evicts; and files come and go while they are added up here.
  EXPECT_LE(most, options.bytes_max + 4 * one);
  const auto store = DiskStore::open(folder.path(), options).value();
  EXPECT_TRUE(store->gc(options.bytes_max).ok());
  EXPECT_LE(folder.bytes(), options.bytes_max);
  EXPECT_TRUE(store->verify(false, {}).value().bad.empty());
  EXPECT_TRUE(folder.asides().empty());
  EXPECT_GT(check_all(*store, layout), 0);
}

// A vandal shortens, removes and scribbles over files while we read them.
TEST(StoreProcesses, FilesChangeWhileTheyAreRead) {
  Folder folder;
  const StateLayout layout = test::make_layout(2, 100, 256, 64, 40);
  const auto store = DiskStore::open(folder.path(), quick()).value();
  const pid_t vandal = start([&] {
    std::mt19937_64 random(5);
    for (;;) {
      for (const auto& path : folder.states()) {
        if (random() % 4 == 0) (void)!::truncate(path.c_str(), static_cast<off_t>(random() % 130000));
        const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
        if (fd >= 0) (void)!::pwrite(fd, "vandal", 6, static_cast<off_t>(random() % 130000));
        if (fd >= 0) ::close(fd);
        ::usleep(static_cast<useconds_t>(random() % 500));
      }
    }
  });
  uint64_t asked = 0;
  std::vector<float> out;
  for (int i = 0; i < 600; ++i) {
    const auto tokens = tokens_of(static_cast<uint64_t>(i) % kSequences, kTokens);
    ASSERT_TRUE(store->put(identity(), layout, tokens, state_of(layout, tokens), {}).ok());
    ++asked;
    if (test::fetch(*store, identity(), layout, tokens, out) > 0) {
      ASSERT_EQ(out, state_of(layout, tokens));
    }
  }
  ::kill(vandal, SIGKILL);
  finish(vandal);
  const DiskStats stats = store->stats();
  EXPECT_GE(stats.hits + stats.misses_total(), asked);
  EXPECT_GT(stats.misses[static_cast<size_t>(MissReason::damaged)] + stats.misses[static_cast<size_t>(MissReason::truncated)], 0u);
}

// In a child with a private mount table: `folder` is `bytes` large.
bool mount_small_disk(const std::string& folder, size_t bytes) {
  if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  return ::mount("sw-test", folder.c_str(), "tmpfs", 0, ("mode=0700,size=" + std::to_string(bytes)).c_str()) == 0;
}

void full_disk(const Folder& folder, const std::function<void()>& make_room) {
  const StateLayout layout = test::make_layout(1, 100, 64, 64, 40);  // 17 KiB
  auto options = quick();
  options.durable = true;
  options.failures_max = 3;
  options.pause = std::chrono::milliseconds(300);
  const auto store = DiskStore::open(folder.path(), options).value();
  const auto put = [&](uint64_t i) {
    const auto tokens = tokens_of(i, kTokens);
    return store->put(identity(), layout, tokens, state_of(layout, tokens), {});
  };
  uint64_t n = 0;
  Status status;
  while (n < 200 && (status = put(n)).ok()) ++n;
  REQUIRE(status.code() == Code::io);
  REQUIRE(status.message().find(folder.path()) != std::string::npos);
  REQUIRE(folder.asides().empty());
  REQUIRE(folder.states().size() == n);
  REQUIRE(put(201).code() == Code::io);
  REQUIRE(!store->stats().paused);
  REQUIRE(put(202).code() == Code::io);
  REQUIRE(store->stats().paused);
  REQUIRE(put(203).code() == Code::state);
  REQUIRE(store->stats().put_failures == 3 && store->stats().puts_paused == 1 && store->stats().puts == n);
  std::vector<float> out;
  for (uint64_t i = 0; i < n; ++i) {  // what is there is served
    const auto tokens = tokens_of(i, kTokens);
    REQUIRE(test::fetch(*store, identity(), layout, tokens, out) == kTokens && out == state_of(layout, tokens));
  }
  REQUIRE(store->verify(false, {}).value().bad.empty());
  make_room();
  std::this_thread::sleep_for(options.pause + std::chrono::milliseconds(20));
  REQUIRE(put(204).ok());
  REQUIRE(!store->stats().paused);
  REQUIRE(folder.asides().empty());
}

TEST(StoreProcesses, AFullDisk) {
  Folder folder;
  int result = run([&] {
    if (!mount_small_disk(folder.path(), 200 << 10)) ::_exit(kCannot);
    full_disk(folder, [&] { REQUIRE(DiskStore::open(folder.path(), quick()).value()->gc(100 << 10).ok()); });
  });
  if (result == kCannot) {
    std::printf("NOTE: no tmpfs can be mounted here; a limit on the size of files stands in for the full disk\n");
    result = run([&] {
      ::signal(SIGXFSZ, SIG_IGN);
      struct rlimit before;
      if (::getrlimit(RLIMIT_FSIZE, &before) != 0) ::_exit(kCannot);
      const struct rlimit small{8 << 10, before.rlim_max};
      if (::setrlimit(RLIMIT_FSIZE, &small) != 0) ::_exit(kCannot);
      full_disk(folder, [&] { REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0); });
    });
  }
  if (result == kCannot) GTEST_SKIP() << "this machine lets us neither mount a small disk nor limit the size of files";
  EXPECT_EQ(result, 0);
}

void read_only(const Folder& folder, const StateLayout& layout) {
  auto options = quick();
  options.failures_max = 2;
  const auto opened = DiskStore::open(folder.path(), options);
  REQUIRE(opened.ok());
  DiskStore& store = *opened.value();
  const auto tokens = tokens_of(1, kTokens), others = tokens_of(2, kTokens);
  std::vector<float> out;
  REQUIRE(test::fetch(store, identity(), layout, tokens, out) == kTokens && out == state_of(layout, tokens));
  REQUIRE(store.put(identity(), layout, tokens, state_of(layout, tokens), {}).ok());  // there already
  REQUIRE(store.put(identity(), layout, others, state_of(layout, others), {}).code() == Code::io);
  REQUIRE(store.put(identity(), layout, others, state_of(layout, others), {}).code() == Code::io);
  REQUIRE(store.put(identity(), layout, others, state_of(layout, others), {}).code() == Code::state);
  REQUIRE(store.stats().paused && store.stats().put_failures == 2);
  REQUIRE(store.list().ok() && store.list().value().size() == 2);
  REQUIRE(store.verify(true, {}).value().bad.size() == 1);  // cannot be removed, but told
  REQUIRE(!store.verify(true, {}).value().bad[0].removed);
  REQUIRE(store.clear().status().code() == Code::io);
  REQUIRE(!DiskStore::open(folder.path() + "/below", options).ok());
  // A damaged file that cannot be removed is a miss each time it is asked for, and never served.
  const auto bad = tokens_of(3, kTokens);
  for (int i = 0; i < 3; ++i) REQUIRE(test::fetch(store, identity(), layout, bad, out) == 0);
  REQUIRE(store.stats().misses[static_cast<size_t>(MissReason::damaged)] >= 3);
}

TEST(StoreProcesses, AReadOnlyFolder) {
  Folder folder;
  const StateLayout layout = test::small_layout();
  {
    const auto store = DiskStore::open(folder.path(), quick()).value();
    const auto tokens = tokens_of(1, kTokens), bad = tokens_of(3, kTokens);
    ASSERT_TRUE(store->put(identity(), layout, bad, state_of(layout, bad), {}).ok());
    auto bytes = test::read_file(folder.states().at(0));
    bytes[1000] ^= 1;
    test::write_file(folder.states().at(0), bytes);
    ASSERT_TRUE(store->put(identity(), layout, tokens, state_of(layout, tokens), {}).ok());
  }
  int result = run([&] {
    const char* path = folder.path().c_str();
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount(path, path, nullptr, MS_BIND, nullptr) != 0 ||
        ::mount(nullptr, path, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0) {
      ::_exit(kCannot);
    }
    read_only(folder, layout);
  });
  if (result == kCannot) {
    result = run([&] {
      constexpr uid_t kNobody = 65534;
      if (::geteuid() == 0) {
        for (const auto& state : folder.states()) (void)!::chown(state.c_str(), kNobody, kNobody);
        if (::chown(folder.path().c_str(), kNobody, kNobody) != 0) ::_exit(kCannot);
      }
      if (::chmod(folder.path().c_str(), 0500) != 0 || (::geteuid() == 0 && ::seteuid(kNobody) != 0)) ::_exit(kCannot);
      read_only(folder, layout);
    });
    (void)::chmod(folder.path().c_str(), 0700);
  }
  if (result == kCannot) GTEST_SKIP() << "this machine lets us neither mount a read-only folder nor give up root";
  EXPECT_EQ(result, 0);
}

TEST(StoreProcesses, AnothersFolderIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make a folder of another user";
  Folder folder;
  ASSERT_EQ(::chown(folder.path().c_str(), 65534, 65534), 0);
  const auto store = DiskStore::open(folder.path(), quick());
  ASSERT_FALSE(store.ok());
  EXPECT_NE(store.status().message().find("65534"), std::string::npos);
}

}  // namespace
}  // namespace sw
