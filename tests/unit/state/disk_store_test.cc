// What the store finds, what it counts, and what it keeps.
#include "state/disk_store.h"

#include <gtest/gtest.h>

#include <sys/file.h>
#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <thread>

#include "support.h"

namespace sw {
namespace {

using test::Folder;
using test::identity;
using test::quick;
using test::small_layout;
using test::state_of;
using test::tokens_of;

class DiskStoreTest : public ::testing::Test {
 protected:
  std::shared_ptr<DiskStore> open(const DiskStore::Options& options = quick()) {
    auto store = DiskStore::open(folder_.path(), options);
    EXPECT_TRUE(store.ok()) << store.status().message();
    return store.ok() ? std::move(store).value() : nullptr;
  }
  Status put(DiskStore& store, std::span<const int32_t> tokens, const StoreIdentity& who = identity()) {
    return store.put(who, layout_, tokens, state_of(layout_, tokens), {});
  }
  // The length that was found and is right; -1 for a wrong state.
  int64_t get(DiskStore& store, std::span<const int32_t> tokens, const StoreIdentity& who = identity()) {
    std::vector<float> out;
    const uint64_t n = test::fetch(store, who, layout_, tokens, out);
    if (n > 0 && out != state_of(layout_, tokens.first(n))) return -1;
    return static_cast<int64_t>(n);
  }
  static uint64_t missed(DiskStore& store, MissReason reason) { return store.stats().misses[static_cast<size_t>(reason)]; }

  Folder folder_;
  StateLayout layout_ = small_layout();
  std::vector<int32_t> tokens_ = tokens_of(1, 40);
};

TEST_F(DiskStoreTest, FindsTheDeepestPrefix) {
  const auto store = open();
  for (const size_t n : {10u, 20u, 30u}) ASSERT_TRUE(put(*store, std::span(tokens_).first(n)).ok());
  EXPECT_EQ(get(*store, tokens_), 30);
  EXPECT_EQ(get(*store, std::span(tokens_).first(30)), 30);
  EXPECT_EQ(get(*store, std::span(tokens_).first(29)), 20);
  auto other = tokens_;
  other[15] ^= 1;
  EXPECT_EQ(get(*store, other), 10);
  EXPECT_EQ(get(*store, std::span(tokens_).first(9)), 0);
  EXPECT_EQ(missed(*store, MissReason::absent), 1u);
  EXPECT_EQ(store->stats().hits, 4u);

  const auto longer = store->find(identity(), layout_, tokens_, 29);
  ASSERT_TRUE(longer.ok() && longer.value());
  EXPECT_EQ(longer.value()->length, 30u);
  const auto none = store->find(identity(), layout_, tokens_, 30);
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none.value());
  EXPECT_EQ(missed(*store, MissReason::not_longer), 1u);
  EXPECT_EQ(store->stats().files, 3u);
  EXPECT_EQ(store->stats().bytes, folder_.bytes());
}

TEST_F(DiskStoreTest, SurvivesARestartInEveryCodec) {
  for (const char* name : {"f32", "f32+zstd", "bf16", "bf16+zstd", "int8", "int8+zstd"}) {
    auto options = quick();
    options.codec = StateCodec::parse(name).value();
    options.durable = true;
    ASSERT_TRUE(put(*open(options), tokens_).ok());
    const auto store = open(options);
    std::vector<float> out;
    ASSERT_EQ(test::fetch(*store, identity(), layout_, tokens_, out), tokens_.size()) << name;
    const auto state = state_of(layout_, tokens_);
    if (options.codec.is_exact()) {
      EXPECT_EQ(out, state);
    }
    for (size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], state[i], 1e-3);
  }
  EXPECT_EQ(folder_.states().size(), 6u);
}

