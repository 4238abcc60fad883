// What tests of the public API share: handles that free themselves, tiny models, and the bytes of a sequence.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "sidewinder/sidewinder.h"
#include "unit/loader/tiny_model.h"

namespace sw::test {

struct Free {
  void operator()(sw_engine* p) const { sw_engine_free(p); }
  void operator()(sw_model* p) const { sw_model_free(p); }
  void operator()(sw_sequence* p) const { sw_sequence_free(p); }
  void operator()(sw_snapshot* p) const { sw_snapshot_free(p); }
  void operator()(sw_cancel* p) const { sw_cancel_free(p); }
  void operator()(sw_buffer* p) const { sw_buffer_free(p); }
  void operator()(sw_request* p) const { sw_request_free(p); }
  void operator()(sw_tokenizer* p) const { sw_tokenizer_free(p); }
  void operator()(sw_outline* p) const { sw_outline_free(p); }
  void operator()(sw_detokenizer* p) const { sw_detokenizer_free(p); }
  void operator()(sw_workspace* p) const { sw_workspace_free(p); }
  void operator()(sw_context* p) const { sw_context_free(p); }
};
using EngineHandle = std::unique_ptr<sw_engine, Free>;
using ModelHandle = std::unique_ptr<sw_model, Free>;
using SequenceHandle = std::unique_ptr<sw_sequence, Free>;
using SnapshotHandle = std::unique_ptr<sw_snapshot, Free>;
using CancelHandle = std::unique_ptr<sw_cancel, Free>;
using BufferHandle = std::unique_ptr<sw_buffer, Free>;
using RequestHandle = std::unique_ptr<sw_request, Free>;

inline std::string name_of(sw_status status) { return std::string(sw_status_name(status)) + " (" + sw_last_error() + ")"; }

// A status is as expected, or the test says which it was and what the library said.
#define EXPECT_STATUS(expected, call)                                          \
  do {                                                                         \
    const sw_status status_ = (call);                                          \
    EXPECT_EQ(status_, (expected)) << #call ": " << ::sw::test::name_of(status_); \
  } while (0)
#define ASSERT_STATUS(expected, call)                                          \
  do {                                                                         \
    const sw_status status_ = (call);                                          \
    ASSERT_EQ(status_, (expected)) << #call ": " << ::sw::test::name_of(status_); \
  } while (0)

inline EngineHandle make_engine(int n_threads = 1, uint32_t cpu_mask = 0, uint64_t snapshot_bytes_max = 0) {
  sw_engine_options options = SW_ENGINE_OPTIONS_INIT;
  options.n_threads = n_threads;
  options.cpu_mask = cpu_mask;
  options.snapshot_bytes_max = snapshot_bytes_max;
  sw_engine* engine = nullptr;
  EXPECT_STATUS(SW_OK, sw_engine_create(&options, &engine));
  return EngineHandle(engine);
}

// Opens the weights alone.
inline ModelHandle open_weights(sw_engine* engine, const std::string& folder) {
  sw_model_options options = SW_MODEL_OPTIONS_INIT;
  options.without_tokenizer = 1;
  sw_model* model = nullptr;
  EXPECT_STATUS(SW_OK, sw_model_open(engine, folder.c_str(), &options, &model));
  return ModelHandle(model);
}

inline SequenceHandle make_sequence(sw_model* model) {
  sw_sequence* sequence = nullptr;
  EXPECT_STATUS(SW_OK, sw_sequence_create(model, &sequence));
  return SequenceHandle(sequence);
}

inline sw_model_info info_of(const sw_model* model) {
  sw_model_info info = SW_MODEL_INFO_INIT;
  EXPECT_STATUS(SW_OK, sw_model_get_info(model, &info));
  return info;
}

inline sw_engine_info info_of(const sw_engine* engine) {
  sw_engine_info info = SW_ENGINE_INFO_INIT;
  EXPECT_STATUS(SW_OK, sw_engine_get_info(engine, &info));
  return info;
}

inline sw_request_stats stats_of(const sw_request* request) {
  sw_request_stats stats = SW_REQUEST_STATS_INIT;
  EXPECT_STATUS(SW_OK, sw_request_get_stats(request, &stats));
  return stats;
}

// Shapes with one, two and eight groups, odd sizes, tied and untied, each type of weights.
inline std::vector<TinySpec> shapes() {
  TinySpec plain = plain_spec();
  plain.tied = true;
  plain.matrix_dtype = "F32";
  TinySpec odd = odd_spec();
  odd.n_layers = 3;
  odd.conv_bias = false;
  odd.vector_dtype = "BF16";
  TinySpec groups;
  groups.d_model = 64;
  groups.n_layers = 2;
  groups.vocab_size = 101;
  groups.d_state = 32;
  groups.n_groups = 8;
  groups.head_dim = 8;
  groups.d_inner = 128;
  groups.matrix_dtype = "F16";
  groups.vector_dtype = "F16";
  return {plain, odd, groups, smallest_spec()};
}

inline std::vector<int32_t> random_ids(std::mt19937_64& random, size_t n, int32_t vocab_size) {
  std::vector<int32_t> ids(n);
  for (int32_t& id : ids) id = static_cast<int32_t>(random() % static_cast<uint64_t>(vocab_size));
  return ids;
}

// All that the future of a sequence depends on, and what it says of its past.
struct Bytes {
  std::vector<int32_t> tokens;
  std::vector<float> ssm;
  std::vector<float> conv;
  std::vector<float> logits;

