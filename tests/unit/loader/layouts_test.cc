// The layouts: found by their files, and one model whatever files it lies in.
#include <gtest/gtest.h>

#include <cmath>

#include "loader/checkpoint.h"
#include "loader/convert.h"
#include "support.h"
#include "tiny_model.h"

namespace sw::test {
namespace {

Checkpoint open_ok(const std::string& folder) {
  Result<Checkpoint> result = open_checkpoint(folder);
  EXPECT_TRUE(result.ok()) << result.status().message();
  return result.ok() ? std::move(result).value() : Checkpoint();
}

void expect_same_model(const Checkpoint& a, const Checkpoint& b) {
  EXPECT_EQ(a.vocab_size, b.vocab_size);
  EXPECT_EQ(a.d_model, b.d_model);
  EXPECT_EQ(a.norm_eps, b.norm_eps);
  EXPECT_EQ(a.tied, b.tied);
  EXPECT_EQ(a.n_parameters, b.n_parameters);
  EXPECT_EQ(a.n_bytes, b.n_bytes);
  const std::vector<Role> roles_a = roles_of(a), roles_b = roles_of(b);
  ASSERT_EQ(roles_a.size(), roles_b.size());
  for (size_t i = 0; i < roles_a.size(); ++i) {
    EXPECT_EQ(roles_a[i].role, roles_b[i].role);
    EXPECT_EQ(roles_a[i].view.shape, roles_b[i].view.shape);
    EXPECT_EQ(to_f32(roles_a[i].view), to_f32(roles_b[i].view)) << roles_a[i].role;
  }
  EXPECT_EQ(hash_of(a), hash_of(b));
}

class AllLayouts : public ::testing::TestWithParam<std::tuple<int, bool, const char*, const char*>> {
 protected:
  TinySpec spec() const {
    TinySpec spec;
    std::tie(spec.n_groups, spec.tied, spec.matrix_dtype, spec.vector_dtype) = GetParam();
    return spec;
  }
};

TEST_P(AllLayouts, AreOneModel) {
  const TempDir hf, sharded, mistral, mamba_ssm, reversed;
  write_hf(hf.path(), spec());
  write_shards(sharded.path(), spec(), 3);
  write_mistral(mistral.path(), spec());
  write_mamba_ssm(mamba_ssm.path(), spec());
  std::vector<FakeTensor> tensors = tiny_weights(spec());
  std::reverse(tensors.begin(), tensors.end());
  tensors.insert(tensors.begin() + 3, {"optimizer.step", "I64", {}, "12345678"});  // unknown: ignored, and it misaligns
  tensors.insert(tensors.begin() + 2, {"note", "U8", {1}, "!"});
  write_hf(reversed.path(), hf_config(spec()).text(), tensors);

  const Checkpoint a = open_ok(hf.path());
  EXPECT_EQ(a.layout, Layout::hf);
  EXPECT_EQ(a.bos_id_config, 0);
  const std::pair<const TempDir*, Layout> others[] = {
      {&sharded, Layout::hf}, {&mistral, Layout::mistral}, {&mamba_ssm, Layout::mamba_ssm}, {&reversed, Layout::hf}};
  for (const auto& [folder, layout] : others) {
    const Checkpoint b = open_ok(folder->path());
    EXPECT_EQ(b.layout, layout);
    EXPECT_EQ(b.directory, folder->path());
    expect_same_model(a, b);
  }
}

TEST_P(AllLayouts, HaveTheSizesOfTheConfig) {
  const TempDir folder;
  const TinySpec s = spec();
  write_mistral(folder.path(), s);
  const Checkpoint c = open_ok(folder.path());
  EXPECT_EQ(c.vocab_size, s.vocab_size);
  EXPECT_EQ(c.d_model, s.d_model);
  EXPECT_EQ(c.tied, s.tied);
  EXPECT_EQ(c.tied, c.head.data == c.embedding.data);
  ASSERT_EQ(c.blocks.size(), static_cast<size_t>(s.n_layers));
  uint64_t n_parameters = 0, n_bytes = 0;
  for (const FakeTensor& tensor : tiny_weights(s)) {
    n_bytes += tensor.bytes.size();
    n_parameters += tensor.bytes.size() / static_cast<uint64_t>(element_bytes(tensor.dtype));
  }
  EXPECT_EQ(c.n_parameters, n_parameters);
  EXPECT_EQ(c.n_bytes, n_bytes);
  const Mamba2Config& block = std::get<Mamba2Weights>(c.blocks[1]).config;
  EXPECT_EQ(block.n_groups, s.n_groups);
  EXPECT_EQ(block.d_inner, s.d_inner);
  EXPECT_EQ(block.d_conv_in(), s.d_conv_in());
  EXPECT_EQ(block.dt_min, 0.0f);
  EXPECT_TRUE(std::isinf(block.dt_max));
}

INSTANTIATE_TEST_SUITE_P(Loader, AllLayouts,
                         ::testing::Combine(::testing::Values(1, 2), ::testing::Bool(),
                                            ::testing::Values("BF16", "F16", "F32"), ::testing::Values("F32", "BF16")));

// --- which layout
// -----------------------------------------------------------------------------------------------------

TEST(Layouts, HfIsTakenBeforeMistralWhenItsWeightsAreThere) {
  const TempDir folder;
  TinySpec spec;
  write_mistral(folder.path(), spec);
  write_file(folder.path("config.json"), hf_config(spec).text());
  EXPECT_EQ(open_ok(folder.path()).layout, Layout::mistral);
  write_hf(folder.path(), spec);
  EXPECT_EQ(open_ok(folder.path()).layout, Layout::hf);
  std::filesystem::remove(folder.path("config.json"));
  EXPECT_EQ(open_ok(folder.path()).layout, Layout::mistral);
}

TEST(Layouts, MambaSsmKeysWinOverAModelTypeBesideThem) {
  const TempDir folder;
  const TinySpec spec;
  for (const char* type : {"\"mamba\"", "\"mamba2\""}) {
    write_hf(folder.path(), mamba_ssm_config(spec, ssm_cfg(spec)).set("model_type", type).text(),
             singular(tiny_weights(spec)));
    EXPECT_EQ(open_ok(folder.path()).layout, Layout::mamba_ssm);
  }
}

TEST(Layouts, TokenizerAndSettingsAreFoundBeside) {
  const TempDir folder;
  write_hf(folder.path(), smallest_spec());
  EXPECT_EQ(open_ok(folder.path()).tokenizer_path, "");
  EXPECT_EQ(open_ok(folder.path()).settings_path, "");
  write_file(folder.path("tokenizer.model"), "x");
  EXPECT_EQ(open_ok(folder.path()).tokenizer_path, folder.path("tokenizer.model"));
  write_file(folder.path("tokenizer.model.v3"), "x");
  write_file(folder.path("sidewinder.json"), "{}");
  EXPECT_EQ(open_ok(folder.path()).tokenizer_path, folder.path("tokenizer.model.v3"));
  EXPECT_EQ(open_ok(folder.path()).settings_path, folder.path("sidewinder.json"));
}

TEST(Layouts, WhatIsNoCheckpointIsExplained) {
  const TempDir folder;
  const auto expect = [&](Code code, const std::vector<std::string>& parts) {
    expect_error(open_checkpoint(folder.path()).status(), code, {folder.path()});
    expect_error(open_checkpoint(folder.path()).status(), code, parts);
  };
  const auto only = [&](const std::vector<std::string>& names) {
    for (const auto& file : std::filesystem::directory_iterator(folder.path())) std::filesystem::remove(file);
    for (const std::string& name : names) write_file(folder.path(name), "x");
  };
  expect(Code::not_found, {"empty"});
  only({"config.json"});
  expect(Code::not_found, {"model.safetensors", "consolidated.safetensors"});
  only({"config.json", "pytorch_model.bin"});
  expect(Code::unsupported, {"convert", "safetensors first"});
  only({"config.json", "pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin"});
  expect(Code::unsupported, {"convert", "safetensors first"});
  only({"consolidated.00.pth", "params.json"});
  expect(Code::unsupported, {"convert", "safetensors first"});
  only({"model-q4.gguf"});
  expect(Code::format, {"model-q4.gguf", "not a GGUF file"});
  only({"model-00001-of-00002.safetensors", "config.json"});
  expect(Code::not_found, {"model.safetensors.index.json"});
  only({"model.safetensors"});
  expect(Code::not_found, {"no config.json"});
  only({"consolidated.safetensors"});
  expect(Code::not_found, {"no params.json"});
  only({"params.json", "config.json"});
  expect(Code::not_found, {"no weights"});
}

TEST(Layouts, PathsThatAreNoFolderAreExplained) {
  const TempDir folder;
  write_hf(folder.path(), smallest_spec());
  expect_error(open_checkpoint(folder.path("absent")).status(), Code::not_found, {folder.path("absent")});
  expect_error(open_checkpoint(folder.path("config.json") + "/x").status(), Code::not_found, {"config.json/x"});
  expect_error(open_checkpoint("").status(), Code::not_found, {"empty path"});
  expect_error(open_checkpoint(folder.path("model.safetensors")).status(), Code::argument,
               {folder.path("model.safetensors"), "folder"});
  write_file(folder.path("m.gguf"), "GGUF\3\0\0\0");
  expect_error(open_checkpoint(folder.path("m.gguf")).status(), Code::format, {folder.path("m.gguf"), "Fetch it again"});
  expect_error(open_checkpoint("/dev/null").status(), Code::io, {"/dev/null", "not a regular file"});
  EXPECT_TRUE(open_checkpoint(folder.path() + "/").ok());
}

TEST(Layouts, WeightsThatAreAFolderOrAreEmptyAreErrors) {
  const TempDir folder;
  write_file(folder.path("config.json"), hf_config(smallest_spec()).text());
  std::filesystem::create_directory(folder.path("model.safetensors"));
  expect_error(open_checkpoint(folder.path()).status(), Code::io, {"model.safetensors"});
  std::filesystem::remove(folder.path("model.safetensors"));
  write_file(folder.path("model.safetensors"), "");
  expect_error(open_checkpoint(folder.path()).status(), Code::format, {"model.safetensors", "0 bytes"});
  std::filesystem::remove(folder.path("model.safetensors"));
  std::filesystem::create_symlink("nowhere", folder.path("model.safetensors"));
  expect_error(open_checkpoint(folder.path()).status(), Code::not_found, {"model.safetensors"});
}

// --- names and shapes
// -------------------------------------------------------------------------------------------------

TEST(Names, EveryMissingTensorIsNamedWithTheFileSearched) {
  const TempDir folder;
  const TinySpec spec = smallest_spec();
  for (const FakeTensor& missing : tiny_weights(spec)) {
    std::vector<FakeTensor> tensors = tiny_weights(spec);
    remove_tensor(tensors, missing.name);
    write_hf(folder.path(), hf_config(spec).text(), tensors);
    const auto result = open_checkpoint(folder.path());
    ASSERT_FALSE(result.ok()) << missing.name;
    EXPECT_TRUE(result.status().code() == Code::format || missing.name.ends_with("mixer.norm.weight"));
    expect_error(result.status(), result.status().code(), {folder.path("model.safetensors"), missing.name, "missing"});
  }
}

TEST(Names, EveryWrongShapeIsNamedWithItsPlace) {
  const TempDir folder;
  const TinySpec spec = smallest_spec();
  for (const FakeTensor& wrong : tiny_weights(spec)) {
    for (const bool extra_rank : {false, true}) {
      std::vector<FakeTensor> tensors = tiny_weights(spec);
      FakeTensor& tensor = tensor_named(tensors, wrong.name);
      if (extra_rank) {
        tensor.shape.push_back(1);
      } else {
        const size_t row = tensor.bytes.size() / static_cast<size_t>(tensor.shape[0]);
        tensor.shape[0] += 1;
        tensor.bytes += std::string(row, '\1');
      }
      write_hf(folder.path(), hf_config(spec).text(), tensors);
      expect_error(open_checkpoint(folder.path()).status(), Code::mismatch,
                   {folder.path("model.safetensors"), "tensor '" + wrong.name + "' at byte ",
                    json_list(tensor.shape).substr(0, 3)});
    }
  }
}

TEST(Names, TwoSpellingsOfOneTensorAreRefused) {
  const TempDir folder;
  const TinySpec spec = smallest_spec();
  for (const auto& [original, twin] : std::vector<std::pair<std::string, std::string>>{
           {"backbone.embeddings.weight", "backbone.embedding.weight"},
           {"lm_head.weight", "model.lm_head.weight"},
           {"backbone.layers.1.mixer.D", "model.backbone.layers.1.mixer.D"}}) {
    std::vector<FakeTensor> tensors = tiny_weights(spec);
    FakeTensor copy = tensor_named(tensors, original);
    copy.name = twin;
    tensors.push_back(copy);
    write_hf(folder.path(), hf_config(spec).text(), tensors);
    expect_error(open_checkpoint(folder.path()).status(), Code::format, {original, twin, "at byte"});
  }
}

TEST(Names, ALayerBeyondTheConfigIsRefused) {
  const TempDir folder;
  const TinySpec spec = smallest_spec();
  write_hf(folder.path(), hf_config(spec).set("num_hidden_layers", 1).text(), tiny_weights(spec));
  expect_error(open_checkpoint(folder.path()).status(), Code::mismatch,
               {"tensor 'backbone.layers.1.norm.weight' at byte", "1 layers"});
}

TEST(Names, WeightsOfOtherTypesAreRefusedWithTheirPlace) {
  const TempDir folder;
  const TinySpec spec = smallest_spec();
  std::vector<FakeTensor> tensors = tiny_weights(spec);
  FakeTensor& tensor = tensor_named(tensors, "backbone.layers.0.mixer.A_log");
  tensor.dtype = "F64";
  tensor.bytes += tensor.bytes;
  write_hf(folder.path(), hf_config(spec).text(), tensors);
  expect_error(open_checkpoint(folder.path()).status(), Code::unsupported,
               {"model.safetensors", "tensor 'backbone.layers.0.mixer.A_log' at byte", "F64"});
}

TEST(Names, ConvolutionWithoutBias) {
  const TempDir folder;
  TinySpec spec = smallest_spec();
  spec.conv_bias = false;
  write_hf(folder.path(), spec);
  const Checkpoint checkpoint = open_ok(folder.path());
  EXPECT_TRUE(std::get<Mamba2Weights>(checkpoint.blocks[0]).conv_bias.empty());
  EXPECT_EQ(std::get<Mamba2Weights>(checkpoint.blocks[0]).conv_bias.n_elements(), 0);
  const std::string without = hash_of(checkpoint);
  spec.conv_bias = true;
  write_hf(folder.path(), hf_config(spec).set("use_conv_bias", "false").text(), tiny_weights(spec));
  expect_error(open_checkpoint(folder.path()).status(), Code::mismatch, {"conv1d.bias' at byte"});
  write_hf(folder.path(), spec);
  EXPECT_NE(hash_of(open_ok(folder.path())), without);
}

// --- tied heads and vocabulary rows
// -----------------------------------------------------------------------------------

class Tied : public ::testing::Test {
 protected:
  Tied() {
    spec_.tied = true;
    tensors_ = tiny_weights(spec_);
    head_ = tensor_named(tensors_, "backbone.embeddings.weight");
    head_.name = "lm_head.weight";
    write();
    hash_ = hash_of(open_ok(folder_.path()));
  }
  void write() { write_hf(folder_.path(), hf_config(spec_).text(), tensors_); }

