// Damaged files: whatever happens to the bytes, no wrong state, one counted reason, no crash.
#include <gtest/gtest.h>

#include <xxhash.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <numeric>

#include "state/disk_store.h"
#include "support.h"

namespace sw {
namespace {

using test::Folder;
using test::identity;
using test::quick;
using test::state_of;
using test::tokens_of;

class StoreFaults : public ::testing::Test {
 protected:
  void store_one(StateCodec codec) {
    options_ = quick();
    options_.codec = codec;
    store_ = DiskStore::open(folder_.path(), options_).value();
    ASSERT_TRUE(store_->put(identity(), layout_, tokens_, state_of(layout_, tokens_), {}).ok());
    path_ = folder_.states().at(0);
    sound_ = test::read_file(path_);
  }

  // The file has these bytes now. Opened anew or not, the store must miss once, say why, and serve nothing.
  void expect_miss(std::span<const char> bytes, bool reopen) {
    test::write_file(path_, bytes);
    if (reopen) store_ = DiskStore::open(folder_.path(), options_).value();
    const DiskStats before = store_->stats();
    std::vector<float> out;
    ASSERT_EQ(test::fetch(*store_, identity(), layout_, tokens_, out), 0u);
    const DiskStats after = store_->stats();
    uint64_t told = 0;
    for (size_t i = 0; i < kMissReasons; ++i) {
      const uint64_t n = after.misses[i] - before.misses[i];
      const auto reason = static_cast<MissReason>(i);
      if (reason != MissReason::absent && reason != MissReason::none && n > 0) {
        ++told;
        last_ = reason;
      }
    }
    ASSERT_EQ(told, 1u) << "one reason";
    const bool rubbish = last_ == MissReason::damaged || last_ == MissReason::truncated;
    ASSERT_EQ(std::filesystem::exists(path_), !rubbish) << name_of(last_);
    if (!rubbish) std::filesystem::remove(path_);
  }

