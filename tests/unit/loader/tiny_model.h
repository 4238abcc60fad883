// A small Mamba-2 model with random weights, written in each of the layouts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "writer.h"

namespace sw::test {

// The defaults of the mixer are those that Mistral's params.json implies.
struct TinySpec {
  int d_model = 64;
  int n_layers = 2;
  int vocab_size = 40;
  int d_state = 128;
  int n_groups = 2;
  int head_dim = 64;
  int d_conv = 4;
  int d_inner = 128;
  bool tied = false;
  bool conv_bias = true;
  std::string matrix_dtype = "BF16";
  std::string vector_dtype = "F32";
  uint64_t seed = 1;

  int n_heads() const { return d_inner / head_dim; }
  int d_conv_in() const { return d_inner + 2 * n_groups * d_state; }
};

// Fits into a few kilobytes; not in Mistral's layout.
inline TinySpec smallest_spec() {
  TinySpec spec;
  spec.d_model = 4;
  spec.vocab_size = 6;
  spec.d_state = 2;
  spec.n_groups = 2;
  spec.head_dim = 2;
  spec.d_conv = 3;
  spec.d_inner = 8;
  return spec;
}

// One group, and sizes that fill vectors.
inline TinySpec plain_spec() {
  TinySpec spec;
  spec.d_model = 24;
  spec.vocab_size = 50;
  spec.d_state = 16;
  spec.n_groups = 1;
  spec.head_dim = 8;
  spec.d_inner = 48;
  return spec;
}

// Two groups, and sizes that are multiples of nothing.
inline TinySpec odd_spec() {
  TinySpec spec;
  spec.d_model = 20;
  spec.vocab_size = 37;
  spec.d_state = 7;
  spec.n_groups = 2;
  spec.head_dim = 5;
  spec.d_conv = 3;
  spec.d_inner = 30;
  return spec;
}

inline int64_t element_bytes(const std::string& dtype) {
  return dtype == "F32" ? 4 : 2;
}

// Random numbers, all finite: magnitudes from about 2^-8 to 2.
inline FakeTensor random_tensor(std::mt19937_64& random, std::string name, std::string dtype,
                                std::vector<int64_t> shape) {
  int64_t n = 1;
  for (const int64_t size : shape) n *= size;
  FakeTensor out{std::move(name), std::move(dtype), std::move(shape), {}};
  for (int64_t i = 0; i < n; ++i) {
    const uint64_t sign = random() & 1;
    const uint64_t exponent = random() % 8;
    uint64_t bits;
    if (out.dtype == "F32") {
      bits = sign << 31 | (119 + exponent) << 23 | (random() & 0x7fffff);
    } else if (out.dtype == "F16") {
      bits = sign << 15 | (7 + exponent) << 10 | (random() & 0x3ff);
    } else {
      bits = sign << 15 | (119 + exponent) << 7 | (random() & 0x7f);
    }
    for (int64_t b = 0; b < element_bytes(out.dtype); ++b) out.bytes += static_cast<char>(bits >> (8 * b) & 0xff);
  }
  return out;
}

// The weights under HF's names.
inline std::vector<FakeTensor> tiny_weights(const TinySpec& s) {
  std::mt19937_64 random(s.seed);
  std::vector<FakeTensor> out;
  const auto matrix = [&](const std::string& name, std::vector<int64_t> shape) {
    out.push_back(random_tensor(random, name, s.matrix_dtype, std::move(shape)));
  };
  const auto vector = [&](const std::string& name, std::vector<int64_t> shape) {
    out.push_back(random_tensor(random, name, s.vector_dtype, std::move(shape)));
  };
  matrix("backbone.embeddings.weight", {s.vocab_size, s.d_model});
  for (int i = 0; i < s.n_layers; ++i) {
    const std::string layer = "backbone.layers." + std::to_string(i) + ".";
    vector(layer + "norm.weight", {s.d_model});
    matrix(layer + "mixer.in_proj.weight", {s.d_inner + s.d_conv_in() + s.n_heads(), s.d_model});
    vector(layer + "mixer.conv1d.weight", {s.d_conv_in(), 1, s.d_conv});
    if (s.conv_bias) vector(layer + "mixer.conv1d.bias", {s.d_conv_in()});
    vector(layer + "mixer.dt_bias", {s.n_heads()});
    vector(layer + "mixer.A_log", {s.n_heads()});
    vector(layer + "mixer.D", {s.n_heads()});
    vector(layer + "mixer.norm.weight", {s.d_inner});
    matrix(layer + "mixer.out_proj.weight", {s.d_model, s.d_inner});
  }
  vector("backbone.norm_f.weight", {s.d_model});
  if (!s.tied) matrix("lm_head.weight", {s.vocab_size, s.d_model});
  return out;
}

inline FakeTensor& tensor_named(std::vector<FakeTensor>& tensors, const std::string& name) {
  const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& t) { return t.name == name; });
  if (found == tensors.end()) throw std::runtime_error("no tensor " + name);
  return *found;
}