  TempDir folder_;
  TinySpec spec_ = smallest_spec();
  std::vector<FakeTensor> tensors_;
  FakeTensor head_;
  std::string hash_;
};

TEST_F(Tied, BothNamesOrEitherAreOneModel) {
  const uint64_t n_parameters = open_ok(folder_.path()).n_parameters;
  tensors_.push_back(head_);
  write();
  const Checkpoint both = open_ok(folder_.path());
  remove_tensor(tensors_, "backbone.embeddings.weight");
  write();
  const Checkpoint only_head = open_ok(folder_.path());
  EXPECT_EQ(only_head.embedding.name, "lm_head.weight");
  for (const Checkpoint* checkpoint : {&both, &only_head}) {
    EXPECT_TRUE(checkpoint->tied);
    EXPECT_EQ(checkpoint->head.data, checkpoint->embedding.data);
    EXPECT_EQ(checkpoint->n_parameters, n_parameters);
    EXPECT_EQ(hash_of(*checkpoint), hash_);
  }
  remove_tensor(tensors_, "lm_head.weight");
  write();
  expect_error(open_checkpoint(folder_.path()).status(), Code::format, {"backbone.embeddings.weight", "missing"});
}

TEST_F(Tied, AHeadThatDiffersIsUsedAsStored) {
  head_.bytes.back() = static_cast<char>(head_.bytes.back() ^ 1);
  tensors_.push_back(head_);
  write();
  const Checkpoint checkpoint = open_ok(folder_.path());
  EXPECT_FALSE(checkpoint.tied);
  EXPECT_NE(checkpoint.head.data, checkpoint.embedding.data);
  EXPECT_NE(hash_of(checkpoint), hash_);
}

TEST_F(Tied, AHeadOfAnotherShapeIsAnError) {
  head_.shape = {spec_.d_model, spec_.vocab_size};
  tensors_.push_back(head_);
  write();
  expect_error(open_checkpoint(folder_.path()).status(), Code::mismatch, {"tensor 'lm_head.weight' at byte"});
}

TEST_F(Tied, AnUntiedConfigNeedsAHead) {
  write_hf(folder_.path(), hf_config(spec_).set("tie_word_embeddings", "false").text(), tensors_);
  expect_error(open_checkpoint(folder_.path()).status(), Code::format, {"lm_head.weight", "missing"});
}

TEST(Vocabulary, RowsArePaddedOnlyToTheMultipleOfTheConfig) {
  const TempDir folder;
  TinySpec spec;
  spec.tied = true;
  const int in_config = 37;
  for (int rows = 33; rows <= 48; ++rows) {
    spec.vocab_size = rows;
    const std::vector<FakeTensor> tensors = singular(tiny_weights(spec));
    ConfigText config = mamba_ssm_config(spec, ssm_cfg(spec));
    write_hf(folder.path(), config.set("vocab_size", in_config).text(), tensors);
    const auto result = open_checkpoint(folder.path());
    ASSERT_EQ(result.ok(), rows == in_config || rows == 40) << rows;
    if (result.ok()) {
      EXPECT_EQ(result.value().vocab_size, rows);
    } else {
      expect_error(result.status(), Code::mismatch,
                   {"tensor 'backbone.embedding.weight' at byte", std::to_string(rows), "37"});
    }
  }
}

}  // namespace
}  // namespace sw::test
