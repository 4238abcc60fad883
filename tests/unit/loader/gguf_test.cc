// GGUF files: what an honest one gives, what each kind of wrong one is told, and that no damage does harm.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "gguf_writer.h"
#include "loader/convert.h"
#include "loader/gguf.h"
#include "loader/gguf_model.h"
#include "support.h"

namespace sw::test {
namespace {

Result<Checkpoint> open_bytes(const TempDir& folder, const std::string& bytes) {
  write_file(folder.path("model.gguf"), bytes);
  return open_checkpoint(folder.path("model.gguf"));
}

std::vector<TinySpec> specs() {
  TinySpec tied = smallest_spec();
  tied.tied = true;
  tied.conv_bias = false;
  TinySpec one_group = smallest_spec();
  one_group.n_groups = 1;
  one_group.matrix_dtype = "F16";
  TinySpec wide;
  wide.matrix_dtype = "F32";
  return {smallest_spec(), tied, one_group, wide};
}

TEST(GgufModel, IsTheModelOfTheSafetensors) {
  for (const TinySpec& spec : specs()) {
    const TempDir gguf, hf;
    write_hf(hf.path(), spec);
    const auto expected = open_checkpoint(hf.path());
    const auto found = open_bytes(gguf, gguf_model(spec).file());
    ASSERT_TRUE(expected.ok() && found.ok()) << found.status().message();
    const Checkpoint &a = expected.value(), &b = found.value();
    EXPECT_EQ(b.layout, Layout::gguf);
    EXPECT_EQ(a.vocab_size, b.vocab_size);
    EXPECT_EQ(a.tied, b.tied);
    EXPECT_EQ(a.norm_eps, b.norm_eps);
    EXPECT_EQ(a.n_parameters, b.n_parameters);
    touch(b);
    const std::vector<Role> left = roles_of(a), right = roles_of(b);
    ASSERT_EQ(left.size(), right.size());
    for (size_t i = 0; i < left.size(); ++i) {
      EXPECT_EQ(left[i].view.shape, right[i].view.shape) << left[i].role;
      std::vector<float> numbers = to_f32(left[i].view);
      if (left[i].role.ends_with("A_log")) {
        EXPECT_TRUE(right[i].role.ends_with(".A"));
        for (float& number : numbers) number = -std::exp(number);
      } else {
        EXPECT_EQ(left[i].role, right[i].role);
      }
      EXPECT_EQ(numbers, to_f32(right[i].view)) << left[i].role;
    }
    EXPECT_EQ(std::get<Mamba2Weights>(a.blocks[0]).config, std::get<Mamba2Weights>(b.blocks[0]).config);
  }
}

// Versions, alignments, metadata of every type and tensors that nobody asked for change nothing.
TEST(GgufModel, WhatDoesNotMatterDoesNotMatter) {
  const TempDir folder;
  const std::string hash = hash_of(open_bytes(folder, gguf_model(smallest_spec()).file()).value());
  for (const uint32_t version : {2u, 3u}) {
    for (const uint64_t alignment : {8u, 32u, 64u, 4096u}) {
      GgufWriter file = gguf_model(smallest_spec());
      file.version = version;
      file.alignment = alignment;
      file.set("general.alignment", static_cast<int>(alignment));
      for (uint32_t type = kU8; type <= kF64; ++type) {
        const size_t size = type == kU64 || type == kI64 || type == kF64 ? 8 : type <= kI8 || type == kBool ? 1 : type <= kI16 ? 2 : 4;
        if (type == kText || type == kArray) continue;
        file.set("x.one." + std::to_string(type), type, std::string(size, '\1'));
        file.set_array("x.three." + std::to_string(type), type, 3, std::string(3 * size, '\1'));
      }
      file.set("x.text", "\xff").set("x.texts", std::vector<std::string>{"", "a"}).set_array("x.none", kText, 0, "");
      file.tensors.insert(file.tensors.begin(), {"rope_freqs.weight", 0, {3}, "123412341234"});
      std::swap(file.tensors[1], file.tensors.back());
      const auto opened = open_bytes(folder, file.file());
      ASSERT_TRUE(opened.ok()) << opened.status().message();
      EXPECT_EQ(hash_of(opened.value()), hash);
    }
  }
}

// Files of before llama.cpp took Mamba-2 in had flat vectors; others keep dimensions of 1.
TEST(GgufModel, OlderDimsOfTheSameNumbersAreTaken) {
  const TempDir folder;
  const TinySpec spec = smallest_spec();
  const std::string hash = hash_of(open_bytes(folder, gguf_model(spec).file()).value());
  GgufWriter file = gguf_model(spec);
  for (GgufFake& tensor : file.tensors) {
    if (tensor.name.ends_with("ssm_a") || tensor.name.ends_with("ssm_d")) tensor.dims = {static_cast<uint64_t>(spec.n_heads())};
    if (tensor.name.ends_with("ssm_norm.weight")) tensor.dims = {static_cast<uint64_t>(spec.d_inner)};
    if (tensor.name.ends_with("ssm_conv1d.weight")) tensor.dims.insert(tensor.dims.begin() + 1, 1);
    if (tensor.name == "output.weight") tensor.dims.push_back(1);
  }
  const auto opened = open_bytes(folder, file.file());
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  EXPECT_EQ(hash_of(opened.value()), hash);
}

TEST(GgufModel, BlocksLieWhereTheFileHasThem) {
  for (const DType type : kBlockTypes) {
    const TempDir folder;
    const BlockModel model = block_model(block_spec(), [&](size_t) { return type; });
    const auto opened = open_bytes(folder, model.gguf.file());
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    const Checkpoint& c = opened.value();
    touch(c);
    EXPECT_EQ(c.embedding.dtype, type);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(c.embedding.data), c.embedding.n_bytes), model.matrices.at("backbone.embeddings.weight").bytes);
    EXPECT_TRUE(check_weights(c, Control{}).ok());
  }
}