inline void remove_tensor(std::vector<FakeTensor>& tensors, const std::string& name) {
  std::erase_if(tensors, [&](const auto& t) { return t.name == name; });
}

inline std::string safetensors_file(const std::vector<FakeTensor>& tensors) {
  SafetensorsWriter writer;
  for (const FakeTensor& tensor : tensors) writer.add(tensor);
  return writer.file();
}

inline const char* json_bool(bool value) {
  return value ? "true" : "false";
}

// A config as an ordered list of keys and JSON texts, so that a test can change or add one.
class ConfigText {
 public:
  ConfigText& set(const std::string& key, const std::string& json) {
    for (auto& [name, value] : members_) {
      if (name == key) {
        value = json;
        return *this;
      }
    }
    members_.emplace_back(key, json);
    return *this;
  }
  ConfigText& set(const std::string& key, int64_t value) { return set(key, std::to_string(value)); }
  ConfigText& erase(const std::string& key) {
    std::erase_if(members_, [&](const auto& member) { return member.first == key; });
    return *this;
  }
  std::string text() const {
    std::string out = "{";
    for (const auto& [key, value] : members_) out += (out.size() > 1 ? ", \"" : "\"") + key + "\": " + value;
    return out + "}";
  }

 private:
  std::vector<std::pair<std::string, std::string>> members_;
};

inline ConfigText hf_config(const TinySpec& s) {
  ConfigText out;
  out.set("architectures", "[\"Mamba2ForCausalLM\"]").set("model_type", "\"mamba2\"");
  out.set("hidden_size", s.d_model).set("num_hidden_layers", s.n_layers).set("vocab_size", s.vocab_size);
  out.set("num_heads", s.n_heads()).set("head_dim", s.head_dim).set("state_size", s.d_state);
  out.set("n_groups", s.n_groups).set("conv_kernel", s.d_conv);
  out.set("expand", std::to_string(static_cast<double>(s.d_inner) / s.d_model));
  out.set("intermediate_size", s.d_inner);
  out.set("layer_norm_epsilon", "1e-05").set("hidden_act", "\"silu\"").set("use_bias", "false");
  out.set("use_conv_bias", json_bool(s.conv_bias)).set("tie_word_embeddings", json_bool(s.tied));
  out.set("rms_norm", "true").set("time_step_limit", "[0.0, Infinity]").set("norm_before_gate", "true");
  out.set("time_step_min", "0.001").set("time_step_max", "0.1");
  out.set("bos_token_id", 0).set("eos_token_id", 0);
  return out;
}

inline ConfigText ssm_cfg(const TinySpec& s) {
  ConfigText out;
  out.set("layer", "\"Mamba2\"").set("d_state", s.d_state).set("headdim", s.head_dim).set("ngroups", s.n_groups);
  out.set("d_conv", s.d_conv).set("expand", std::to_string(static_cast<double>(s.d_inner) / s.d_model));
  out.set("conv_bias", json_bool(s.conv_bias));
  return out;
}

