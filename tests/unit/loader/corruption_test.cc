// Damage of any kind: an error, or the same views; never a crash, a view out of bounds, or something left behind.
#include <gtest/gtest.h>

#include <random>

#include "loader/checkpoint.h"
#include "loader/safetensors.h"
#include "support.h"
#include "tiny_model.h"

namespace sw::test {
namespace {

struct Place {
  std::string role, name;
  DType dtype;
  std::vector<int64_t> shape;
  uint64_t offset;
  bool operator==(const Place&) const = default;
};

std::vector<Place> places_of(const Checkpoint& checkpoint) {
  std::vector<Place> out;
  for (const auto& [role, view] : roles_of(checkpoint)) {
    out.push_back({role, view.name, view.dtype, view.shape, view.file_offset});
  }
  return out;
}

class Corruption : public ::testing::Test {
 protected:
  Corruption() {
    write_hf(folder_.path(), smallest_spec());
    file_ = read_file(folder_.path("model.safetensors"));
    const Result<Checkpoint> checkpoint = open_checkpoint(folder_.path());
    EXPECT_TRUE(checkpoint.ok()) << checkpoint.status().message();
    places_ = places_of(checkpoint.value());
    hash_ = hash_of(checkpoint.value());
    data_begin_ = checkpoint.value().embedding.file_offset;
  }

  Result<Checkpoint> open_with(const std::string& file) {
    write_file(folder_.path("model.safetensors"), file);
    return open_checkpoint(folder_.path());
  }

  TempDir folder_;
  std::string file_;
  std::vector<Place> places_;
  std::string hash_;
  uint64_t data_begin_ = 0;
};

TEST_F(Corruption, EveryTruncationIsAnError) {
  for (size_t n = 0; n < file_.size(); ++n) {
    const auto result = open_with(file_.substr(0, n));
    ASSERT_FALSE(result.ok()) << "cut to " << n << " bytes";
    expect_error(result.status(), Code::format, {"model.safetensors", " byte"});
  }
}

TEST_F(Corruption, EverySingleBitOfTheHeaderAndManyOfTheData) {
  std::mt19937_64 random(7);
  std::vector<uint64_t> bits;
  for (uint64_t bit = 0; bit < data_begin_ * 8; ++bit) bits.push_back(bit);
  for (int i = 0; i < 1000; ++i)
    bits.push_back((data_begin_ + random() % (file_.size() - data_begin_)) * 8 + random() % 8);
  size_t n_opened = 0;
  for (const uint64_t bit : bits) {
    std::string damaged = file_;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    const auto result = open_with(damaged);
    if (!result.ok()) {
      ASSERT_GT(result.status().message().size(), 0u);
      ASSERT_LT(bit / 8, data_begin_) << "weights may have any value: " << result.status().message();
      continue;
    }
    ++n_opened;
    ASSERT_EQ(places_of(result.value()), places_) << "bit " << bit;
    touch(result.value());
    ASSERT_EQ(hash_of(result.value()) != hash_, bit / 8 >= data_begin_) << "bit " << bit;
  }
  EXPECT_GE(n_opened, 1000u);  // all flips in the data at least
}

TEST_F(Corruption, RandomDamageIsSafe) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = file_;
    const size_t n_edits = 1 + random() % 8;
    for (size_t k = 0; k < n_edits; ++k) {
      const size_t at = random() % (random() % 4 == 0 ? damaged.size() : std::min<size_t>(damaged.size(), data_begin_));
      switch (random() % 4) {
        case 0:
          damaged[at] = static_cast<char>(random());
          break;
        case 1:
          damaged[at] = "0123456789[]{},:\"\\-."[random() % 20];
          break;
        case 2:
          damaged.erase(at, 1 + random() % 9);
          break;
        default:
          damaged.insert(at, damaged.substr(random() % damaged.size(), random() % 40));
      }
      if (damaged.empty()) damaged = "x";
    }
    // Once in a heap block of just that size, where a sanitizer sees each byte beyond, and once through the folder.
    const std::vector<char> block(damaged.begin(), damaged.end());
    const auto parsed = Safetensors::parse({reinterpret_cast<const std::byte*>(block.data()), block.size()}, "block");
    const auto result = open_with(damaged);
    ASSERT_TRUE(parsed.ok() || !result.ok());
    if (result.ok()) touch(result.value());
  }
}

TEST_F(Corruption, FailedOpensLeaveNoMappingAndNoDescriptor) {
  const auto n_descriptors = [] {
    const std::filesystem::directory_iterator list("/proc/self/fd");
    return std::distance(begin(list), end(list));
  };
  const auto before = n_descriptors();
  for (size_t n = 0; n < file_.size(); n += 97) ASSERT_FALSE(open_with(file_.substr(0, n)).ok());
  for (size_t i = 0; i < 10; ++i) ASSERT_TRUE(open_with(file_).ok());
  EXPECT_EQ(n_descriptors(), before);
  EXPECT_EQ(read_file("/proc/self/maps").find(folder_.path()), std::string::npos);
}

TEST_F(Corruption, ViewsOutliveTheCheckpointAndTheFile) {
  TensorView kept;
  {
    const Result<Checkpoint> checkpoint = open_with(file_);
    ASSERT_TRUE(checkpoint.ok());
    kept = checkpoint.value().embedding;
  }
  std::filesystem::remove(folder_.path("model.safetensors"));
  EXPECT_EQ(std::memcmp(kept.data, file_.data() + kept.file_offset, kept.n_bytes), 0);
}

}  // namespace
}  // namespace sw::test
