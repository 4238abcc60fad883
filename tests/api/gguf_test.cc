// GGUF files through the public header: the bytes of logits and states are those of the same weights in the other layouts.
#include <gtest/gtest.h>

#include <map>

#include "support/session.h"
#include "unit/loader/gguf_writer.h"

namespace sw::test {
namespace {

using Ids = std::vector<int32_t>;

sw_status try_open(sw_engine* engine, const std::string& path, sw_weights weights, ModelHandle* out, bool tokenizer = false,
                   bool count_only = false, const char* tokenizer_path = nullptr) {
  sw_model_options options = SW_MODEL_OPTIONS_INIT;
  options.without_tokenizer = tokenizer ? 0 : 1;
  options.check_weights = 1;
  options.count_only = count_only ? 1 : 0;
  options.weights = weights;
  options.tokenizer = tokenizer_path;
  sw_model* model = nullptr;
  const sw_status status = sw_model_open(engine, path.c_str(), &options, &model);
  out->reset(model);
  return status;
}

ModelHandle open_as(sw_engine* engine, const std::string& path, sw_weights weights = SW_WEIGHTS_STORED) {
  ModelHandle model;
  EXPECT_STATUS(SW_OK, try_open(engine, path, weights, &model));
  return model;
}

std::string hash_of(const ModelHandle& model) {
  const char* hash = "";
  EXPECT_STATUS(SW_OK, sw_model_hash(model.get(), nullptr, &hash));
  return hash;
}

Ids some_ids(const ModelHandle& model, uint64_t seed = 3) {
  std::mt19937_64 random(seed);
  return random_ids(random, 40, info_of(model.get()).vocab_size);
}

void expect_same(const ModelHandle& a, const ModelHandle& b) {
  ASSERT_TRUE(a && b);
  const Ids ids = some_ids(a);
  EXPECT_EQ(cold_bytes(a.get(), ids), cold_bytes(b.get(), ids));
}

bool keeps_integers(DType type) { return type == DType::q8_0 || type == DType::q5_0 || type == DType::q4_0; }

// A matrix as our own files have it (docs/quantisation.md), of the integers and scales of blocks of 32.
FakeTensor packed_tensor(const std::string& name, const FakeMatrix& from, int64_t n_rows, int64_t n_cols, bool q4) {
  const int64_t n_blocks = (n_rows + 15) / 16, n_units = (n_cols + 63) / 64, unit_bytes = q4 ? 576 : 1088;
  FakeTensor out{name + (q4 ? ".q4_16x64" : ".q8_16x64"), "U8", {n_blocks, n_units, unit_bytes},
                 std::string(static_cast<size_t>(n_blocks * n_units * unit_bytes), '\0')};
  for (int64_t row = 0; row < n_rows; ++row) {
    for (int64_t col = 0; col < n_cols; ++col) {
      const FakeBlock& block = from.blocks[static_cast<size_t>((row * n_cols + col) / 32)];
      const int q = block.q[static_cast<size_t>(col % 32)];
      const int64_t r = row % 16, group = col / 32 % 2, k = col % 32;
      char* unit = out.bytes.data() + ((row / 16) * n_units + col / 64) * unit_bytes;
      std::memcpy(unit + 2 * (16 * group + r), &block.scale, 2);
      if (q4) {
        char& pair = unit[64 + 256 * group + 64 * (k % 16 / 4) + 4 * r + k % 4];
        pair = static_cast<char>(pair | (q + 8) << (k < 16 ? 0 : 4));
      } else {
        unit[64 + 512 * group + 64 * (k / 4) + 4 * r + k % 4] = static_cast<char>(q);
      }
    }
  }
  return out;
}

class PlainTypes : public testing::TestWithParam<const char*> {};

TEST_P(PlainTypes, GiveTheBytesOfTheSameWeightsInSafetensors) {
  for (TinySpec spec : shapes()) {
    spec.matrix_dtype = GetParam();
    spec.vector_dtype = "F32";
    const TempDir hf, gguf;
    write_hf(hf.path(), spec);
    write_file(gguf.path("m.gguf"), gguf_model(spec).file());
    for (const uint32_t mask : cpu_masks()) {
      const EngineHandle engine = make_engine(2, mask);
      for (const sw_weights weights : {SW_WEIGHTS_STORED, SW_WEIGHTS_Q8, SW_WEIGHTS_Q4, SW_WEIGHTS_F32}) {
        const ModelHandle ours = open_as(engine.get(), gguf.path("m.gguf"), weights);
        expect_same(ours, open_as(engine.get(), hf.path(), weights));
      }
    }
    const EngineHandle engine = make_engine();
    const ModelHandle model = open_as(engine.get(), gguf.path());
    EXPECT_STREQ(info_of(model.get()).layout, "gguf");
    EXPECT_STREQ(info_of(model.get()).weights, GetParam());
    EXPECT_STREQ(info_of(model.get()).weights_note, "");
    EXPECT_EQ(info_of(model.get()).weight_bytes, info_of(open_as(engine.get(), hf.path()).get()).weight_bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(All, PlainTypes, testing::Values("F32", "F16", "BF16"), [](const auto& type) { return std::string(type.param); });

class BlockTypes : public testing::TestWithParam<DType> {
 protected:
  void SetUp() override {
    model_ = block_model(spec_, [](size_t) { return GetParam(); });
    write_file(folder_.path("m.gguf"), model_.gguf.file());
    write_hf(plain_.path(), hf_config(spec_).text(), model_.plain);
  }

  // Our own file with the same integers and scales.
  void write_packed(const std::string& folder, bool q4) const {
    std::vector<FakeTensor> tensors;
    for (const FakeTensor& tensor : model_.plain) {
      const auto matrix = model_.matrices.find(tensor.name);
      tensors.push_back(matrix == model_.matrices.end() ? tensor
                                                        : packed_tensor(tensor.name, matrix->second, tensor.shape[0], tensor.shape[1], q4));
    }
    write_hf(folder, hf_config(spec_).text(), tensors);
  }

  TinySpec spec_ = block_spec();
  BlockModel model_;
  TempDir folder_, plain_;
};

TEST_P(BlockTypes, AsFloat32AreExact) {
  const EngineHandle engine = make_engine(2);
  const ModelHandle model = open_as(engine.get(), folder_.path(), SW_WEIGHTS_F32);
  expect_same(model, open_as(engine.get(), plain_.path()));
  EXPECT_STREQ(info_of(model.get()).weights, "F32");
  EXPECT_STREQ(info_of(model.get()).weights_note, (block_name(GetParam()) + " (6 matrices) held as F32, exactly").c_str());
}

TEST_P(BlockTypes, WithIntegersOfTheirOwnAreThePackedFileOfTheSameIntegers) {
  if (!keeps_integers(GetParam())) return;  // the next law
  for (const bool q4 : {false, true}) {
    if (q4 && GetParam() != DType::q4_0) continue;
    const TempDir packed;
    write_packed(packed.path(), q4);
    for (const uint32_t mask : cpu_masks()) {
      const EngineHandle engine = make_engine(2, mask);
      const ModelHandle model = open_as(engine.get(), folder_.path(), q4 ? SW_WEIGHTS_Q4 : SW_WEIGHTS_Q8);
      expect_same(model, open_as(engine.get(), packed.path()));
      EXPECT_NE(std::string(info_of(model.get()).weights_note).find(q4 ? "held as Q4, exactly" : "held as Q8, exactly"), std::string::npos);
    }
  }
}

// What is rounded is rounded as the same weights are that were stored as float32.
TEST_P(BlockTypes, RoundedAreTheFloat32FileRounded) {
  const EngineHandle engine = make_engine(2);
  for (const sw_weights weights : {SW_WEIGHTS_BF16, SW_WEIGHTS_Q8, SW_WEIGHTS_Q4}) {
    if (weights == SW_WEIGHTS_Q8 && keeps_integers(GetParam())) continue;
    if (weights == SW_WEIGHTS_Q4 && GetParam() == DType::q4_0) continue;
    const ModelHandle model = open_as(engine.get(), folder_.path(), weights), plain = open_as(engine.get(), plain_.path(), weights);
    expect_same(model, plain);
    const std::string note = info_of(model.get()).weights_note, other = info_of(plain.get()).weights_note;
    ASSERT_NE(note.find(", "), std::string::npos) << note;
    EXPECT_EQ(note.substr(note.find(" (6 matrices)")), other.substr(other.find(" (6 matrices)")));
  }
}

TEST_P(BlockTypes, ByDefaultAreHeldWhereAKernelReadsThem) {
  const EngineHandle engine = make_engine(2);
  const ModelHandle model = open_as(engine.get(), folder_.path());
  const bool q4 = GetParam() == DType::q4_0;
  EXPECT_STREQ(info_of(model.get()).weights, q4 ? "Q4" : "Q8");
  expect_same(model, open_as(engine.get(), folder_.path(), q4 ? SW_WEIGHTS_Q4 : SW_WEIGHTS_Q8));
  const std::string note = info_of(model.get()).weights_note;
  EXPECT_EQ(note.find("exactly") != std::string::npos, keeps_integers(GetParam())) << note;
  EXPECT_EQ(note.find("relative error 0.00") != std::string::npos, !keeps_integers(GetParam())) << note;
  ModelHandle counted;
  EXPECT_STATUS(SW_OK, try_open(engine.get(), folder_.path(), SW_WEIGHTS_STORED, &counted, false, true));
  EXPECT_STREQ(info_of(counted.get()).weights, block_name(GetParam()).c_str());
}

TEST_P(BlockTypes, QuantizeWritesWhatOpeningMakes) {
  const EngineHandle engine = make_engine(2);
  for (const sw_weights to : {SW_WEIGHTS_Q8, SW_WEIGHTS_Q4}) {
    TempDir out;
    for (const std::string& from : {folder_.path("m.gguf"), folder_.path()}) {
      const std::string written = out.path(std::to_string(from.size()));
      ASSERT_STATUS(SW_OK, sw_checkpoint_quantize(engine.get(), from.c_str(), to, written.c_str(), nullptr));
      EXPECT_EQ(listing(written), (std::vector<std::string>{"config.json", "model.safetensors"}));
      const ModelHandle opened = open_as(engine.get(), from, to), mapped = open_as(engine.get(), written);
      EXPECT_EQ(hash_of(opened), hash_of(mapped));
      EXPECT_STREQ(info_of(mapped.get()).weights_note, "");
      expect_same(opened, mapped);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, BlockTypes, testing::ValuesIn(kBlockTypes), [](const auto& type) { return block_name(type.param); });

// As llama.cpp's "Q4_K_M" and "Q4_0" mix them, and any other way.
TEST(MixedFile, EachMatrixIsHeldInItsOwnWay) {
  std::mt19937_64 random(21);
  for (int i = 0; i < 6; ++i) {
    TinySpec spec = block_spec();
    spec.tied = i % 2 == 1;
    spec.seed = 50 + static_cast<uint64_t>(i);
    const BlockModel model = block_model(spec, [&](size_t) { return kBlockTypes[random() % std::size(kBlockTypes)]; });
    const TempDir folder, plain;
    write_file(folder.path("m.gguf"), model.gguf.file());
    write_hf(plain.path(), hf_config(spec).text(), model.plain);
    const EngineHandle engine = make_engine(2);
    expect_same(open_as(engine.get(), folder.path(), SW_WEIGHTS_F32), open_as(engine.get(), plain.path()));
    for (const uint32_t mask : cpu_masks()) {
      const EngineHandle row = make_engine(2, mask);
      const ModelHandle mixed = open_as(row.get(), folder.path());
      const Ids ids = some_ids(mixed);
      const Bytes cold = cold_bytes(mixed.get(), ids);
      const SequenceHandle pieces = make_sequence(mixed.get());
      for (size_t at = 0, n; at < ids.size(); at += n) {
        n = std::min<size_t>(1 + random() % 9, ids.size() - at);
        ASSERT_STATUS(SW_OK, sw_sequence_append(pieces.get(), ids.data() + at, n, nullptr, nullptr));
      }
      EXPECT_EQ(bytes_of(pieces.get(), info_of(mixed.get())), cold);
    }
  }
}

// Matrices of plain types keep them beside blocks.
TEST(MixedFile, PlainMatricesStayMapped) {
  const TinySpec spec = block_spec();
  BlockModel model = block_model(spec, [](size_t) { return DType::q4_k; });
  const std::vector<FakeTensor> weights = tiny_weights(spec);
  for (const FakeTensor& tensor : weights) {
    if (tensor.name == "lm_head.weight") model.gguf.tensor("output.weight") = gguf_tensor(spec, tensor);
  }
  const TempDir folder;
  write_file(folder.path("m.gguf"), model.gguf.file());
  const EngineHandle engine = make_engine();
  const ModelHandle opened = open_as(engine.get(), folder.path());
  EXPECT_STREQ(info_of(opened.get()).weights, "mixed");
  EXPECT_EQ(std::string(info_of(opened.get()).weights_note).find("Q4_K (5 matrices) held as Q8, relative error 0.0"), 0U)
      << info_of(opened.get()).weights_note;
}

TEST(Identity, IsThatOfBytesAndFormat) {
  const TempDir folder;
  const BlockModel model = block_model(block_spec(), [](size_t) { return DType::q6_k; });
  write_file(folder.path("m.gguf"), model.gguf.file());
  const EngineHandle engine = make_engine();
  std::map<std::string, sw_weights> hashes;
  for (const sw_weights weights : {SW_WEIGHTS_Q8, SW_WEIGHTS_Q4, SW_WEIGHTS_BF16, SW_WEIGHTS_F32}) {
    EXPECT_TRUE(hashes.emplace(hash_of(open_as(engine.get(), folder.path(), weights)), weights).second);
  }
  const ModelHandle held = open_as(engine.get(), folder.path());
  EXPECT_EQ(hashes.at(hash_of(held)), SW_WEIGHTS_Q8);
  const Ids ids = some_ids(held);
  const SequenceHandle sequence = make_sequence(held.get());
  ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids.data(), ids.size(), nullptr, nullptr));
  sw_snapshot* snapshot = nullptr;
  ASSERT_STATUS(SW_OK, sw_sequence_snapshot(sequence.get(), &snapshot));
  const SnapshotHandle kept(snapshot);
  const SequenceHandle again = make_sequence(open_as(engine.get(), folder.path()).get());
  EXPECT_STATUS(SW_OK, sw_sequence_restore(again.get(), snapshot));
  const SequenceHandle exact = make_sequence(open_as(engine.get(), folder.path(), SW_WEIGHTS_F32).get());
  EXPECT_STATUS(SW_E_MISMATCH, sw_sequence_restore(exact.get(), snapshot));
  GgufWriter changed = model.gguf;
  std::string& decay = changed.tensor("blk.1.ssm_a").bytes;
  decay.front() = static_cast<char>(decay.front() ^ 1);
  write_file(folder.path("m.gguf"), changed.file());
  EXPECT_EQ(hashes.count(hash_of(open_as(engine.get(), folder.path()))), 0U);
}

TEST(Weights, AScaleThatIsNotFiniteIsNamed) {
  for (const DType type : kBlockTypes) {
    BlockModel model = block_model(block_spec(), [&](size_t) { return type; });
    model.gguf.tensor("blk.0.ssm_out.weight").bytes.replace(type == DType::q6_k ? 208 : 0, 2, std::string("\x00\x7c", 2));
    const TempDir folder;
    write_file(folder.path("m.gguf"), model.gguf.file());
    const EngineHandle engine = make_engine();
    sw_model_options options = SW_MODEL_OPTIONS_INIT;
    options.without_tokenizer = 1;
    sw_model* opened = nullptr;
    EXPECT_STATUS(SW_E_FORMAT, sw_model_open(engine.get(), folder.path().c_str(), &options, &opened));
    EXPECT_NE(std::string(sw_last_error()).find("blk.0.ssm_out.weight"), std::string::npos) << sw_last_error();
    EXPECT_EQ(opened, nullptr);
  }
}

}  // namespace
}  // namespace sw::test
