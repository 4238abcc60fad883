// Weight formats through the public header: the laws hold in each, formats never mix, and what is written packed is what is packed when
// it is opened.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "support/session.h"

namespace sw::test {
namespace {

using Ids = std::vector<int32_t>;

ModelHandle open_as(sw_engine* engine, const std::string& folder, sw_weights weights, sw_status expected = SW_OK) {
  sw_model_options options = SW_MODEL_OPTIONS_INIT;
  options.without_tokenizer = 1;
  options.check_weights = 1;
  options.weights = weights;
  sw_model* model = nullptr;
  EXPECT_STATUS(expected, sw_model_open(engine, folder.c_str(), &options, &model));
  return ModelHandle(model);
}

std::string hash_of(const sw_model* model) {
  const char* hash = "";
  EXPECT_STATUS(SW_OK, sw_model_hash(model, nullptr, &hash));
  return hash;
}

std::vector<float> logits_of(sw_model* model, const Ids& ids) {
  const SequenceHandle sequence = make_sequence(model);
  std::vector<float> logits(ids.size() * static_cast<size_t>(info_of(model).vocab_size));
  EXPECT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids.data(), ids.size(), nullptr, logits.data()));
  return logits;
}

double relative_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double difference = 0, size = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(double{a[i]} - b[i], 2);
    size += std::pow(double{b[i]}, 2);
  }
  return std::sqrt(difference / size);
}

struct Format {
  sw_weights weights;
  const char* name;  // as sw_model_info tells it
};
constexpr Format kFormats[] = {{SW_WEIGHTS_BF16, "BF16"}, {SW_WEIGHTS_Q8, "Q8"}, {SW_WEIGHTS_Q4, "Q4"}};

std::string format_name(const testing::TestParamInfo<Format>& format) { return format.param.name; }

class Formats : public testing::TestWithParam<Format> {};

TEST_P(Formats, CutsAndThreadsDoNotChangeAByte) {
  std::mt19937_64 random(5);
  for (const TinySpec& spec : shapes()) {
    TempDir folder;
    write_hf(folder.path(), spec);
    for (const uint32_t mask : cpu_masks()) {
      std::optional<Bytes> expected;
      Ids ids;
      for (const int n_threads : {1, 3}) {
        const EngineHandle engine = make_engine(n_threads, mask);
        const ModelHandle model = open_as(engine.get(), folder.path(), GetParam().weights);
        const sw_model_info info = info_of(model.get());
        EXPECT_STREQ(info.weights, GetParam().name);
        if (ids.empty()) ids = random_ids(random, 150, info.vocab_size);
        if (!expected) expected = cold_bytes(model.get(), ids);
        for (int round = 0; round < 3; ++round) {
          const SequenceHandle pieces = make_sequence(model.get());
          for (size_t at = 0, n; at < ids.size(); at += n) {
            n = std::min<size_t>(1 + random() % (random() % 2 == 0 ? 4 : 60), ids.size() - at);
            ASSERT_STATUS(SW_OK, sw_sequence_append(pieces.get(), ids.data() + at, n, nullptr, nullptr));
          }
          ASSERT_EQ(bytes_of(pieces.get(), info), *expected) << "mask " << mask << ", " << n_threads << " threads";
          // Back and on again: the log and kept states hold in this format too.
          ASSERT_STATUS(SW_OK, sw_sequence_rewind(pieces.get(), 40 + random() % 100, nullptr));
          const size_t at = sw_sequence_length(pieces.get());
          ASSERT_STATUS(SW_OK, sw_sequence_append(pieces.get(), ids.data() + at, ids.size() - at, nullptr, nullptr));
          ASSERT_EQ(bytes_of(pieces.get(), info), *expected) << "after a rewind to " << at << ", mask " << mask;
        }
      }
    }
  }
}