  Folder folder_;
  StateLayout layout_ = test::make_layout(2, 100, 64, 64, 40);  // 34 KiB
  std::vector<int32_t> tokens_ = tokens_of(1, 300);
  DiskStore::Options options_;
  std::shared_ptr<DiskStore> store_;
  std::string path_;
  std::vector<char> sound_;
  MissReason last_ = MissReason::none;
};

TEST_F(StoreFaults, EverySingleBitOfTheHeader) {
  for (const bool packed : {false, true}) {
    std::filesystem::remove_all(folder_.path());
    store_one({ValueCodec::f32, packed});
    std::array<uint64_t, kMissReasons> reasons{};
    for (size_t bit = 0; bit < sizeof(StoreHeader) * 8; ++bit) {
      auto bytes = sound_;
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
      expect_miss(bytes, true);
      if (HasFatalFailure()) FAIL() << "bit " << bit;
      ++reasons[static_cast<size_t>(last_)];
    }
    EXPECT_EQ(reasons[static_cast<size_t>(MissReason::other_version)], 64u);  // 32 bits of the version, 32 of the header's size
    EXPECT_EQ(reasons[static_cast<size_t>(MissReason::damaged)], sizeof(StoreHeader) * 8 - 64);
  }
}

TEST_F(StoreFaults, AThousandFlipsInThePayloadOfEachCodec) {
  std::mt19937_64 random(7);
  for (const ValueCodec values : {ValueCodec::f32, ValueCodec::bf16, ValueCodec::int8}) {
    for (const bool packed : {false, true}) {
      std::filesystem::remove_all(folder_.path());
      store_one({values, packed});
      for (int i = 0; i < 1000; ++i) {
        auto bytes = sound_;
        const size_t at = sizeof(StoreHeader) + random() % (bytes.size() - sizeof(StoreHeader));
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        expect_miss(bytes, i % 10 == 0);
        if (HasFatalFailure()) FAIL() << StateCodec{values, packed}.name() << " byte " << at;
        ASSERT_EQ(last_, MissReason::damaged);
      }
    }
  }
}

TEST_F(StoreFaults, TruncationAnywhere) {
  store_one({ValueCodec::f32, true});
  std::vector<size_t> sizes(sizeof(StoreHeader) + 1);
  std::iota(sizes.begin(), sizes.end(), size_t{0});
  for (size_t n = 0; n < sound_.size(); n += 4096) sizes.push_back(n);
  for (size_t n = sound_.size() - 16; n < sound_.size(); ++n) sizes.push_back(n);
  for (const size_t n : sizes) {
    expect_miss(std::span(sound_).first(n), true);
    if (HasFatalFailure()) FAIL() << n << " bytes";
    ASSERT_EQ(last_, MissReason::truncated) << n;
  }
  auto longer = sound_;
  longer.push_back('\0');
  expect_miss(longer, true);
  EXPECT_EQ(last_, MissReason::damaged);
}

// Found whole, then shortened before it is read: a mapped file would kill the process here.
TEST_F(StoreFaults, TruncationAfterItWasFound) {
  store_one({ValueCodec::f32, false});
  std::vector<float> out(layout_.n_floats);
  for (size_t n = 0; n < sound_.size(); n += 4096) {
    test::write_file(path_, sound_);
    const auto entry = store_->find(identity(), layout_, tokens_).value();
    ASSERT_TRUE(entry) << n;
    std::filesystem::resize_file(path_, n);
    const auto loaded = store_->load(*entry, identity(), layout_, tokens_, out, {});
    ASSERT_TRUE(loaded.ok());
    ASSERT_EQ(loaded.value().reason, MissReason::truncated);
    ASSERT_FALSE(std::filesystem::exists(path_));
  }
}

TEST_F(StoreFaults, AStateUnderAnothersNameIsNotServed) {
  store_one({});
  const auto other = tokens_of(2, 300);
  ASSERT_TRUE(store_->put(identity(), layout_, other, state_of(layout_, other), {}).ok());
  const auto paths = folder_.states();
  ASSERT_EQ(paths.size(), 2u);
  const std::string theirs = paths[0] == path_ ? paths[1] : paths[0];
  expect_miss(test::read_file(theirs), true);
  EXPECT_EQ(last_, MissReason::damaged);
  std::vector<float> out;
  EXPECT_EQ(test::fetch(*store_, identity(), layout_, other, out), 300u);
  EXPECT_EQ(out, state_of(layout_, other));
}

// Every checksum right, the hash of the tokens too, and yet the tokens are others: only a comparison of the tokens can tell.
TEST_F(StoreFaults, ACollisionOfHashesIsNotServed) {
  store_one({});
  auto bytes = sound_;
  const auto other = tokens_of(2, 300);
  std::memcpy(bytes.data() + sizeof(StoreHeader), other.data(), other.size() * sizeof(int32_t));
  std::vector<char> summed(bytes.begin() + sizeof(StoreHeader), bytes.end() - sizeof(uint64_t));
  summed.insert(summed.end(), bytes.begin(), bytes.begin() + sizeof(StoreHeader));
  const uint64_t sum = XXH3_64bits(summed.data(), summed.size());
  std::memcpy(bytes.data() + bytes.size() - sizeof sum, &sum, sizeof sum);
  expect_miss(bytes, false);
  EXPECT_EQ(last_, MissReason::other_tokens);
}

// A shorter state is served when the longest is damaged.
TEST_F(StoreFaults, FallsBackToTheNextShorter) {
  store_one({});
  const auto prefix = std::span<const int32_t>(tokens_).first(100);
  ASSERT_TRUE(store_->put(identity(), layout_, prefix, state_of(layout_, prefix), {}).ok());
  auto bytes = sound_;
  bytes[bytes.size() / 2] ^= 1;
  test::write_file(path_, bytes);
  std::vector<float> out;
  EXPECT_EQ(test::fetch(*store_, identity(), layout_, tokens_, out), 100u);
  EXPECT_EQ(out, state_of(layout_, prefix));
}

}  // namespace
}  // namespace sw