TEST(GgufModel, CheckNamesTheBlockThatIsNotFinite) {
  for (const DType type : kBlockTypes) {
    const TempDir folder;
    BlockModel model = block_model(block_spec(), [&](size_t) { return type; });
    std::string& bytes = model.gguf.tensor("blk.1.ssm_out.weight").bytes;
    const size_t scale = type == DType::q6_k ? 208 : 0, block = bytes.size() / model.matrices.at("backbone.layers.1.mixer.out_proj.weight").blocks.size();
    bytes.replace(3 * block + scale, 2, std::string("\x00\x7e", 2));  // NaN
    const auto opened = open_bytes(folder, model.gguf.file());
    ASSERT_TRUE(opened.ok());
    expect_error(check_weights(opened.value(), Control{}), Code::format, {"blk.1.ssm_out.weight", block_name(type), "block at byte", "NaN"});
  }
}

TEST(GgufFolder, OneFileIsTheModelAndMoreMustBeNamed) {
  const TempDir folder;
  const std::string bytes = gguf_model(smallest_spec()).file();
  write_file(folder.path("a.gguf"), bytes);
  write_file(folder.path("notes.txt"), "x");
  const auto one = open_checkpoint(folder.path());
  ASSERT_TRUE(one.ok()) << one.status().message();
  EXPECT_EQ(one.value().tokenizer_path, "");
  write_file(folder.path("tokenizer.model"), "x");
  write_file(folder.path("sidewinder.json"), "{}");
  for (const std::string& path : {folder.path(), folder.path("a.gguf")}) {
    const auto again = open_checkpoint(path);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again.value().tokenizer_path, folder.path("tokenizer.model"));
    EXPECT_EQ(again.value().settings_path, folder.path("sidewinder.json"));
    EXPECT_EQ(again.value().directory, path);
  }
  write_file(folder.path("b.gguf"), bytes);
  expect_error(open_checkpoint(folder.path()).status(), Code::argument, {folder.path(), "2 GGUF files", "name one"});
  EXPECT_TRUE(open_checkpoint(folder.path("b.gguf")).ok());
  write_hf(folder.path(), smallest_spec());
  EXPECT_EQ(open_checkpoint(folder.path()).value().layout, Layout::hf);
}