TEST_F(DiskStoreTest, WhatIsOthersIsAMissWithItsReason) {
  ASSERT_TRUE(put(*open(), tokens_).ok());
  const auto store = open();
  EXPECT_EQ(get(*store, tokens_, identity('c')), 0);
  EXPECT_EQ(get(*store, tokens_, identity('a', 'c')), 0);
  auto untold = identity();
  untold.tokenizer.clear();
  EXPECT_EQ(get(*store, tokens_, untold), 0);
  EXPECT_EQ(get(*store, tokens_, identity('a', 'b', "ref 2")), 0);
  EXPECT_EQ(missed(*store, MissReason::other_weights), 1u);
  EXPECT_EQ(missed(*store, MissReason::other_tokenizer), 2u);
  EXPECT_EQ(missed(*store, MissReason::other_kernels), 1u);

  const StateLayout wider = test::make_layout(2, 21, 12, 24, 19);
  EXPECT_FALSE(store->find(identity(), wider, tokens_).value());
  EXPECT_EQ(missed(*store, MissReason::other_layout), 1u);

  auto options = quick();
  options.codec.values = ValueCodec::int8;
  const auto other = open(options);
  EXPECT_EQ(get(*other, tokens_), 0);
  EXPECT_EQ(missed(*other, MissReason::other_codec), 1u);
  EXPECT_EQ(other->stats().misses_total(), 1u);

  EXPECT_EQ(get(*store, tokens_), 40);  // and it is still there for its own
}

// The same, when the file changes hands after it was found.
TEST_F(DiskStoreTest, LoadTrustsNoEntry) {
  const auto store = open();
  ASSERT_TRUE(put(*store, tokens_).ok());
  const auto entry = store->find(identity(), layout_, tokens_).value();
  ASSERT_TRUE(entry);
  std::vector<float> out(layout_.n_floats, 1.0f);
  const auto reason = [&](const StoreIdentity& who, std::span<const int32_t> tokens) {
    std::fill(out.begin(), out.end(), 1.0f);
    const auto loaded = store->load(*entry, who, layout_, tokens, out, {});
    EXPECT_TRUE(loaded.ok());
    if (loaded.value().reason != MissReason::none) {
      EXPECT_EQ(std::ranges::count(out, 0.0f), std::ssize(out));
    }
    return loaded.value().reason;
  };
  EXPECT_EQ(reason(identity('c'), tokens_), MissReason::other_weights);
  EXPECT_EQ(reason(identity('a', 'c'), tokens_), MissReason::other_tokenizer);
  EXPECT_EQ(reason(identity('a', 'b', "x"), tokens_), MissReason::other_kernels);
  auto other = tokens_;
  other.back() ^= 1;
  EXPECT_EQ(reason(identity(), other), MissReason::other_tokens);
  EXPECT_EQ(reason(identity(), std::span(tokens_).first(39)), MissReason::other_tokens);
  auto shifted = *entry;
  shifted.length = 39;
  EXPECT_EQ(store->load(shifted, identity(), layout_, tokens_, out, {}).value().reason, MissReason::other_tokens);
  EXPECT_EQ(get(*store, tokens_), 40);  // a mistake of one caller does not hide the file from others
  EXPECT_EQ(reason(identity(), tokens_), MissReason::none);
  ASSERT_TRUE(open()->clear().ok());
  EXPECT_EQ(reason(identity(), tokens_), MissReason::gone);
}

TEST_F(DiskStoreTest, AnotherVersionIsLeftAloneUntilItIsCleared) {
  ASSERT_TRUE(put(*open(), tokens_).ok());
  const std::string path = folder_.states().at(0);
  auto bytes = test::read_file(path);
  StoreHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  header.version = 2;
  const std::string theirs = folder_.path() + "/" + header.key().hex() + ".state";
  std::memcpy(bytes.data(), &header, sizeof header);
  std::filesystem::remove(path);
  test::write_file(theirs, bytes);

  const auto store = open();
  EXPECT_EQ(get(*store, tokens_), 0);
  EXPECT_EQ(missed(*store, MissReason::other_version), 1u);
  EXPECT_EQ(store->stats().foreign_files, 1u);
  ASSERT_TRUE(put(*store, tokens_).ok());
  EXPECT_EQ(get(*store, tokens_), 40);
  const auto report = store->verify(true, {});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report.value().other_version, 1u);
  EXPECT_TRUE(report.value().bad.empty());
  EXPECT_EQ(test::read_file(theirs), bytes);
  const auto removed = store->clear();
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed.value().files, 2u);
  EXPECT_TRUE(folder_.states().empty());
}