// Random weights of one size are the hardest case; real ones are measured in docs/quantisation.md.
TEST_P(Formats, LogitsStayNearThoseOfTheStoredWeights) {
  TinySpec spec = shapes()[2];
  spec.matrix_dtype = "F32";
  TempDir folder;
  write_hf(folder.path(), spec);
  const EngineHandle engine = make_engine();
  std::mt19937_64 random(6);
  const ModelHandle stored = open_as(engine.get(), folder.path(), SW_WEIGHTS_STORED);
  const ModelHandle packed = open_as(engine.get(), folder.path(), GetParam().weights);
  const Ids ids = random_ids(random, 60, info_of(stored.get()).vocab_size);
  const double difference = relative_difference(logits_of(packed.get(), ids), logits_of(stored.get(), ids));
  EXPECT_LT(difference, GetParam().weights == SW_WEIGHTS_Q4 ? 0.5 : 0.1);
  EXPECT_GT(difference, 0) << "nothing was rounded";
}

TEST_P(Formats, StatesOfAnotherFormatAreAMismatch) {
  TinySpec spec = shapes()[2];
  spec.matrix_dtype = "F32";
  TempDir folder, files;
  write_hf(folder.path(), spec);
  const EngineHandle engine = make_engine();
  const ModelHandle ours = open_as(engine.get(), folder.path(), GetParam().weights);
  const SequenceHandle sequence = make_sequence(ours.get());
  const Ids ids = {1, 2, 3, 4, 5};
  ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids.data(), ids.size(), nullptr, nullptr));
  sw_snapshot* raw = nullptr;
  ASSERT_STATUS(SW_OK, sw_sequence_snapshot(sequence.get(), &raw));
  const SnapshotHandle snapshot(raw);
  ASSERT_STATUS(SW_OK, sw_snapshot_save(snapshot.get(), files.path("state").c_str(), nullptr));
  for (const sw_weights other : {SW_WEIGHTS_STORED, SW_WEIGHTS_BF16, SW_WEIGHTS_Q8, SW_WEIGHTS_Q4}) {
    const sw_status expected = other == GetParam().weights ? SW_OK : SW_E_MISMATCH;
    const ModelHandle theirs = open_as(engine.get(), folder.path(), other);
    const SequenceHandle stranger = make_sequence(theirs.get());
    EXPECT_STATUS(expected, sw_sequence_restore(stranger.get(), snapshot.get()));
    sw_snapshot* loaded = nullptr;
    EXPECT_STATUS(expected, sw_snapshot_load(theirs.get(), files.path("state").c_str(), nullptr, &loaded));
    sw_snapshot_free(loaded);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Formats, testing::ValuesIn(kFormats), format_name);

class Quantize : public testing::TestWithParam<Format> {
 protected:
  void SetUp() override { engine_ = make_engine(2); }
  sw_status run(const std::string& from, const std::string& to, const sw_run_options* run = nullptr) {
    sw_quantize_options options = SW_QUANTIZE_OPTIONS_INIT;
    if (run != nullptr) options.run = *run;
    return sw_checkpoint_quantize(engine_.get(), from.c_str(), GetParam().weights, to.c_str(), run == nullptr ? nullptr : &options);
  }
  sw_weights other() const { return GetParam().weights == SW_WEIGHTS_Q8 ? SW_WEIGHTS_Q4 : SW_WEIGHTS_Q8; }
  EngineHandle engine_;
  TempDir folder_, out_;
};

// Every shape and layout: the folder opens, and is the very model that packing at opening gives.
TEST_P(Quantize, WhatIsWrittenIsWhatOpeningPacks) {
  int i = 0;
  for (const TinySpec& spec : shapes()) {
    const std::string from = folder_.path(std::to_string(i)), to = out_.path(std::to_string(i));
    ++i;
    std::filesystem::create_directory(from);
    write_hf(from, spec);
    ASSERT_STATUS(SW_OK, run(from, to));
    EXPECT_EQ(listing(to), (std::vector<std::string>{"config.json", "model.safetensors"}));
    const ModelHandle packed = open_as(engine_.get(), from, GetParam().weights);
    for (const sw_weights weights : {sw_weights{SW_WEIGHTS_STORED}, GetParam().weights}) {
      const ModelHandle written = open_as(engine_.get(), to, weights);
      EXPECT_STREQ(info_of(written.get()).weights, GetParam().name);
      EXPECT_EQ(info_of(written.get()).weight_bytes, info_of(packed.get()).weight_bytes);
      EXPECT_EQ(hash_of(written.get()), hash_of(packed.get()));
      const Ids ids = {3, 1, 4, 1, 5, 0, 2};
      EXPECT_EQ(cold_bytes(written.get(), ids), cold_bytes(packed.get(), ids));
    }
    open_as(engine_.get(), to, other(), SW_E_MISMATCH);
    open_as(engine_.get(), to, SW_WEIGHTS_BF16, SW_E_MISMATCH);
  }
}

