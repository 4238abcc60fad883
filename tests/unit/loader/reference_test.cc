// The checkpoints that other programs wrote open, with the shapes they were made with.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "loader/checkpoint.h"
#include "loader/convert.h"
#include "support.h"

namespace sw::test {
namespace {

struct Reference {
  const char* folder;
  Layout layout;
  int vocab_size, d_model, n_layers;
  Mamba2Config block;
  DType dtype;  // of the embedding
  int bos_id;
  const char* tokenizer;
};

const Reference kReferences[] = {
    {"golden/hf_g1_tied", Layout::hf, 384, 192, 3, {384, 12, 32, 64, 1, 4, 0.0f, INFINITY}, DType::f32, 1, ""},
    {"golden/ref_g4_mamba_ssm_layout",
     Layout::mamba_ssm,
     400,
     192,
     4,
     {384, 8, 48, 96, 4, 4, 0.0f, INFINITY},
     DType::bf16,
     -1,
     ""},
    {"models/nano-v0",
     Layout::hf,
     16384,
     512,
     16,
     {1024, 16, 64, 128, 1, 4, 0.0f, INFINITY},
     DType::bf16,
     1,
     "tokenizer.model"},
};

class References : public ::testing::TestWithParam<Reference> {};

TEST_P(References, Open) {
  const Reference& want = GetParam();
  const std::filesystem::path folder = std::filesystem::path(SW_SHARED_DIR) / want.folder;
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "NOT TESTED: the reference checkpoint " << folder << " is not there";
  }
  const Result<Checkpoint> result = open_checkpoint(folder.string());
  ASSERT_TRUE(result.ok()) << result.status().message();
  const Checkpoint& got = result.value();
  EXPECT_EQ(got.layout, want.layout);
  EXPECT_EQ(got.vocab_size, want.vocab_size);
  EXPECT_EQ(got.d_model, want.d_model);
  EXPECT_EQ(got.blocks.size(), static_cast<size_t>(want.n_layers));
  EXPECT_TRUE(got.tied);
  EXPECT_EQ(got.norm_eps, 1e-5f);
  EXPECT_EQ(got.bos_id_config, want.bos_id);
  EXPECT_EQ(got.embedding.dtype, want.dtype);
  EXPECT_EQ(std::filesystem::path(got.tokenizer_path).filename(), want.tokenizer);
  for (const BlockWeights& block : got.blocks) {
    const Mamba2Weights& w = std::get<Mamba2Weights>(block);
    EXPECT_EQ(w.config, want.block);
    EXPECT_EQ(w.in_proj.shape, (std::vector<int64_t>{want.block.d_in_proj(), want.d_model}));
    EXPECT_FALSE(w.conv_bias.empty());
    for (const float a : to_f32(w.A_log)) EXPECT_TRUE(std::isfinite(a));
  }
  touch(got);
  EXPECT_TRUE(check_weights(got, Control{}).ok());
  EXPECT_EQ(hash_of(got).size(), 32u);
}

INSTANTIATE_TEST_SUITE_P(Loader, References, ::testing::ValuesIn(kReferences));

}  // namespace
}  // namespace sw::test