TEST_F(DiskStoreTest, SeesWhatOtherProcessesDo) {
  const auto a = open(), b = open();
  EXPECT_EQ(get(*a, tokens_), 0);
  ASSERT_TRUE(put(*b, tokens_).ok());
  EXPECT_EQ(get(*a, tokens_), 40);
  ASSERT_TRUE(b->clear().ok());
  EXPECT_EQ(get(*a, tokens_), 0);
  ASSERT_TRUE(put(*a, tokens_).ok());
  EXPECT_EQ(get(*b, tokens_), 40);
  std::filesystem::remove_all(folder_.path());  // the whole folder under our feet
  EXPECT_EQ(get(*b, tokens_), 0);
  ASSERT_TRUE(put(*b, tokens_).ok());
  EXPECT_EQ(get(*a, tokens_), 40);
}

// Long after it was listed: the folder's time alone must tell.
TEST_F(DiskStoreTest, SeesChangesOfASettledFolder) {
  const auto a = open(), b = open();
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_EQ(get(*a, tokens_), 0);
  ASSERT_TRUE(put(*b, tokens_).ok());
  EXPECT_EQ(get(*a, tokens_), 40);
}

// Where the clock of the file system is coarse, a change can leave the folder's time as it was.
TEST_F(DiskStoreTest, SeesChangesWithinOneTickOfTheClock) {
  const auto a = open(), b = open();
  EXPECT_EQ(get(*a, tokens_), 0);
  struct stat before;
  ASSERT_EQ(::stat(folder_.path().c_str(), &before), 0);
  ASSERT_TRUE(put(*b, tokens_).ok());
  const struct timespec times[2] = {before.st_atim, before.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, folder_.path().c_str(), times, 0), 0);
  EXPECT_EQ(get(*a, tokens_), 40);
}

TEST_F(DiskStoreTest, EvictsWhatWasUsedLongestAgo) {
  auto options = quick();
  const auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds(15)); };  // times of files are coarse
  ASSERT_TRUE(put(*open(options), tokens_of(1, 40)).ok());
  const uint64_t one = folder_.bytes();
  options.bytes_max = one * 3;
  const auto store = open(options);
  for (const uint64_t i : {2u, 3u}) {
    pause();
    ASSERT_TRUE(put(*store, tokens_of(i, 40), identity(i == 2 ? 'd' : 'a')).ok());  // all models share the bytes
  }
  pause();
  EXPECT_EQ(get(*store, tokens_of(1, 40)), 40);  // a hit refreshes
  pause();
  ASSERT_TRUE(put(*store, tokens_of(4, 40)).ok());
  EXPECT_EQ(get(*store, tokens_of(2, 40), identity('d')), 0);
  pause();
  ASSERT_TRUE(put(*store, tokens_of(3, 40)).ok());  // so does a put of what is there
  pause();
  ASSERT_TRUE(put(*store, tokens_of(5, 40)).ok());
  EXPECT_EQ(get(*store, tokens_of(1, 40)), 0);
  for (const uint64_t i : {3u, 4u, 5u}) EXPECT_EQ(get(*store, tokens_of(i, 40)), 40) << i;
  const auto stats = store->stats();
  EXPECT_EQ(stats.evicted, 2u);
  EXPECT_EQ(stats.evicted_bytes, 2 * one);
  EXPECT_EQ(stats.puts_present, 1u);
  EXPECT_LE(folder_.bytes(), options.bytes_max);

  options.bytes_max = one - 1;
  const auto tiny = open(options);
  EXPECT_EQ(put(*tiny, tokens_of(6, 40)).code(), Code::no_memory);
  const auto removed = tiny->gc(one);
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed.value().files, 2u);
  EXPECT_EQ(folder_.states().size(), 1u);
}