struct StopAfter {
  int n;
};
int32_t stop_after(void* user, uint64_t, uint64_t) { return --static_cast<StopAfter*>(user)->n < 0 ? 1 : 0; }

TEST_P(Quantize, GoesOnWhereItWasStopped) {
  write_hf(folder_.path(), shapes()[2]);
  ASSERT_STATUS(SW_OK, run(folder_.path(), out_.path("whole")));
  const std::string whole = read_file(out_.path("whole/model.safetensors"));
  int n_stops = 0;
  for (;; ++n_stops) {
    StopAfter stop{n_stops};
    sw_run_options options = SW_RUN_OPTIONS_INIT;
    options.progress = stop_after;
    options.progress_user = &stop;
    const sw_status status = run(folder_.path(), out_.path("parts"), &options);
    if (status == SW_OK) break;
    ASSERT_EQ(status, SW_E_CANCELLED) << sw_last_error();
    open_as(engine_.get(), out_.path("parts"), SW_WEIGHTS_STORED, SW_E_NOT_FOUND);  // incomplete: never a model
    ASSERT_LT(n_stops, 1000);
  }
  EXPECT_GT(n_stops, 10);
  EXPECT_EQ(read_file(out_.path("parts/model.safetensors")), whole);
}

// A power cut can leave any bytes behind: they are found and never opened.
TEST_P(Quantize, ADamagedPartIsFoundAndRemoved) {
  write_hf(folder_.path(), shapes()[2]);
  ASSERT_STATUS(SW_OK, run(folder_.path(), out_.path("whole")));
  std::string bytes = read_file(out_.path("whole/model.safetensors"));
  std::filesystem::create_directory(out_.path("new"));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_file(out_.path("new/model.safetensors.part"), bytes);
  ASSERT_STATUS(SW_E_FORMAT, run(folder_.path(), out_.path("new")));
  EXPECT_TRUE(listing(out_.path("new")).empty());
  ASSERT_STATUS(SW_OK, run(folder_.path(), out_.path("new")));
}