TEST(GgufFolder, SafetensorsWithoutTheirConfigAreNotPassedOver) {
  const TempDir folder;
  write_file(folder.path("a.gguf"), gguf_model(smallest_spec()).file());
  write_file(folder.path("model.safetensors"), safetensors_file(tiny_weights(smallest_spec())));
  expect_error(open_checkpoint(folder.path()).status(), Code::not_found, {"no config.json"});
}

struct Wrong {
  const char* what;
  std::function<void(GgufWriter&)> lie;
  Code code;
  std::vector<std::string> says;
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.what; }

class Refused : public testing::TestWithParam<Wrong> {};

TEST_P(Refused, SaysWhatAndWhere) {
  const TempDir folder;
  GgufWriter file = gguf_model(smallest_spec());
  GetParam().lie(file);
  std::vector<std::string> says = GetParam().says;
  says.push_back("model.gguf");
  expect_error(open_bytes(folder, file.file()).status(), GetParam().code, says);
}

auto set(const char* key, auto value) {
  return [=](GgufWriter& file) { file.set(key, value); };
}
auto without(const char* key) {
  return [=](GgufWriter& file) { file.erase(key); };
}
auto dims(const char* name, std::vector<uint64_t> dims) {
  return [=](GgufWriter& file) { file.tensor(name).dims = dims; };
}
auto named(const char* from, const char* to) {
  return [=](GgufWriter& file) { file.tensor(from).name = to; };
}
auto extra(const char* name) {
  return [=](GgufWriter& file) { file.tensors.push_back({name, 0, {1}, "1234"}); };
}

// Of smallest_spec(): d_model 4, d_inner 8, 4 heads, 2 groups, d_state 2, d_conv 3, d_conv_in 16, d_in_proj 28, 6 rows.
const Wrong kFamilies[] = {
    {"Mamba1", set("general.architecture", "mamba"), Code::unsupported, {"general.architecture", "'mamba' is Mamba-1"}},
    {"Hybrid", set("general.architecture", "nemotron_h"), Code::unsupported, {"'nemotron_h' is a hybrid"}},
    {"Llama", set("general.architecture", "llama"), Code::unsupported, {"'llama' is not Mamba-2"}},
    {"HostileName", set("general.architecture", "\x1b[31m\n"), Code::unsupported, {"'\\x1b[31m\\x0a'"}},
    {"NoArchitecture", without("general.architecture"), Code::format, {"general.architecture", "missing"}},
    {"AttentionHeads", set("mamba2.attention.head_count", 8), Code::unsupported, {"head_count", "attention layers"}},
    {"AttentionInOneLayer", [](GgufWriter& f) { f.set_numbers<int32_t>("mamba2.attention.head_count", kI32, {0, 8}); }, Code::unsupported, {"attention"}},
    {"Mlp", set("mamba2.feed_forward_length", 8), Code::unsupported, {"feed_forward_length", "MLP"}},
    {"NormOfDt", set("mamba2.ssm.dt_b_c_rms", true), Code::unsupported, {"dt_b_c_rms", "not supported"}},
    {"AttentionTensor", extra("blk.0.attn_q.weight"), Code::unsupported, {"blk.0.attn_q.weight", "attention"}},
    {"MlpTensor", extra("blk.1.ffn_up.weight"), Code::unsupported, {"ffn_up", "MLP"}},
    {"Mamba1Tensor", extra("blk.0.ssm_x.weight"), Code::unsupported, {"ssm_x", "Mamba-1"}},
    {"Bias", extra("blk.0.ssm_in.bias"), Code::unsupported, {"ssm_in.bias", "bias"}},
    {"LayerNorm", extra("blk.0.attn_norm.bias"), Code::unsupported, {"attn_norm.bias", "LayerNorm"}},
    {"NoGatedNorm", [](GgufWriter& f) { f.remove("blk.1.ssm_norm.weight"); }, Code::unsupported, {"blk.1.ssm_norm.weight", "rmsnorm=False"}},
    {"Split", [](GgufWriter& f) { f.set("split.count", kU16, raw(uint16_t{2})); }, Code::unsupported, {"split.count", "2 parts", "--merge"}},
};

