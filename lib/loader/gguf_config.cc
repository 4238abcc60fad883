// The metadata of a GGUF file as a config.
#include <cmath>
#include <limits>

#include "loader/config_fields.h"
#include "loader/gguf_model.h"
#include "loader/printable.h"

namespace sw {
namespace {

constexpr const char* kConvertAgain = "missing: an incomplete conversion, or one from before llama.cpp could run Mamba-2; convert the model again";

constexpr std::string_view kHybrids[] = {"jamba",  "falcon-h1", "granitehybrid", "nemotron_h", "nemotron_h_moe",
                                         "plamo2", "bamba",     "zamba2",        "kimi-linear", "qwen3next"};

Status check_architecture(const Gguf& file) {
  constexpr std::string_view kKey = "general.architecture";
  std::string_view name;
  if (file.find(kKey) == nullptr) return file.fail(Code::format, kKey, "missing: not the file of a model");
  SW_TRY(file.text(kKey, &name));
  if (name == "mamba2") return {};
  const std::string quoted = "'" + printable(name, 64) + "'";
  if (name == "mamba") return file.fail(Code::unsupported, kKey, quoted + " is Mamba-1: not supported, only mamba2");
  for (const std::string_view hybrid : kHybrids) {
    if (name == hybrid) return file.fail(Code::unsupported, kKey, quoted + " is a hybrid with attention layers: not supported, only mamba2");
  }
  return file.fail(Code::unsupported, kKey, quoted + " is not Mamba-2 (mamba2)");
}

Status check_whole(const Gguf& file) {
  int n_parts = 1;
  SW_TRY(file.count("split.count", 0, std::numeric_limits<uint16_t>::max(), &n_parts));
  if (n_parts <= 1) return {};
  return file.fail(Code::unsupported, "split.count", format("one of %d parts: not supported; join them with llama-gguf-split --merge", n_parts));
}

// Keys that a plain Mamba-2 has as 0 or false, if at all.
Status refuse_hybrids(const Gguf& file) {
  const struct {
    const char* key;
    const char* family;
  } kKeys[] = {{"mamba2.attention.head_count", "a hybrid with attention layers"}, {"mamba2.feed_forward_length", "MLP blocks between the mixers"}};
  for (const auto& [key, family] : kKeys) {
    const GgufValue* value = file.find(key);
    if (value == nullptr) continue;
    std::vector<int32_t> layers(1, 0);  // one number for all layers, or one for each
    if (value->type == GgufType::array) {
      SW_TRY(file.integers(key, &layers));
    } else {
      SW_TRY(file.count(key, 0, std::numeric_limits<int32_t>::max(), layers.data()));
    }
    for (const int32_t n : layers) {
      if (n != 0) return file.fail(Code::unsupported, key, std::string(family) + ": not supported");
    }
  }
  bool dt_b_c_rms = false;
  SW_TRY(file.boolean("mamba2.ssm.dt_b_c_rms", &dt_b_c_rms));
  return dt_b_c_rms ? file.fail(Code::unsupported, "mamba2.ssm.dt_b_c_rms", "norms of dt, B and C: not supported") : Status();
}

Status read_numbers(const Gguf& file, ModelConfig* out) {
  Mamba2Config& block = out->block;
  const struct {
    const char* key;
    int high;
    int* value;
  } kCounts[] = {
      {"mamba2.block_count", 1024, &out->n_layers},       {"mamba2.embedding_length", kDimensionMax, &out->d_model},
      {"mamba2.ssm.conv_kernel", 8, &block.d_conv},       {"mamba2.ssm.inner_size", kDimensionMax, &block.d_inner},
      {"mamba2.ssm.state_size", 1024, &block.d_state},    {"mamba2.ssm.time_step_rank", kDimensionMax, &block.n_heads},
      {"mamba2.ssm.group_count", kDimensionMax, &block.n_groups},
  };
  for (const auto& [key, high, value] : kCounts) {
    if (file.find(key) == nullptr) return file.fail(Code::format, key, kConvertAgain);
    SW_TRY(file.count(key, 1, static_cast<uint64_t>(high), value));
  }
  block.head_dim = block.d_inner / block.n_heads;  // check_config() refuses a remainder
  block.dt_max = std::numeric_limits<float>::infinity();
  constexpr const char* kEps = "mamba2.attention.layer_norm_rms_epsilon";
  if (file.find(kEps) == nullptr) return file.fail(Code::format, kEps, kConvertAgain);
  double eps = 0;
  SW_TRY(file.number(kEps, 0, 1, &eps));
  out->norm_eps = static_cast<float>(eps);
  return {};
}

}  // namespace

Result<ModelConfig> config_of(const Gguf& file) {
  SW_TRY(check_whole(file));
  SW_TRY(check_architecture(file));
  SW_TRY(refuse_hybrids(file));
  ModelConfig config;
  config.layout = Layout::gguf;
  SW_TRY(read_numbers(file, &config));
  SW_TRY(check_config(config, file.path()));
  return config;
}

}  // namespace sw