TEST_P(Quantize, Refusals) {
  write_hf(folder_.path(), shapes()[2]);
  EXPECT_STATUS(SW_E_ARGUMENT, run(folder_.path(), folder_.path()));
  EXPECT_STATUS(SW_E_NOT_FOUND, run(folder_.path("none"), out_.path("a")));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_checkpoint_quantize(nullptr, folder_.path().c_str(), GetParam().weights, "a", nullptr));
  EXPECT_STATUS(SW_E_ARGUMENT, sw_checkpoint_quantize(engine_.get(), folder_.path().c_str(), GetParam().weights, nullptr, nullptr));
  for (const sw_weights weights : {int{SW_WEIGHTS_STORED}, int{SW_WEIGHTS_BF16}, int{SW_WEIGHTS_F32}, 5, -1}) {
    EXPECT_STATUS(SW_E_ARGUMENT, sw_checkpoint_quantize(engine_.get(), folder_.path().c_str(), weights, out_.path("a").c_str(), nullptr));
  }
  ASSERT_STATUS(SW_OK, run(folder_.path(), out_.path("a")));
  EXPECT_STATUS(SW_E_MISMATCH, run(folder_.path(), out_.path("a")));  // a checkpoint is there
  EXPECT_STATUS(SW_OK, run(out_.path("a"), out_.path("b")));          // packed so already: a copy
  EXPECT_EQ(read_file(out_.path("b/model.safetensors")), read_file(out_.path("a/model.safetensors")));
  EXPECT_STATUS(SW_E_MISMATCH, sw_checkpoint_quantize(engine_.get(), out_.path("a").c_str(), other(), out_.path("c").c_str(), nullptr));
  std::filesystem::create_directory(out_.path("d"));
  write_file(out_.path("d/model.safetensors.part"), std::string(100'000, 'x'));  // somebody else's
  EXPECT_STATUS(SW_E_MISMATCH, run(folder_.path(), out_.path("d")));
  EXPECT_EQ(read_file(out_.path("d/model.safetensors.part")), std::string(100'000, 'x'));
  write_file(out_.path("file"), "");
  EXPECT_STATUS(SW_E_IO, run(folder_.path(), out_.path("file")));
}

TEST_P(Quantize, AWeightWithoutAFormIsNamed) {
  TinySpec spec = shapes()[0];  // F32
  for (const float bad : {std::nanf(""), INFINITY, 1e20f}) {
    TempDir folder;
    write_hf(folder.path(), spec);
    std::string bytes = read_file(folder.path("model.safetensors"));
    const ModelHandle model = open_as(engine_.get(), folder.path(), SW_WEIGHTS_STORED);
    const size_t at = bytes.find("in_proj.weight");
    ASSERT_NE(at, std::string::npos);
    const size_t offsets = bytes.find("data_offsets", at);
    const size_t begin = std::stoul(bytes.substr(bytes.find('[', offsets) + 1));
    uint64_t n_header = 0;
    std::memcpy(&n_header, bytes.data(), sizeof n_header);
    std::memcpy(bytes.data() + 8 + n_header + begin + 40, &bad, sizeof bad);
    write_file(folder.path("model.safetensors"), bytes);
    EXPECT_STATUS(SW_E_FORMAT, run(folder.path(), out_.path("x")));
    EXPECT_NE(std::string(sw_last_error()).find("in_proj"), std::string::npos) << sw_last_error();
    EXPECT_NE(std::string(sw_last_error()).find("rows 0 to"), std::string::npos) << sw_last_error();
    open_as(engine_.get(), folder.path(), GetParam().weights, SW_E_FORMAT);
    std::filesystem::remove_all(out_.path("x"));
  }
}

INSTANTIATE_TEST_SUITE_P(Packed, Quantize, testing::Values(kFormats[1], kFormats[2]), format_name);

constexpr const char* kTextA = "def add(first, second):\n    return first + second\n\n\nprint(add(1, 2))\n";
constexpr const char* kTextB = "int main(void) {\n  for (int i = 0; i < 10; ++i) puts(\"x\");\n  return 0;\n}\n";

// int4 whose scales know which columns count for some texts.
class Calibrated : public testing::Test {
 protected:
  void SetUp() override { write_tiny_completer(folder_.path(), nano_vocabulary()); }

  sw_status run(sw_engine* engine, const std::vector<const char*>& texts, const std::string& to, const sw_run_options* run = nullptr,
                uint32_t tokens = 0) {
    sw_quantize_options options = SW_QUANTIZE_OPTIONS_INIT;
    if (run != nullptr) options.run = *run;
    options.calibration = texts.data();
    options.n_calibration = texts.size();
    options.calibration_tokens = tokens;
    return sw_checkpoint_quantize(engine, folder_.path().c_str(), SW_WEIGHTS_Q4, to.c_str(), &options);
  }
  std::string made(sw_engine* engine, const std::vector<const char*>& texts, uint32_t tokens = 0) {
    const TempDir out;
    EXPECT_STATUS(SW_OK, run(engine, texts, out.path("x"), nullptr, tokens));
    return read_file(out.path("x/model.safetensors"));
  }

  TempDir folder_, out_;
  EngineHandle engine_ = make_engine(2);
};

TEST_F(Calibrated, TheTextsAloneDecideWhatIsWritten) {
  const std::string a = made(engine_.get(), {kTextA});
  for (const int n_threads : {1, 3}) EXPECT_EQ(made(make_engine(n_threads).get(), {kTextA}), a) << n_threads;
  EXPECT_EQ(made(engine_.get(), {"", kTextA}), a);
  EXPECT_EQ(made(engine_.get(), {kTextA}, 1024), a);
  for (const std::string& other : {made(engine_.get(), {}), made(engine_.get(), {kTextB}), made(engine_.get(), {kTextA, kTextB}),
                                   made(engine_.get(), {kTextA}, 3)}) {
    EXPECT_NE(other, a);
  }
  EXPECT_NE(a.find("\"__metadata__\":{\"calibration\":\""), std::string::npos);
  EXPECT_EQ(made(engine_.get(), {}).find("__metadata__"), std::string::npos);
}

TEST_F(Calibrated, OpensAsInt4WithTheTokenizerAndResumesAsCold) {
  ASSERT_STATUS(SW_OK, run(engine_.get(), {kTextA, kTextB}, out_.path("q4")));
  EXPECT_EQ(listing(out_.path("q4")), (std::vector<std::string>{"config.json", "model.safetensors", "sidewinder.json", "tokenizer.model"}));
  const ModelHandle model = open_as(engine_.get(), out_.path("q4"), SW_WEIGHTS_STORED);
  const sw_model_info info = info_of(model.get());
  EXPECT_STREQ(info.weights, "Q4");
  EXPECT_NE(hash_of(model.get()), hash_of(open_as(engine_.get(), folder_.path(), SW_WEIGHTS_Q4).get()));
  std::mt19937_64 random(8);
  const Ids ids = random_ids(random, 90, info.vocab_size);
  const SequenceHandle sequence = make_sequence(model.get());
  ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids.data(), 50, nullptr, nullptr));
  ASSERT_STATUS(SW_OK, sw_sequence_rewind(sequence.get(), 20, nullptr));
  ASSERT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids.data() + 20, 70, nullptr, nullptr));
  EXPECT_EQ(bytes_of(sequence.get(), info), cold_bytes(model.get(), ids));
}