// Not even while a state is being written does the folder hold more than it may; a writer that dies then leaves it within bounds.
TEST_F(DiskStoreTest, MakesRoomBeforeItWrites) {
  auto options = quick();
  ASSERT_TRUE(put(*open(options), tokens_of(1, 40)).ok());
  options.bytes_max = folder_.bytes() * 2;
  const auto store = open(options);
  uint64_t most = 0;
  Control control;
  control.progress = [&](uint64_t done, uint64_t) {
    most = std::max(most, folder_.bytes() + done);
    return true;
  };
  for (uint64_t i = 2; i < 6; ++i) {
    const auto tokens = tokens_of(i, 40);
    ASSERT_TRUE(store->put(identity(), layout_, tokens, state_of(layout_, tokens), control).ok());
  }
  EXPECT_GT(most, options.bytes_max / 2);
  EXPECT_LE(most, options.bytes_max);
}

// Another process writes at the same moment: whoever is last makes it fit again, and keeps its own.
TEST_F(DiskStoreTest, MakesRoomAfterOthersWrote) {
  auto options = quick();
  ASSERT_TRUE(put(*open(options), tokens_of(1, 40)).ok());
  options.bytes_max = folder_.bytes();
  const auto store = open(options), other = open(options);
  bool written = false;
  Control control;
  control.progress = [&](uint64_t, uint64_t) {
    if (written) return true;
    written = true;
    EXPECT_TRUE(put(*other, tokens_of(2, 40)).ok());
    const struct timespec future[2] = {{4102444800, 0}, {4102444800, 0}};
    EXPECT_EQ(::utimensat(AT_FDCWD, folder_.states().at(0).c_str(), future, 0), 0);
    return true;
  };
  const auto tokens = tokens_of(3, 40);
  ASSERT_TRUE(store->put(identity(), layout_, tokens, state_of(layout_, tokens), control).ok());
  EXPECT_TRUE(written);
  EXPECT_LE(folder_.bytes(), options.bytes_max);
  EXPECT_EQ(get(*store, tokens), 40);
}

TEST_F(DiskStoreTest, ListsAndVerifies) {
  const auto store = open();
  for (uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(put(*store, tokens_of(i, 10 + i)).ok());
  const auto files = store->list();
  ASSERT_TRUE(files.ok());
  ASSERT_EQ(files.value().size(), 5u);
  for (const auto& file : files.value()) {
    EXPECT_EQ(file.reason, MissReason::none);
    EXPECT_EQ(file.weights, identity().weights);
    EXPECT_EQ(file.tokenizer, identity().tokenizer);
    EXPECT_EQ(file.numerics.size(), 32u);
    EXPECT_GE(file.n_tokens, 10u);
    EXPECT_EQ(file.bytes, std::filesystem::file_size(folder_.path() + "/" + file.name));
  }
  const auto path = folder_.states().at(2);
  auto bytes = test::read_file(path);
  bytes[bytes.size() / 2] ^= 4;
  test::write_file(path, bytes);
  uint64_t last = 0, total = 0;
  Control control;
  control.progress = [&](uint64_t done, uint64_t all) {
    EXPECT_GE(done, last);
    last = done;
    total = all;
    return true;
  };
  const auto kept = store->verify(false, control);
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept.value().checked, 5u);
  EXPECT_EQ(kept.value().bytes, folder_.bytes());
  EXPECT_EQ(total, folder_.bytes());
  ASSERT_EQ(kept.value().bad.size(), 1u);
  EXPECT_EQ(kept.value().bad[0].reason, MissReason::damaged);
  EXPECT_FALSE(kept.value().bad[0].removed);
  const auto cleaned = store->verify(true, {});
  ASSERT_EQ(cleaned.value().bad.size(), 1u);
  EXPECT_TRUE(cleaned.value().bad[0].removed);
  EXPECT_TRUE(store->verify(true, {}).value().bad.empty());
  EXPECT_EQ(folder_.states().size(), 4u);
}

