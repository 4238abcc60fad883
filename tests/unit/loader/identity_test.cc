// check_weights and hash_weights: the first bad number is found wherever it is, and identity means identity.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "loader/checkpoint.h"
#include "support.h"
#include "tiny_model.h"

namespace sw::test {
namespace {

// The smallest bit patterns of each kind that is not finite, and the largest finite number.
struct Patterns {
  const char* dtype;
  std::vector<uint32_t> nan, infinite, finite;
};
const Patterns kPatterns[] = {
    {"F32", {0x7f800001, 0x7fc00000, 0xffffffff}, {0x7f800000, 0xff800000}, {0x7f7fffff, 0xff7fffff, 1, 0x80000000}},
    {"F16", {0x7c01, 0x7e00, 0xffff}, {0x7c00, 0xfc00}, {0x7bff, 0xfbff, 1, 0x8000}},
    {"BF16", {0x7f81, 0x7fc0, 0xffff}, {0x7f80, 0xff80}, {0x7f7f, 0xff7f, 1, 0x8000}},
};

class Check : public ::testing::Test {
 protected:
  // The verdict after one element of a tensor was replaced.
  Status verdict(const std::string& name, size_t element, uint32_t bits) {
    std::vector<FakeTensor> tensors = tiny_weights(spec_);
    FakeTensor& tensor = tensor_named(tensors, name);
    const size_t size = static_cast<size_t>(element_bytes(tensor.dtype));
    for (size_t b = 0; b < size; ++b) tensor.bytes[element * size + b] = static_cast<char>(bits >> (8 * b));
    // One byte in front: nothing is aligned.
    tensors.insert(tensors.begin(), {"a", "U8", {1}, "!"});
    write_hf(folder_.path(), hf_config(spec_).text(), tensors);
    const Result<Checkpoint> checkpoint = open_checkpoint(folder_.path());
    EXPECT_TRUE(checkpoint.ok()) << checkpoint.status().message();
    for (const auto& [role, view] : roles_of(checkpoint.value())) {
      if (view.name == name) offset_ = view.file_offset + element * size;
    }
    return check_weights(checkpoint.value(), Control{});
  }

  TempDir folder_;
  TinySpec spec_ = smallest_spec();
  uint64_t offset_ = 0;  // of the element replaced last
};

TEST_F(Check, FindsEveryKindOfBadNumberInEveryTensor) {
  std::mt19937_64 random(3);
  for (const Patterns& patterns : kPatterns) {
    spec_.matrix_dtype = spec_.vector_dtype = patterns.dtype;
    for (const FakeTensor& tensor : tiny_weights(spec_)) {
      const size_t n = tensor.bytes.size() / static_cast<size_t>(element_bytes(tensor.dtype));
      const size_t element = random() % n;
      const uint32_t nan = patterns.nan[random() % 3];
      const Status is_nan = verdict(tensor.name, element, nan);
      expect_error(is_nan, Code::format,
                   {folder_.path("model.safetensors"), "tensor '" + tensor.name + "' at byte ",
                    "element " + std::to_string(element) + ",", "at byte " + std::to_string(offset_) + ",", "NaN"});
      const Status is_infinite = verdict(tensor.name, element, patterns.infinite[random() % 2]);
      expect_error(is_infinite, Code::format, {tensor.name, "element " + std::to_string(element) + ",", "infinite"});
      EXPECT_TRUE(verdict(tensor.name, element, patterns.finite[random() % 4]).ok());
    }
  }
}

TEST_F(Check, FindsTheFirstInATensorOfManySteps) {
  spec_.vocab_size = 400'000;  // 1.6 million elements: more than one step, and not a multiple of any block
  spec_.tied = true;
  const std::string name = "backbone.embeddings.weight";
  for (const size_t element :
       {size_t{0}, size_t{2047}, size_t{2048}, (size_t{1} << 20) - 1, size_t{1} << 20, size_t{1'599'999}}) {
    const Status status = verdict(name, element, 0x7fc0);
    expect_error(status, Code::format,
                 {"element " + std::to_string(element) + ",", "at byte " + std::to_string(offset_) + ","});
  }
  EXPECT_TRUE(verdict(name, 5, 0).ok());
}

class LongWork : public ::testing::Test {
 protected:
  LongWork() {
    TinySpec spec = smallest_spec();
    spec.vocab_size = 1 << 20;  // 8 MiB: several steps
    spec.tied = true;
    write_hf(folder_.path(), spec);
    checkpoint_ = std::move(open_checkpoint(folder_.path())).value();
  }
  Status run(bool check, const Control& control) {
    return check ? check_weights(checkpoint_, control) : hash_weights(checkpoint_, control).status();
  }