// Stopped anywhere, also while it calibrates; and a part of one calibration is not gone on with by another.
TEST_F(Calibrated, GoesOnWhereItWasStoppedWithTheSameTextsAlone) {
  const std::string whole = made(engine_.get(), {kTextA});
  struct Seen {
    int left;
    uint64_t last = 0, total = 0;
  };
  const auto watch = [](void* user, uint64_t done, uint64_t total) -> int32_t {
    auto* seen = static_cast<Seen*>(user);
    EXPECT_GE(done, seen->last);
    EXPECT_LE(done, total);
    EXPECT_TRUE(seen->total == 0 || seen->total == total) << "one scale for all of it";
    *seen = {seen->left - 1, done, total};
    return seen->left < 0 ? 1 : 0;
  };
  int n_refused = 0, n_stops = 0;
  for (;; ++n_stops) {
    Seen seen{n_stops};
    sw_run_options options = SW_RUN_OPTIONS_INIT;
    options.progress = watch;
    options.progress_user = &seen;
    const sw_status status = run(engine_.get(), {kTextA}, out_.path("parts"), &options);
    if (status == SW_OK) {
      EXPECT_EQ(seen.last, seen.total);
      break;
    }
    ASSERT_EQ(status, SW_E_CANCELLED) << sw_last_error();
    open_as(engine_.get(), out_.path("parts"), SW_WEIGHTS_STORED, SW_E_NOT_FOUND);
    if (std::filesystem::file_size(out_.path("parts/model.safetensors.part")) > 0) {
      ++n_refused;
      ASSERT_STATUS(SW_E_MISMATCH, run(engine_.get(), {}, out_.path("parts")));
      EXPECT_NE(std::string(sw_last_error()).find("calibration"), std::string::npos) << sw_last_error();
      ASSERT_STATUS(SW_E_MISMATCH, run(engine_.get(), {kTextB}, out_.path("parts")));
    }
    ASSERT_LT(n_stops, 1000);
  }
  EXPECT_GT(n_refused, 5);
  EXPECT_GT(n_stops, n_refused) << "and some while it calibrated";
  EXPECT_EQ(read_file(out_.path("parts/model.safetensors")), whole);
}