TEST_F(DiskStoreTest, CleansUpAfterDeadWritersOnly) {
  ASSERT_TRUE(put(*open(), tokens_).ok());
  const std::string path = folder_.states().at(0);
  const std::string dead = path + ".abcdef", alive = path + ".ghijkl";
  for (const auto& name : {dead, alive, folder_.path() + "/notes.txt", path + ".longer-than-ours"}) test::write_file(name, std::vector<char>(100));
  const int fd = ::open(alive.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(fd, LOCK_EX), 0);
  EXPECT_EQ(open()->stats().leftovers, 1u);
  EXPECT_FALSE(std::filesystem::exists(dead));
  EXPECT_TRUE(std::filesystem::exists(alive));
  ::close(fd);
  EXPECT_EQ(open()->stats().leftovers, 1u);
  EXPECT_FALSE(std::filesystem::exists(alive));
  ASSERT_TRUE(open()->clear().ok());
  EXPECT_TRUE(std::filesystem::exists(folder_.path() + "/notes.txt"));
  EXPECT_TRUE(std::filesystem::exists(path + ".longer-than-ours"));
}

TEST_F(DiskStoreTest, StrangeThingsInTheFolderAreNotFollowed) {
  const auto store = open();
  ASSERT_TRUE(put(*store, tokens_).ok());
  const std::string state = folder_.states().at(0);
  const auto name = [&](char c) { return folder_.path() + "/" + std::string(32, c) + ".state"; };
  std::filesystem::create_symlink(state, name('0'));
  std::filesystem::create_symlink("/etc/passwd", name('1'));
  ASSERT_EQ(::mkfifo(name('2').c_str(), 0600), 0);
  std::filesystem::create_directory(name('3'));
  test::write_file(name('4'), {});
  std::filesystem::copy_file(state, name('5'));  // sound, but of another name
  test::write_file(folder_.path() + "/" + std::string(32, 'A') + ".state", std::vector<char>(10));
  const auto fresh = open();
  EXPECT_EQ(get(*fresh, tokens_), 40);
  const auto stats = fresh->stats();
  EXPECT_EQ(stats.rejected[static_cast<size_t>(MissReason::unreadable)], 4u);
  EXPECT_EQ(stats.rejected[static_cast<size_t>(MissReason::truncated)], 1u);
  EXPECT_EQ(stats.rejected[static_cast<size_t>(MissReason::damaged)], 1u);
  EXPECT_TRUE(fresh->verify(true, {}).ok());
  EXPECT_TRUE(fresh->gc(0).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(name('1')));
  EXPECT_TRUE(std::filesystem::exists("/etc/passwd"));
  EXPECT_FALSE(std::filesystem::exists(state));
}

TEST_F(DiskStoreTest, IsTheOwnersOnly) {
  const std::string path = folder_.path() + "/a/b/store/";
  const auto store = DiskStore::open(path, quick());
  ASSERT_TRUE(store.ok()) << store.status().message();
  ASSERT_TRUE(put(*store.value(), tokens_).ok());
  const auto mode = [](const std::string& p) {
    struct stat info;
    return ::stat(p.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
  };
  EXPECT_EQ(mode(path), 0700u);
  EXPECT_EQ(mode(path + store.value()->list().value().at(0).name), 0600u);
  ASSERT_EQ(::chmod(path.c_str(), 0770), 0);
  const auto refused = DiskStore::open(path, quick());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), Code::argument);
  EXPECT_NE(refused.status().message().find("chmod"), std::string::npos);
  test::write_file(folder_.path() + "/file", {});
  EXPECT_FALSE(DiskStore::open(folder_.path() + "/file", quick()).ok());
  EXPECT_EQ(DiskStore::open("", quick()).status().code(), Code::argument);
}

TEST_F(DiskStoreTest, WrongArgumentsAreStatuses) {
  const auto store = open();
  const auto state = state_of(layout_, tokens_);
  EXPECT_EQ(store->put(identity(), layout_, {}, state, {}).code(), Code::argument);
  EXPECT_EQ(store->put(identity(), layout_, tokens_, std::span(state).first(1), {}).code(), Code::argument);
  EXPECT_EQ(store->put({"short", "", ""}, layout_, tokens_, state, {}).code(), Code::argument);
  EXPECT_EQ(store->put({std::string(32, 'A'), "", ""}, layout_, tokens_, state, {}).code(), Code::argument);
  EXPECT_EQ(store->find({"", "", ""}, layout_, tokens_).status().code(), Code::argument);
  EXPECT_FALSE(store->find(identity(), layout_, {}).value());
  EXPECT_EQ(store->stats().put_failures, 0u);
  EXPECT_TRUE(folder_.states().empty());
}