const Wrong kConversions[] = {
    {"NoGroups", without("mamba2.ssm.group_count"), Code::format, {"mamba2.ssm.group_count", "missing", "convert the model again"}},
    {"NoLayers", without("mamba2.block_count"), Code::format, {"block_count", "missing"}},
    {"NoEpsilon", without("mamba2.attention.layer_norm_rms_epsilon"), Code::format, {"epsilon", "missing"}},
    {"EpsilonOfZero", set("mamba2.attention.layer_norm_rms_epsilon", 0.0f), Code::format, {"epsilon"}},
    {"EpsilonNaN", set("mamba2.attention.layer_norm_rms_epsilon", NAN), Code::format, {"epsilon", "from 0 to 1"}},
    {"CountAsText", set("mamba2.block_count", "2"), Code::format, {"block_count", "integer from 1 to 1024"}},
    {"CountAsArray", [](GgufWriter& f) { f.set_numbers<int32_t>("mamba2.block_count", kI32, {2}); }, Code::format, {"block_count", "integer"}},
    {"CountOfZero", set("mamba2.ssm.state_size", 0), Code::format, {"state_size", "from 1"}},
    {"CountTooLarge", set("mamba2.embedding_length", 1 << 21), Code::format, {"embedding_length"}},
    {"CountNegative", [](GgufWriter& f) { f.set("mamba2.block_count", kI32, raw(int32_t{-2})); }, Code::format, {"block_count"}},
    {"CountHuge", [](GgufWriter& f) { f.set("mamba2.block_count", kU64, raw(~uint64_t{0})); }, Code::format, {"block_count"}},
    {"WideConvolution", set("mamba2.ssm.conv_kernel", 9), Code::format, {"conv_kernel"}},
    {"HeadsDoNotDivide", set("mamba2.ssm.time_step_rank", 3), Code::format, {"3 heads"}},
    {"GroupsDoNotDivide", set("mamba2.ssm.group_count", 3), Code::format, {"3 groups"}},
    {"MoreLayersThanSaid", set("mamba2.block_count", 1), Code::mismatch, {"layer 1", "says 1 layers"}},
    {"FewerLayersThanSaid", set("mamba2.block_count", 3), Code::format, {"blk.2.attn_norm.weight", "missing"}},
    {"TransposedConvolution", dims("blk.0.ssm_conv1d.weight", {16, 3}), Code::mismatch, {"ssm_conv1d.weight", "[16, 3]", "[3, 16]", "transposed", "convert"}},
    {"TransposedMatrix", dims("blk.0.ssm_in.weight", {28, 4}), Code::mismatch, {"ssm_in.weight", "[28, 4]", "[4, 28]", "transposed"}},
    {"WrongMatrix", dims("blk.0.ssm_in.weight", {2, 56}), Code::mismatch, {"ssm_in.weight", "[2, 56]", "[4, 28]"}},
    {"FlatMatrix", dims("blk.0.ssm_out.weight", {32}), Code::mismatch, {"ssm_out.weight", "[32]"}},
    {"TransposedNorm", [](GgufWriter& f) { f.tensor("blk.0.ssm_norm.weight").dims = {2, 4}; }, Code::mismatch, {"ssm_norm.weight", "[2, 4]", "[4, 2]"}},
    {"WrongVector", dims("blk.1.ssm_dt.bias", {2, 2}), Code::mismatch, {"ssm_dt.bias", "[2, 2]"}},
    {"HeadOfOtherRows", [](GgufWriter& f) { f.tensor("output.weight").dims = {4, 5}; }, Code::mismatch, {"output.weight", "[4, 5]"}},
    {"NoEmbedding", named("token_embd.weight", "token_embed.weight"), Code::format, {"'token_embd.weight' is missing"}},
    {"NoFinalNorm", named("output_norm.weight", "norm.weight"), Code::format, {"'output_norm.weight' is missing"}},
    {"NoDtBias", named("blk.0.ssm_dt.bias", "blk.0.ssm_dt"), Code::format, {"'blk.0.ssm_dt.bias' is missing"}},
    {"LogInPlaceOfA", [](GgufWriter& f) { f.tensor("blk.0.ssm_a").bytes = f32_bytes({0.5f, 1.5f, -0.5f, 1.0f}); }, Code::format,
     {"blk.0.ssm_a", "0.5", "-exp(A_log)"}},
    {"QuantisedVector", [](GgufWriter& f) {
       f.set("mamba2.ssm.inner_size", 32).set("mamba2.ssm.time_step_rank", 4);
       f.tensor("blk.0.attn_norm.weight") = {"blk.0.attn_norm.weight", 8, {32}, std::string(34, '\0')};
     }, Code::unsupported, {"blk.0.attn_norm.weight", "Q8_0", "only matrices"}},
};