TEST_F(Calibrated, Refusals) {
  const std::string to = out_.path("x");
  EXPECT_STATUS(SW_E_ARGUMENT, run(engine_.get(), {""}, to));
  EXPECT_STATUS(SW_E_ARGUMENT, run(engine_.get(), {kTextA, nullptr}, to));
  EXPECT_STATUS(SW_E_ARGUMENT, run(engine_.get(), {kTextA}, to, nullptr, 16385));
  EXPECT_STATUS(SW_E_ARGUMENT, run(engine_.get(), {kTextA}, folder_.path()));
  EXPECT_STATUS(SW_E_ARGUMENT, run(engine_.get(), {kTextA, "\xff is not UTF-8"}, to));
  EXPECT_NE(std::string(sw_last_error()).find("calibration text 1"), std::string::npos) << sw_last_error();
  sw_quantize_options options = SW_QUANTIZE_OPTIONS_INIT;
  options.n_calibration = 1;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_checkpoint_quantize(engine_.get(), folder_.path().c_str(), SW_WEIGHTS_Q4, to.c_str(), &options));
  options.calibration = &kTextA;
  EXPECT_STATUS(SW_E_ARGUMENT, sw_checkpoint_quantize(engine_.get(), folder_.path().c_str(), SW_WEIGHTS_Q8, to.c_str(), &options));
  ASSERT_STATUS(SW_OK, run(engine_.get(), {}, out_.path("q4")));
  options.calibration = &kTextA;
  EXPECT_STATUS(SW_E_MISMATCH, sw_checkpoint_quantize(engine_.get(), out_.path("q4").c_str(), SW_WEIGHTS_Q4, to.c_str(), &options));
  std::filesystem::remove(folder_.path("tokenizer.model"));
  EXPECT_STATUS(SW_E_NOT_FOUND, run(engine_.get(), {kTextA}, to));
  EXPECT_TRUE(!std::filesystem::exists(out_.path("x/model.safetensors")));
}

// What the loader must not believe of a packed file.
TEST(PackedFile, WrongShapesAndTwoFormsOfOneMatrixAreRefused) {
  TempDir folder, out;
  write_hf(folder.path(), shapes()[2]);
  const EngineHandle engine = make_engine();
  ASSERT_STATUS(SW_OK, sw_checkpoint_quantize(engine.get(), folder.path().c_str(), SW_WEIGHTS_Q8, out.path("p").c_str(), nullptr));
  const std::string path = out.path("p/model.safetensors"), whole = read_file(path);
  const auto with = [&](const std::string& what, const std::string& instead) {
    std::string bytes = whole;
    const size_t at = bytes.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    EXPECT_EQ(what.size(), instead.size());
    write_file(path, bytes.replace(at, instead.size(), instead));
  };
  with("\"U8\"", "\"I8\"");
  open_as(engine.get(), out.path("p"), SW_WEIGHTS_STORED, SW_E_MISMATCH);
  with(",1088]", ",0544]");
  open_as(engine.get(), out.path("p"), SW_WEIGHTS_STORED, SW_E_FORMAT);
  with("in_proj.weight.q8_16x64", "in_proj.weight.q4_16x64");
  open_as(engine.get(), out.path("p"), SW_WEIGHTS_STORED, SW_E_MISMATCH);
  with("in_proj.weight.q8_16x64", "in_proj.weight.q8_16x32");  // a layout of a later version
  open_as(engine.get(), out.path("p"), SW_WEIGHTS_STORED, SW_E_FORMAT);
  with("1.mixer.in_proj.weight.q8_16x64", "0.mixer.in_proj.weight.q4_16x64");
  open_as(engine.get(), out.path("p"), SW_WEIGHTS_STORED, SW_E_FORMAT);
  write_file(path, whole);
  open_as(engine.get(), out.path("p"), SW_WEIGHTS_STORED);
  std::string bytes = whole;  // a scale that is infinite: the first of the first matrix
  uint64_t n_header = 0;
  std::memcpy(&n_header, bytes.data(), sizeof n_header);
  EXPECT_EQ((8 + n_header) % 64, 0U) << "matrices begin on a cache line";
  bytes.replace(8 + n_header, 2, std::string("\x00\x7c", 2));
  write_file(path, bytes);
  open_as(engine.get(), out.path("p"), SW_WEIGHTS_STORED, SW_E_FORMAT);
}

TEST(WeightsOption, OtherNumbersAreRefused) {
  TempDir folder;
  write_hf(folder.path(), shapes()[0]);
  const EngineHandle engine = make_engine();
  for (const sw_weights weights : {-1, 5}) open_as(engine.get(), folder.path(), weights, SW_E_ARGUMENT);
}

}  // namespace
}  // namespace sw::test