  bool operator==(const Bytes& other) const {
    const auto same = [](const std::vector<float>& a, const std::vector<float>& b) {
      return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
    };
    return tokens == other.tokens && same(ssm, other.ssm) && same(conv, other.conv) && same(logits, other.logits);
  }
};

inline void PrintTo(const Bytes& bytes, std::ostream* out) { *out << "a state after " << bytes.tokens.size() << " tokens"; }

inline Bytes bytes_of(sw_sequence* sequence, const sw_model_info& info) {
  Bytes out;
  const size_t n = sw_sequence_length(sequence);
  if (n > 0) out.tokens.assign(sw_sequence_tokens(sequence), sw_sequence_tokens(sequence) + n);
  const auto layers = static_cast<size_t>(info.n_layers);
  out.ssm.resize(layers * static_cast<size_t>(info.n_heads) * static_cast<size_t>(info.head_dim) * static_cast<size_t>(info.d_state));
  out.conv.resize(layers * static_cast<size_t>(info.d_conv - 1) *
                  static_cast<size_t>(info.d_inner + 2 * info.n_groups * info.d_state));
  EXPECT_STATUS(SW_OK, sw_sequence_state(sequence, out.ssm.data(), out.ssm.size(), out.conv.data(), out.conv.size()));
  if (n > 0) {
    out.logits.resize(static_cast<size_t>(info.vocab_size));
    EXPECT_STATUS(SW_OK, sw_sequence_logits(sequence, out.logits.data(), out.logits.size()));
  }
  return out;
}

// The state of a sequence that did nothing but run these tokens, in one call.
inline Bytes cold_bytes(sw_model* model, const std::vector<int32_t>& ids) {
  const SequenceHandle sequence = make_sequence(model);
  EXPECT_STATUS(SW_OK, sw_sequence_append(sequence.get(), ids.data(), ids.size(), nullptr, nullptr));
  return bytes_of(sequence.get(), info_of(model));
}

// Files in a folder, by name.
inline std::vector<std::string> listing(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

// The masks of the rows that this processor has, each with those below it, and 0 for the best.
inline std::vector<uint32_t> cpu_masks() {
  const EngineHandle engine = make_engine();
  const uint32_t features = info_of(engine.get()).cpu_features;
  std::vector<uint32_t> masks{SW_CPU_REF};
  for (const uint32_t row : {uint32_t{SW_CPU_AVX2}, uint32_t{SW_CPU_AVX_VNNI}, uint32_t{SW_CPU_AVX512}, uint32_t{SW_CPU_AVX512_VNNI},
                             uint32_t{SW_CPU_AMX_INT8}, uint32_t{SW_CPU_AMX_BF16}}) {
    if ((features & row) != 0) {
      masks.push_back(masks.back() | row);
    } else {
      std::cerr << "*** NOT TESTED: this processor lacks row bit " << row << "\n";
    }
  }
  masks.push_back(0);
  return masks;
}

// The folder of the embedded model; "" with a loud message when its weights are not there.
inline std::string nano_folder() {
  const std::string folder = std::string(SW_SOURCE_DIR) + "/models/nano";
  if (std::filesystem::is_regular_file(folder + "/model.safetensors")) return folder;
  std::cerr << "*** SKIPPED, NOT TESTED: " << folder << "/model.safetensors is not there\n";
  return "";
}

// A tiny model with the embedded model's tokenizer and settings: it reads and fills in, quickly and senselessly.
inline void write_tiny_completer(const std::string& folder, int32_t n_pieces, uint64_t seed = 7) {
  TinySpec spec;
  spec.d_model = 16;
  spec.n_layers = 2;
  spec.vocab_size = n_pieces;
  spec.d_state = 8;
  spec.n_groups = 2;
  spec.head_dim = 8;
  spec.d_inner = 32;
  spec.seed = seed;
  write_hf(folder, spec);
  const std::string nano = std::string(SW_SOURCE_DIR) + "/models/nano";
  for (const char* name : {"tokenizer.model", "sidewinder.json"}) {
    std::filesystem::copy_file(nano + "/" + name, folder + "/" + name, std::filesystem::copy_options::overwrite_existing);
  }
}

inline int32_t nano_vocabulary() {
  sw_tokenizer* tokenizer = nullptr;
  EXPECT_STATUS(SW_OK, sw_tokenizer_open((std::string(SW_SOURCE_DIR) + "/models/nano/tokenizer.model").c_str(), &tokenizer));
  const int32_t n = sw_tokenizer_vocab_size(tokenizer);
  sw_tokenizer_free(tokenizer);
  return n;
}

}  // namespace sw::test