const Wrong kContainers[] = {
    {"OtherMagic", [](GgufWriter& f) { f.magic = "GGUX"; }, Code::format, {"byte 0", "not a GGUF file"}},
    {"GgmlFile", [](GgufWriter& f) { f.magic = "lmgg"; }, Code::unsupported, {"before GGUF", "convert"}},
    {"GgjtFile", [](GgufWriter& f) { f.magic = "tjgg"; }, Code::unsupported, {"before GGUF"}},
    {"Version1", [](GgufWriter& f) { f.version = 1; }, Code::unsupported, {"version 1", "byte 4", "convert"}},
    {"Version0", [](GgufWriter& f) { f.version = 0; }, Code::format, {"version 0"}},
    {"Version4", [](GgufWriter& f) { f.version = 4; }, Code::unsupported, {"version 4", "2 and 3"}},
    {"BigEndian", [](GgufWriter& f) { f.version = 0x03000000; }, Code::unsupported, {"big-endian", "little-endian"}},
    {"TensorsBeyondTheFile", [](GgufWriter& f) { f.n_tensors = 1000; }, Code::format, {}},
    {"TensorsBeyondAnyFile", [](GgufWriter& f) { f.n_tensors = ~uint64_t{0}; }, Code::format, {"byte 8", "tensors"}},
    {"ValuesBeyondAnyFile", [](GgufWriter& f) { f.n_values = uint64_t{1} << 62; }, Code::format, {"byte 8", "values"}},
    {"KeyTwice", [](GgufWriter& f) { f.repeat("mamba2.block_count"); }, Code::format, {"mamba2.block_count", "twice"}},
    {"KeyEmpty", [](GgufWriter& f) { f.set("", 1); }, Code::format, {"key at byte", "empty"}},
    {"KeyTooLong", [](GgufWriter& f) { f.set(std::string(65536, 'k'), 1); }, Code::format, {"65536 bytes", "65535"}},
    {"TypeOfValue", [](GgufWriter& f) { f.set("x", 13, "1234"); }, Code::format, {"'x'", "no type"}},
    {"TypeOfElements", [](GgufWriter& f) { f.set_array("x", 99, 0, ""); }, Code::format, {"'x'", "no type"}},
    {"ArrayOfArrays", [](GgufWriter& f) { f.set_array("x", kArray, 1, raw(uint32_t{kU8}) + raw(uint64_t{0})); }, Code::unsupported, {"'x'", "array of arrays"}},
    {"ArrayBeyondTheFile", [](GgufWriter& f) { f.set_array("x", kF32, uint64_t{1} << 40, "1234"); }, Code::format, {"the file ends", "Fetch it again"}},
    {"ArrayThatOverflows", [](GgufWriter& f) { f.set_array("x", kF64, uint64_t{1} << 61, "1234"); }, Code::format, {"'x'", "overflows"}},
    {"TextsBeyondTheFile", [](GgufWriter& f) { f.set_array("x", kText, ~uint64_t{0}, ""); }, Code::format, {"the file ends"}},
    {"BooleanOfTwo", [](GgufWriter& f) { f.set("mamba2.ssm.dt_b_c_rms", kBool, "\2"); }, Code::format, {"dt_b_c_rms", "boolean"}},
    {"AlignmentOf24", set("general.alignment", 24), Code::format, {"general.alignment", "power of two"}},
    {"AlignmentOf0", set("general.alignment", 0), Code::format, {"general.alignment"}},
    {"AlignmentHuge", set("general.alignment", 1 << 20), Code::format, {"general.alignment"}},
    {"NameTwice", [](GgufWriter& f) { f.tensors.push_back(f.tensors[3]); }, Code::format, {"two tensors", "blk.0."}},
    {"NameTooLong", [](GgufWriter& f) { f.tensors.push_back({std::string(513, 'n'), 0, {1}, "1234"}); }, Code::format, {"513 bytes"}},
    {"RankOf0", dims("output.weight", {}), Code::format, {"output.weight", "rank 0"}},
    {"RankOf5", dims("output.weight", {4, 6, 1, 1, 1}), Code::format, {"output.weight", "rank 5"}},
    {"DimensionOf0", dims("output.weight", {4, 0}), Code::format, {"output.weight", "dimension"}},
    {"DimensionsOverflow", dims("output.weight", {uint64_t{1} << 40, uint64_t{1} << 40}), Code::format, {"output.weight", "2^53"}},
    {"DimensionsBeyondTheFile", dims("output.weight", {4, uint64_t{1} << 40}), Code::format, {"output.weight", "ends at byte", "Fetch it again"}},
    {"TypeIQ", [](GgufWriter& f) { f.tensor("output.weight").type = 23; }, Code::unsupported, {"output.weight", "IQ4_XS", "Q4_K"}},
    {"TypeUnknown", [](GgufWriter& f) { f.tensor("output.weight").type = 4; }, Code::unsupported, {"type 4", "Q4_K"}},
    {"RowsOfHalfBlocks", [](GgufWriter& f) { f.tensor("output.weight").type = 8; }, Code::format, {"output.weight", "4 weights", "Q8_0", "32"}},
    {"OffsetMisaligned", [](GgufWriter& f) { f.offsets["output.weight"] = 4; }, Code::format, {"output.weight", "multiple of 32"}},
    {"OffsetBeyondTheFile", [](GgufWriter& f) { f.offsets["output.weight"] = 1 << 20; }, Code::format, {"output.weight", "Fetch it again"}},
    {"OffsetBeyondAnyFile", [](GgufWriter& f) { f.offsets["output.weight"] = ~uint64_t{31}; }, Code::format, {"output.weight", "beyond any file"}},
    {"Overlap", [](GgufWriter& f) { f.offsets["output.weight"] = 0; }, Code::format, {"overlaps"}},
};