inline ConfigText mamba_ssm_config(const TinySpec& s, const ConfigText& ssm) {
  ConfigText out;
  out.set("d_model", s.d_model).set("d_intermediate", 0).set("n_layer", s.n_layers).set("vocab_size", s.vocab_size);
  out.set("ssm_cfg", ssm.text()).set("attn_layer_idx", "[]").set("attn_cfg", "{}").set("rms_norm", "true");
  out.set("pad_vocab_size_multiple", 8).set("tie_embeddings", json_bool(s.tied));
  return out;
}

inline ConfigText mistral_params(const TinySpec& s) {
  ConfigText out;
  out.set("dim", s.d_model).set("n_layers", s.n_layers).set("vocab_size", s.vocab_size).set("n_groups", s.n_groups);
  out.set("rms_norm", "true").set("residual_in_fp32", "true").set("fused_add_norm", "true");
  out.set("pad_vocab_size_multiple", 1).set("tie_embeddings", json_bool(s.tied)).set("model_type", "\"mamba\"");
  return out;
}

// mamba_ssm says "embedding".
inline std::vector<FakeTensor> singular(std::vector<FakeTensor> tensors) {
  for (FakeTensor& t : tensors) {
    if (t.name == "backbone.embeddings.weight") t.name = "backbone.embedding.weight";
  }
  return tensors;
}

inline std::vector<FakeTensor> with_model_prefix(std::vector<FakeTensor> tensors) {
  for (FakeTensor& t : tensors) t.name = "model." + t.name;
  return tensors;
}

inline void write_hf(const std::string& folder, const std::string& config, const std::vector<FakeTensor>& tensors) {
  write_file(folder + "/config.json", config);
  write_file(folder + "/model.safetensors", safetensors_file(tensors));
}

inline void write_hf(const std::string& folder, const TinySpec& spec) {
  write_hf(folder, hf_config(spec).text(), tiny_weights(spec));
}

inline void write_mamba_ssm(const std::string& folder, const TinySpec& spec) {
  write_hf(folder, mamba_ssm_config(spec, ssm_cfg(spec)).text(), singular(tiny_weights(spec)));
}

inline void write_mistral(const std::string& folder, const TinySpec& spec) {
  write_file(folder + "/params.json", mistral_params(spec).text());
  write_file(folder + "/consolidated.safetensors", safetensors_file(with_model_prefix(singular(tiny_weights(spec)))));
}

inline std::string shard_name(size_t shard, size_t n_shards) {
  char name[64];
  std::snprintf(name, sizeof(name), "model-%05zu-of-%05zu.safetensors", shard + 1, n_shards);
  return name;
}

inline std::string index_json(const std::map<std::string, std::string>& weight_map) {
  ConfigText map;
  for (const auto& [tensor, shard] : weight_map) map.set(tensor, "\"" + shard + "\"");
  return "{\"metadata\": {\"total_size\": 1}, \"weight_map\": " + map.text() + "}";
}

// Deals the tensors out to shards and returns the map that was written into the index.
inline std::map<std::string, std::string> write_shards(const std::string& folder, const TinySpec& spec,
                                                       size_t n_shards) {
  write_file(folder + "/config.json", hf_config(spec).text());
  std::vector<std::vector<FakeTensor>> shards(n_shards);
  std::map<std::string, std::string> weight_map;
  size_t n = 0;
  for (const FakeTensor& tensor : tiny_weights(spec)) {
    weight_map[tensor.name] = shard_name(n % n_shards, n_shards);
    shards[n++ % n_shards].push_back(tensor);
  }
  for (size_t i = 0; i < n_shards; ++i) {
    write_file(folder + "/" + shard_name(i, n_shards), safetensors_file(shards[i]));
  }
  write_file(folder + "/model.safetensors.index.json", index_json(weight_map));
  return weight_map;
}

}  // namespace sw::test