  TempDir folder_;
  Checkpoint checkpoint_;
};

TEST_F(LongWork, ReportsProgressToTheLastByte) {
  for (const bool check : {false, true}) {
    uint64_t last = 0, n_calls = 0;
    Control control;
    control.progress = [&](uint64_t done, uint64_t total) {
      EXPECT_GT(done, last);
      EXPECT_LE(done - last, uint64_t{8} << 20);
      EXPECT_EQ(total, checkpoint_.n_bytes);
      last = done;
      ++n_calls;
      return true;
    };
    EXPECT_TRUE(run(check, control).ok());
    EXPECT_EQ(last, checkpoint_.n_bytes);
    EXPECT_GT(n_calls, roles_of(checkpoint_).size());
  }
}

TEST_F(LongWork, StopsWhenAsked) {
  for (const bool check : {false, true}) {
    std::atomic<bool> cancel = false;
    Control control;
    control.cancel = &cancel;
    uint64_t n_calls = 0;
    control.progress = [&](uint64_t, uint64_t) {
      cancel = ++n_calls == 2;
      return true;
    };
    expect_error(run(check, control), Code::cancelled, {});
    EXPECT_EQ(n_calls, 2u);
    Control refusing;
    refusing.progress = [](uint64_t, uint64_t) { return false; };
    expect_error(run(check, refusing), Code::cancelled, {});
    Control late;
    late.deadline = Clock::now() - std::chrono::seconds(1);
    expect_error(run(check, late), Code::deadline, {});
  }
}

TEST(Hash, IsThirtyTwoHexDigits) {
  const TempDir folder;
  write_hf(folder.path(), smallest_spec());
  const std::string hash = hash_of(open_checkpoint(folder.path()).value());
  EXPECT_EQ(hash.size(), 32u);
  EXPECT_EQ(hash.find_first_not_of("0123456789abcdef"), std::string::npos);
}

// Whatever changes the function that the model computes changes the hash, and no two changes agree.
TEST(Hash, ChangesWithEveryWeightTypeAndNumber) {
  const TempDir folder;
  const TinySpec spec = smallest_spec();
  std::set<std::string> hashes;
  size_t n = 0;
  const auto add = [&](const ConfigText& config, const std::vector<FakeTensor>& tensors) {
    write_hf(folder.path(), config.text(), tensors);
    const auto checkpoint = open_checkpoint(folder.path());
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status().message();
    hashes.insert(hash_of(checkpoint.value()));
    EXPECT_EQ(hashes.size(), ++n);
  };
  const std::vector<FakeTensor> tensors = tiny_weights(spec);
  add(hf_config(spec), tensors);
  add(hf_config(spec).set("layer_norm_epsilon", "1e-06"), tensors);
  add(hf_config(spec).set("time_step_limit", "[0.1, Infinity]"), tensors);
  add(hf_config(spec).set("time_step_limit", "[0.0, 0.1]"), tensors);
  for (size_t i = 0; i < tensors.size(); ++i) {
    std::vector<FakeTensor> changed = tensors;
    changed[i].bytes.back() = static_cast<char>(changed[i].bytes.back() ^ 1);
    add(hf_config(spec), changed);
    changed = tensors;
    if (changed[i].dtype != "BF16") continue;
    changed[i].dtype = "F16";  // the same bytes, other numbers
    add(hf_config(spec), changed);
  }
  // Two layers exchanged.
  std::vector<FakeTensor> swapped = tensors;
  for (FakeTensor& tensor : swapped) {
    const size_t at = tensor.name.find("layers.");
    if (at != tensor.name.npos) tensor.name[at + 7] = static_cast<char>(tensor.name[at + 7] ^ 1);
  }
  add(hf_config(spec), swapped);
}

TEST(Hash, DoesNotDependOnWhatTheModelDoesNotUse) {
  const TempDir folder;
  const TinySpec spec = smallest_spec();
  write_hf(folder.path(), spec);
  const std::string hash = hash_of(open_checkpoint(folder.path()).value());
  std::vector<FakeTensor> tensors = tiny_weights(spec);
  tensors.insert(tensors.begin(), {"step", "U8", {3}, "123"});
  ConfigText config = hf_config(spec);
  config.set("eos_token_id", 5).set("time_step_min", "0.5").set("norm_before_gate", "false").erase("head_dim");
  write_hf(folder.path(), config.set("head_dim", spec.head_dim).set("torch_dtype", "\"x\"").text(), tensors);
  EXPECT_EQ(hash_of(open_checkpoint(folder.path()).value()), hash);
}

}  // namespace
}  // namespace sw::test