const auto kName = [](const auto& wrong) { return std::string(wrong.param.what); };
INSTANTIATE_TEST_SUITE_P(Family, Refused, testing::ValuesIn(kFamilies), kName);
INSTANTIATE_TEST_SUITE_P(Conversion, Refused, testing::ValuesIn(kConversions), kName);
INSTANTIATE_TEST_SUITE_P(Container, Refused, testing::ValuesIn(kContainers), kName);

class Damage : public testing::Test {
 protected:
  Damage() {
    const BlockModel model = block_model(spec(), [](size_t i) { return kBlockTypes[i % std::size(kBlockTypes)]; });
    GgufWriter writer = model.gguf;
    writer.set("tokenizer.ggml.model", "llama").set("tokenizer.ggml.tokens", std::vector<std::string>{"<unk>", "<s>", "</s>", "a"});
    writer.set_numbers<float>("tokenizer.ggml.scores", kF32, {0, 0, 0, -1}).set_numbers<int32_t>("tokenizer.ggml.token_type", kI32, {2, 3, 3, 1});
    file_ = writer.file();
    const auto opened = open_bytes(folder_, file_);
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    data_begin_ = file_.size();
    for (const Role& role : roles_of(opened.value())) data_begin_ = std::min<size_t>(data_begin_, role.view.file_offset);
  }

