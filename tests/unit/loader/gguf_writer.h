// Makes GGUF files for tests, honest ones and every kind of liar.
#pragma once

#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gguf_blocks.h"
#include "tiny_model.h"

namespace sw::test {

template <class T>
std::string raw(T value) {
  std::string out(sizeof(value), '\0');
  std::memcpy(out.data(), &value, sizeof(value));
  return out;
}

inline std::string raw_text(const std::string& text) { return raw(uint64_t{text.size()}) + text; }

// The format's numbers of types of values.
enum : uint32_t { kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kText, kArray, kU64, kI64, kF64 };

// ggml's number of a type of weights.
inline uint32_t ggml_number(DType type) {
  static const std::map<DType, uint32_t> kNumbers = {
      {DType::f32, 0},  {DType::f16, 1},  {DType::bf16, 30}, {DType::q4_0, 2},  {DType::q4_1, 3}, {DType::q5_0, 6},
      {DType::q5_1, 7}, {DType::q8_0, 8}, {DType::q4_k, 12}, {DType::q5_k, 13}, {DType::q6_k, 14}};
  return kNumbers.at(type);
}

struct GgufFake {
  std::string name;
  uint32_t type;
  std::vector<uint64_t> dims;  // the fastest first
  std::string bytes;
};

class GgufWriter {
 public:
  std::vector<GgufFake> tensors;

  // Lies; what is not set is told as it is.
  std::string magic = "GGUF";
  uint32_t version = 3;
  uint64_t alignment = 32;
  std::optional<uint64_t> n_tensors, n_values;
  std::map<std::string, uint64_t> offsets;  // of tensors

  GgufWriter& set(const std::string& key, uint32_t type, std::string bytes) {
    erase(key);
    values_.push_back({key, {type, std::move(bytes)}});
    return *this;
  }
  GgufWriter& repeat(const std::string& key) {
    for (size_t i = 0; i < values_.size(); ++i) {
      if (values_[i].first != key) continue;
      values_.push_back(values_[i]);
      break;
    }
    return *this;
  }
  GgufWriter& erase(const std::string& key) {
    std::erase_if(values_, [&](const auto& value) { return value.first == key; });
    return *this;
  }
  GgufWriter& set(const std::string& key, const std::string& text) { return set(key, kText, raw_text(text)); }
  GgufWriter& set(const std::string& key, const char* text) { return set(key, std::string(text)); }
  GgufWriter& set(const std::string& key, int n) { return set(key, kU32, raw(static_cast<uint32_t>(n))); }
  GgufWriter& set(const std::string& key, float number) { return set(key, kF32, raw(number)); }
  GgufWriter& set(const std::string& key, bool flag) { return set(key, kBool, raw(static_cast<uint8_t>(flag))); }
  GgufWriter& set_array(const std::string& key, uint32_t element, uint64_t n, const std::string& elements) {
    return set(key, kArray, raw(element) + raw(n) + elements);
  }
  GgufWriter& set(const std::string& key, const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += raw_text(text);
    return set_array(key, kText, texts.size(), all);
  }
  template <class T>
  GgufWriter& set_numbers(const std::string& key, uint32_t element, const std::vector<T>& numbers) {
    std::string all;
    for (const T number : numbers) all += raw(number);
    return set_array(key, element, numbers.size(), all);
  }

  GgufFake& tensor(const std::string& name) {
    for (GgufFake& each : tensors) {
      if (each.name == name) return each;
    }
    throw std::runtime_error("no tensor " + name);
  }
  void remove(const std::string& name) {
    std::erase_if(tensors, [&](const GgufFake& each) { return each.name == name; });
  }

  std::string file() const {
    std::string out = magic + raw(version) + raw(n_tensors.value_or(tensors.size())) + raw(n_values.value_or(values_.size()));
    for (const auto& [key, value] : values_) out += raw_text(key) + raw(value.first) + value.second;
    std::string data;
    for (const GgufFake& each : tensors) {
      data.resize(padded(data.size()));
      const auto lie = offsets.find(each.name);
      out += raw_text(each.name) + raw(static_cast<uint32_t>(each.dims.size()));
      for (const uint64_t n : each.dims) out += raw(n);
      out += raw(each.type) + raw(lie == offsets.end() ? uint64_t{data.size()} : lie->second);
      data += each.bytes;
    }
    out.resize(padded(out.size()));
    return out + data;
  }

 private:
  uint64_t padded(uint64_t n) const { return (n + alignment - 1) / alignment * alignment; }