TEST_F(DiskStoreTest, CancelLeavesNothingAndIsNoMiss) {
  const auto store = open();
  std::atomic<bool> cancel{true};
  Control control;
  control.cancel = &cancel;
  const auto state = state_of(layout_, tokens_);
  EXPECT_EQ(store->put(identity(), layout_, tokens_, state, control).code(), Code::cancelled);
  EXPECT_TRUE(folder_.states().empty());
  EXPECT_TRUE(folder_.asides().empty());
  ASSERT_TRUE(put(*store, tokens_).ok());
  const auto entry = store->find(identity(), layout_, tokens_).value();
  ASSERT_TRUE(entry);
  std::vector<float> out(layout_.n_floats, 1.0f);
  EXPECT_EQ(store->load(*entry, identity(), layout_, tokens_, out, control).status().code(), Code::cancelled);
  EXPECT_EQ(std::ranges::count(out, 0.0f), std::ssize(out));
  EXPECT_EQ(store->verify(false, control).status().code(), Code::cancelled);
  EXPECT_EQ(store->stats().misses_total(), 0u);
  EXPECT_EQ(store->stats().put_failures, 0u);
  EXPECT_EQ(get(*store, tokens_), 40);
}

TEST_F(DiskStoreTest, NoMemoryIsAMiss) {
  ASSERT_TRUE(put(*open(), tokens_).ok());
  auto options = quick();
  options.allocator = {[](void*, size_t, size_t) -> void* { return nullptr; }, [](void*, void*, size_t) {}, nullptr};
  const auto store = open(options);
  EXPECT_EQ(get(*store, tokens_), 0);
  EXPECT_GE(missed(*store, MissReason::no_memory), 1u);
  EXPECT_EQ(put(*store, tokens_of(2, 40)).code(), Code::no_memory);
  EXPECT_EQ(store->stats().put_failures, 1u);
  EXPECT_TRUE(folder_.asides().empty());
  EXPECT_EQ(get(*open(), tokens_), 40);  // the file is as good as before
}

TEST_F(DiskStoreTest, TellsOfDamage) {
  ASSERT_TRUE(put(*open(), tokens_).ok());
  const std::string path = folder_.states().at(0);
  auto bytes = test::read_file(path);
  bytes.back() ^= 1;
  test::write_file(path, bytes);
  std::string told;
  auto options = quick();
  options.log = {[](void* user, int32_t, const char* text, size_t n) { static_cast<std::string*>(user)->append(text, n); }, &told};
  EXPECT_EQ(get(*open(options), tokens_), 0);
  EXPECT_NE(told.find(path), std::string::npos) << told;
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(DiskStoreTest, ThreadsShareOneStore) {
  auto options = quick();
  ASSERT_TRUE(put(*open(options), tokens_of(0, 40)).ok());
  options.bytes_max = folder_.bytes() * 8;
  const auto store = open(options);
  std::atomic<int> wrong{0}, hits{0};
  const auto work = [&](uint64_t seed) {
    std::mt19937_64 random(seed);
    for (int i = 0; i < 150; ++i) {
      const auto tokens = tokens_of(random() % 16, 40);
      switch (random() % 8) {
        case 0: (void)store->stats(); break;
        case 1: wrong += store->list().ok() ? 0 : 1; break;
        case 2: (void)store->gc(options.bytes_max / 2); break;
        case 3: case 4: case 5: wrong += put(*store, tokens).ok() ? 0 : 1; break;
        default: {
          const int64_t n = get(*store, tokens);
          hits += n > 0 ? 1 : 0;
          wrong += n < 0 ? 1 : 0;
        }
      }
    }
  };
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 4; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(hits, 0);
  EXPECT_LE(folder_.bytes(), options.bytes_max + 4 * options.bytes_max / 8);
  EXPECT_TRUE(folder_.asides().empty());
}

}  // namespace
}  // namespace sw
