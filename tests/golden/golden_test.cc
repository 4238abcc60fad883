// Whole models against tensors that the PyTorch reference wrote (fp32 compute of the stored weights).
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include "loader/safetensors.h"
#include "sidewinder/sidewinder.h"

namespace sw {
namespace {

namespace fs = std::filesystem;

// Rows that a processor may have; one that this processor lacks is skipped by name.
struct Case {
  const char* folder;
  const char* row;
  uint32_t cpu_mask;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.folder << "_" << c.row; }

class Golden : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    folder_ = fs::path(SW_SHARED_DIR) / "golden" / GetParam().folder;
    if (!fs::is_regular_file(folder_ / "golden.safetensors")) {
      std::cerr << "*** SKIPPED, NOT TESTED: " << folder_ << " is not there\n";
      GTEST_SKIP();
    }
    sw_engine_options options = SW_ENGINE_OPTIONS_INIT;
    options.cpu_mask = GetParam().cpu_mask;
    options.n_threads = 2;
    if (sw_engine_create(&options, &engine_) != SW_OK) {
      std::cerr << "*** SKIPPED, NOT TESTED: " << sw_last_error() << "\n";
      GTEST_SKIP();
    }
    sw_model_options open = SW_MODEL_OPTIONS_INIT;
    open.without_tokenizer = 1;
    ASSERT_EQ(sw_model_open(engine_, folder_.c_str(), &open, &model_), SW_OK) << sw_last_error();
    ASSERT_EQ(sw_sequence_create(model_, &sequence_), SW_OK) << sw_last_error();
    info_ = SW_MODEL_INFO_INIT;
    ASSERT_EQ(sw_model_get_info(model_, &info_), SW_OK);
  }

  void TearDown() override {
    sw_sequence_free(sequence_);
    sw_model_free(model_);
    sw_engine_free(engine_);
  }

  template <class T>
  std::vector<T> tensor(const std::string& name) const {
    auto file = Safetensors::open((folder_ / "golden.safetensors").string());
    EXPECT_TRUE(file.ok()) << file.status().message();
    auto mapped = MappedFile::open((folder_ / "golden.safetensors").string());
    for (const SafetensorsEntry& entry : file.value().entries()) {
      if (entry.name != name) continue;
      std::vector<T> out((entry.end - entry.begin) / sizeof(T));
      std::memcpy(out.data(), mapped.value()->bytes().data() + entry.begin, out.size() * sizeof(T));
      return out;
    }
    return {};
  }

  static double relative_l2(const std::vector<float>& out, const std::vector<float>& ref) {
    EXPECT_EQ(out.size(), ref.size());
    double error = 0, norm = 0;
    for (size_t i = 0; i < ref.size(); ++i) {
      error += (double(out[i]) - ref[i]) * (double(out[i]) - ref[i]);
      norm += double(ref[i]) * ref[i];
    }
    return std::sqrt(error / norm);
  }

  fs::path folder_;
  sw_engine* engine_ = nullptr;
  sw_model* model_ = nullptr;
  sw_sequence* sequence_ = nullptr;
  sw_model_info info_{};
};

TEST_P(Golden, LogitsStateAndGreedyTokensAreTheReference) {
  const auto ids = tensor<int32_t>("ids");
  const auto expected = tensor<float>("logits");
  ASSERT_EQ(ids.size() * size_t(info_.vocab_size), expected.size());
  std::vector<float> logits(expected.size());
  ASSERT_EQ(sw_sequence_append(sequence_, ids.data(), ids.size(), nullptr, logits.data()), SW_OK) << sw_last_error();
  const double error = relative_l2(logits, expected);
  RecordProperty("relative_l2", std::to_string(error));
  EXPECT_LE(error, 1e-4);

  if (const auto state = tensor<float>("ssm_state"); !state.empty()) {
    std::vector<float> ours(state.size());
    ASSERT_EQ(sw_sequence_state(sequence_, ours.data(), ours.size(), nullptr, 0), SW_OK) << sw_last_error();
    EXPECT_LE(relative_l2(ours, state), 1e-4);
  }
  for (const int32_t expected_id : tensor<int32_t>("greedy")) {
    int32_t id = -1;
    ASSERT_EQ(sw_sequence_sample(sequence_, nullptr, &id), SW_OK) << sw_last_error();
    ASSERT_EQ(id, expected_id);
    ASSERT_EQ(sw_sequence_append(sequence_, &id, 1, nullptr, nullptr), SW_OK) << sw_last_error();
  }
}

INSTANTIATE_TEST_SUITE_P(All, Golden,
                         testing::Values(Case{"hf_g1_tied", "ref", SW_CPU_REF}, Case{"hf_g1_tied", "avx2", SW_CPU_REF | SW_CPU_AVX2},
                                         Case{"hf_g1_tied", "best", 0}, Case{"ref_g4_mamba_ssm_layout", "ref", SW_CPU_REF},
                                         Case{"ref_g4_mamba_ssm_layout", "avx2", SW_CPU_REF | SW_CPU_AVX2},
                                         Case{"ref_g4_mamba_ssm_layout", "best", 0}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace sw