  std::vector<std::pair<std::string, std::pair<uint32_t, std::string>>> values_;
};

// The numbers of a fake tensor.
inline std::vector<float> floats_of(const FakeTensor& tensor) {
  std::vector<float> out;
  const size_t size = tensor.dtype == "F32" ? 4 : 2;
  for (size_t at = 0; at < tensor.bytes.size(); at += size) {
    uint32_t bits = 0;
    std::memcpy(&bits, tensor.bytes.data() + at, size);
    if (tensor.dtype == "F16") {  // no subnormals in tiny_weights()
      out.push_back(static_cast<float>(std::ldexp(1024 + static_cast<int>(bits & 1023), static_cast<int>(bits >> 10 & 31) - 25)) *
                    (bits >> 15 != 0 ? -1.0f : 1.0f));
      continue;
    }
    float number;
    bits = tensor.dtype == "BF16" ? bits << 16 : bits;
    std::memcpy(&number, &bits, sizeof(number));
    out.push_back(number);
  }
  return out;
}

inline std::string f32_bytes(const std::vector<float>& numbers) {
  std::string out;
  for (const float number : numbers) out += raw(number);
  return out;
}

// GGUF's name of HF's.
inline std::string gguf_name(std::string name) {
  static const std::pair<const char*, const char*> kEnds[] = {
      {"backbone.embeddings.weight", "token_embd.weight"}, {"backbone.norm_f.weight", "output_norm.weight"}, {"lm_head.weight", "output.weight"}};
  for (const auto& [hf, gguf] : kEnds) {
    if (name == hf) return gguf;
  }
  static const std::pair<const char*, const char*> kParts[] = {
      {".mixer.norm.weight", ".ssm_norm.weight"},       {".norm.weight", ".attn_norm.weight"},  {".mixer.in_proj.weight", ".ssm_in.weight"},
      {".mixer.conv1d.weight", ".ssm_conv1d.weight"},   {".mixer.conv1d.bias", ".ssm_conv1d.bias"}, {".mixer.dt_bias", ".ssm_dt.bias"},
      {".mixer.A_log", ".ssm_a"},                       {".mixer.D", ".ssm_d"},                 {".mixer.out_proj.weight", ".ssm_out.weight"}};
  for (const auto& [hf, gguf] : kParts) {
    if (!name.ends_with(hf)) continue;
    name.resize(name.size() - std::string(hf).size());
    return "blk." + name.substr(name.rfind('.') + 1) + gguf;
  }
  throw std::runtime_error("no GGUF name for " + name);
}

inline GgufWriter gguf_metadata(const TinySpec& s) {
  GgufWriter out;
  out.set("general.architecture", "mamba2").set("general.name", "tiny");
  out.set("mamba2.block_count", s.n_layers).set("mamba2.embedding_length", s.d_model).set("mamba2.context_length", 1 << 20);
  out.set("mamba2.feed_forward_length", 0).set("mamba2.attention.head_count", 0);
  out.set("mamba2.attention.layer_norm_rms_epsilon", 1e-5f);
  out.set("mamba2.ssm.conv_kernel", s.d_conv).set("mamba2.ssm.inner_size", s.d_inner).set("mamba2.ssm.state_size", s.d_state);
  out.set("mamba2.ssm.time_step_rank", s.n_heads()).set("mamba2.ssm.group_count", s.n_groups);
  return out;
}

// One tensor under HF's name as converters write it: small ones as float32, ssm_a as -exp(A_log).
inline GgufFake gguf_tensor(const TinySpec& s, const FakeTensor& from) {
  GgufFake out{gguf_name(from.name), 0, {}, from.bytes};
  for (size_t i = from.shape.size(); i-- > 0;) {
    if (from.shape.size() < 3 || from.shape[i] != 1) out.dims.push_back(static_cast<uint64_t>(from.shape[i]));
  }
  const bool matrix = from.shape.size() == 2;
  if (matrix) {
    out.type = from.dtype == "F32" ? 0 : from.dtype == "F16" ? 1 : 30;
    return out;
  }
  std::vector<float> numbers = floats_of(from);
  if (out.name.ends_with("ssm_a")) {
    for (float& a : numbers) a = -std::exp(a);
  }
  if (out.name.ends_with("ssm_a") || out.name.ends_with("ssm_d")) out.dims.insert(out.dims.begin(), 1);
  if (out.name.ends_with("ssm_norm.weight")) {
    out.dims = {static_cast<uint64_t>(s.d_inner / s.n_groups), static_cast<uint64_t>(s.n_groups)};
  }
  out.bytes = f32_bytes(numbers);
  return out;
}

inline GgufWriter gguf_model(const TinySpec& s, const std::vector<FakeTensor>& tensors) {
  GgufWriter out = gguf_metadata(s);
  for (const FakeTensor& tensor : tensors) out.tensors.push_back(gguf_tensor(s, tensor));
  return out;
}

inline GgufWriter gguf_model(const TinySpec& s) { return gguf_model(s, tiny_weights(s)); }

// Rows of whole blocks of 256.
inline TinySpec block_spec() {
  TinySpec spec;
  spec.d_model = 256;
  spec.d_inner = 256;
  spec.head_dim = 32;
  spec.d_state = 16;
  spec.n_groups = 2;
  spec.vocab_size = 40;
  spec.matrix_dtype = "F32";
  return spec;
}

// The same model in a GGUF file with blocks and in safetensors with the weights that they stand for, as F32.
struct BlockModel {
  GgufWriter gguf;
  std::vector<FakeTensor> plain;
  std::map<std::string, FakeMatrix> matrices;  // by HF's name
};

template <class TypeOf>  // TypeOf(index of a matrix) -> DType
BlockModel block_model(const TinySpec& s, TypeOf type_of) {
  BlockRandom random(s.seed + 100);
  BlockModel out{gguf_metadata(s), tiny_weights(s), {}};
  size_t n = 0;
  for (FakeTensor& tensor : out.plain) {
    GgufFake stored = gguf_tensor(s, tensor);
    if (tensor.shape.size() == 2) {
      const DType type = type_of(n++);
      FakeMatrix matrix = random_matrix(random, type, tensor.shape[0], tensor.shape[1]);
      stored.type = ggml_number(type);
      stored.bytes = matrix.bytes;
      tensor.bytes = f32_bytes(matrix.weights);
      out.matrices.emplace(tensor.name, std::move(matrix));
    }
    out.gguf.tensors.push_back(std::move(stored));
  }
  return out;
}

}  // namespace sw::test