  // One layer; every type of blocks in few bytes.
  static TinySpec spec() {
    TinySpec out = block_spec();
    out.n_layers = 1;
    out.vocab_size = 3;
    out.head_dim = 256;
    out.d_state = 1;
    out.n_groups = 1;
    return out;
  }

  // From a heap block of just that size, where a sanitizer sees each byte beyond: everything that may be read is read.
  static bool survives(const std::string& bytes) {
    const std::vector<char> block(bytes.begin(), bytes.end());
    const auto parsed = Gguf::parse({reinterpret_cast<const std::byte*>(block.data()), block.size()}, "block");
    if (!parsed.ok()) {
      EXPECT_FALSE(parsed.status().message().empty());
      return false;
    }
    const auto checkpoint = bind_gguf(parsed.value());
    if (!checkpoint.ok()) return false;
    (void)check_weights(checkpoint.value(), Control{}).ok();
    EXPECT_EQ(hash_of(checkpoint.value()).size(), 32u);
    return true;
  }

  TempDir folder_;
  std::string file_;
  size_t data_begin_ = 0;
};

TEST_F(Damage, EveryTruncationOfTheHeaderAndManyOfTheDataAreErrors) {
  std::mt19937_64 random(7);
  std::vector<size_t> cuts;
  for (size_t n = 0; n < data_begin_; ++n) cuts.push_back(n);
  for (int i = 0; i < 100; ++i) cuts.push_back(data_begin_ + random() % (file_.size() - data_begin_));
  cuts.push_back(file_.size() - 1);
  for (const size_t n : cuts) {
    write_file(folder_.path("model.gguf"), file_.substr(0, n));
    const Status status = open_checkpoint(folder_.path("model.gguf")).status();
    ASSERT_FALSE(status.ok()) << "cut to " << n << " bytes";
    expect_error(status, Code::format, n < 4 ? std::vector<std::string>{"byte 0"} : std::vector<std::string>{"model.gguf", "Fetch it again"});
  }
}

TEST_F(Damage, EverySingleBitOfTheHeader) {
  size_t n_opened = 0;
  for (size_t bit = 0; bit < data_begin_ * 8; ++bit) {
    if (file_.size() > 100'000 && bit % 8 != (bit / 8) % 8) continue;  // one of each byte: reading all weights takes its time
    std::string damaged = file_;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
    n_opened += survives(damaged) ? 1 : 0;
  }
  EXPECT_GT(n_opened, 0u);  // names of metadata that nobody asks for
}

TEST_F(Damage, RandomDamageIsSafe) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 1500; ++i) {
    std::string damaged = file_;
    for (size_t n_edits = 1 + random() % 6; n_edits > 0; --n_edits) {
      const size_t at = random() % (random() % 4 == 0 ? damaged.size() : std::min(damaged.size(), data_begin_));
      switch (random() % 4) {
        case 0:
          damaged[at] = static_cast<char>(random());
          break;
        case 1:
          damaged.replace(at, std::min<size_t>(8, damaged.size() - at), raw(uint64_t{random() >> random() % 64}).substr(0, std::min<size_t>(8, damaged.size() - at)));
          break;
        case 2:
          damaged.erase(at, 1 + random() % 9);
          break;
        default:
          damaged.insert(at, damaged.substr(random() % damaged.size(), random() % 40));
      }
      if (damaged.empty()) damaged = "x";
    }
    survives(damaged);
  }
}

}  // namespace
}  // namespace sw::test
