// The three config dialects: what they mean, what they may not say, and that errors name file, key and byte.
#include "loader/config.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "support.h"
#include "tiny_model.h"

namespace sw::test {
namespace {

enum class Dialect { hf, mamba_ssm, mistral };

Result<ModelConfig> parse(Dialect dialect, const std::string& text) {
  return dialect == Dialect::mistral ? parse_params(text, "params.json") : parse_config(text, "config.json");
}

Status hf_status(const std::string& key, const std::string& json) {
  return parse(Dialect::hf, hf_config(TinySpec()).set(key, json).text()).status();
}
Status ssm_status(const std::string& key, const std::string& json) {
  return parse(Dialect::mamba_ssm, mamba_ssm_config(TinySpec(), ssm_cfg(TinySpec()).set(key, json)).text()).status();
}
Status mamba_status(const std::string& key, const std::string& json) {
  return parse(Dialect::mamba_ssm, mamba_ssm_config(TinySpec(), ssm_cfg(TinySpec())).set(key, json).text()).status();
}
Status mistral_status(const std::string& key, const std::string& json) {
  return parse(Dialect::mistral, mistral_params(TinySpec()).set(key, json).text()).status();
}

using StatusOf = std::function<Status(const std::string&, const std::string&)>;

TEST(Config, CodestralAsPublishedInBothLayouts) {
  const auto hf = parse(Dialect::hf, R"({"architectures": ["Mamba2ForCausalLM"], "bos_token_id": 0, "chunk_size": 256,
    "conv_kernel": 4, "eos_token_id": 0, "expand": 2, "head_dim": 64, "hidden_act": "silu", "hidden_size": 4096,
    "initializer_range": 0.1, "intermediate_size": 8192, "layer_norm_epsilon": 1e-05, "model_type": "mamba2",
    "n_groups": 8, "norm_before_gate": true, "num_heads": 128, "num_hidden_layers": 64, "pad_token_id": 0,
    "rescale_prenorm_residual": false, "residual_in_fp32": true, "rms_norm": true, "state_size": 128,
    "tie_word_embeddings": false, "time_step_floor": 0.0001, "time_step_init_scheme": "random",
    "time_step_limit": [0.0, Infinity], "time_step_max": 0.1, "time_step_min": 0.001, "time_step_rank": 256,
    "time_step_scale": 1.0, "torch_dtype": "bfloat16", "transformers_version": "4.44.0.dev0", "use_bias": false,
    "use_cache": true, "use_conv_bias": true, "vocab_size": 32768})");
  const auto mistral = parse(Dialect::mistral, R"({"dim": 4096, "n_layers": 64, "vocab_size": 32768, "n_groups": 8,
    "rms_norm": true, "residual_in_fp32": true, "fused_add_norm": true, "pad_vocab_size_multiple": 1,
    "tie_embeddings": false, "model_type": "mamba"})");
  ASSERT_TRUE(hf.ok()) << hf.status().message();
  ASSERT_TRUE(mistral.ok()) << mistral.status().message();
  EXPECT_EQ(hf.value().block, mistral.value().block);
  for (const ModelConfig& c : {hf.value(), mistral.value()}) {
    EXPECT_EQ(c.block.d_in_proj(), 18560);
    EXPECT_EQ(c.block.d_conv_in(), 10240);
    EXPECT_EQ(c.block.n_heads, 128);
    EXPECT_EQ(c.n_layers, 64);
    EXPECT_EQ(c.d_model, 4096);
    EXPECT_EQ(c.vocab_size, 32768);
    EXPECT_EQ(c.norm_eps, 1e-5f);
    EXPECT_FALSE(c.tied);
    EXPECT_EQ(c.block.dt_min, 0.0f);
    EXPECT_TRUE(std::isinf(c.block.dt_max));
  }
}

TEST(Config, PublishedMambaSsm130m) {
  const auto result = parse(Dialect::mamba_ssm, R"({"d_model": 768, "d_intermediate": 0, "n_layer": 24,
    "vocab_size": 50277, "ssm_cfg": {"layer": "Mamba2"}, "attn_layer_idx": [], "attn_cfg": {}, "rms_norm": true,
    "residual_in_fp32": true, "fused_add_norm": true, "pad_vocab_size_multiple": 16, "tie_embeddings": true})");
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(result.value().vocab_size_padded(), 50288);
  EXPECT_EQ(result.value().block.n_heads, 24);
  EXPECT_EQ(result.value().block.n_groups, 1);
  EXPECT_EQ(result.value().block.d_state, 128);
  EXPECT_TRUE(result.value().tied);
  EXPECT_TRUE(result.value().conv_bias);
}

TEST(Config, OnlyTheLimitClampsDt) {
  const auto with = [](const std::string& limit) {
    return parse(Dialect::hf, hf_config(TinySpec()).set("time_step_limit", limit).text());
  };
  for (const char* open_end :
       {"[0.0, Infinity]", R"([0.0, {"__float__": "Infinity"}])", "[0, Infinity]", "null", "[0, 1e300]"}) {
    ASSERT_TRUE(with(open_end).ok()) << with(open_end).status().message();
    EXPECT_EQ(with(open_end).value().block.dt_min, 0.0f);
    EXPECT_TRUE(std::isinf(with(open_end).value().block.dt_max)) << open_end;
  }
  const auto bounded = with("[0.5, 2]");
  ASSERT_TRUE(bounded.ok());
  EXPECT_EQ(bounded.value().block.dt_min, 0.5f);
  EXPECT_EQ(bounded.value().block.dt_max, 2.0f);
  for (const char* bad : {"[0.0]", "[0, 1, 2]", "[2, 1]", "[-1, 1]", "[NaN, 1]", "[0, NaN]", "[Infinity, Infinity]",
                          "[0, -Infinity]", "1", "[\"0\", 1]", "{}", "[1e300, Infinity]", "[true, 1]"}) {
    expect_error(with(bad).status(), Code::format, {"config.json: 'time_step_limit' at byte"});
    expect_error(ssm_status("dt_limit", bad), Code::format, {"config.json: 'ssm_cfg.dt_limit' at byte"});
  }
}

TEST(Config, FractionalExpandRoundsDown) {
  TinySpec spec;
  spec.d_model = 86;
  spec.d_inner = 128;  // int(1.5 * 86) = 129, int(1.49 * 86) = 128
  ConfigText config = hf_config(spec).set("expand", "1.49");
  ASSERT_TRUE(parse(Dialect::hf, config.text()).ok()) << parse(Dialect::hf, config.text()).status().message();
  EXPECT_EQ(parse(Dialect::hf, config.erase("intermediate_size").text()).value().block.d_inner, 128);
  expect_error(parse(Dialect::hf, config.set("expand", "1.5").text()).status(), Code::format, {"config.json", "129"});
}

TEST(Config, NumbersThatMustAgree) {
  expect_error(hf_status("intermediate_size", "256"), Code::format, {"'intermediate_size' at byte", "128"});
  expect_error(hf_status("num_heads", "3"), Code::format, {"3 heads of 64", "128"});
  expect_error(hf_status("head_dim", "32"), Code::format, {"2 heads of 32", "128"});
  expect_error(hf_status("n_groups", "3"), Code::format, {"3 groups"});
  expect_error(hf_status("n_groups", "4"), Code::format, {"4 groups"});
  expect_error(ssm_status("ngroups", "3"), Code::format, {"3 groups"});
  expect_error(ssm_status("headdim", "48"), Code::format, {"48", "128"});
  expect_error(ssm_status("headdim", "256"), Code::format, {"ssm_cfg.headdim"});
  expect_error(mistral_status("n_groups", "3"), Code::format, {"3 groups"});
  expect_error(mistral_status("dim", "48"), Code::format, {"params.json", "96"});
}

TEST(Config, CountsAreIntegersInRange) {
  const std::pair<StatusOf, std::vector<std::string>> keys[] = {
      {hf_status,
       {"hidden_size", "num_hidden_layers", "vocab_size", "num_heads", "head_dim", "state_size", "n_groups",
        "conv_kernel", "intermediate_size"}},
      {mamba_status, {"d_model", "n_layer", "vocab_size", "pad_vocab_size_multiple"}},
      {ssm_status, {"d_state", "d_conv", "headdim", "ngroups", "d_ssm"}},
      {mistral_status, {"dim", "n_layers", "vocab_size", "n_groups", "pad_vocab_size_multiple"}},
  };
  for (const auto& [status_of, names] : keys) {
    for (const std::string& name : names) {
      for (const char* bad : {"0", "-1", "2.0", "2.5", "1048577", "4294967298", "1e3", "Infinity", "NaN", "true",
                              "\"4\"", "[4]", "{}", "18446744073709551616"}) {
        expect_error(status_of(name, bad), Code::format, {".json: '", name + "' at byte", "integer from 1 to"});
      }
    }
  }
  expect_error(hf_status("num_hidden_layers", "1025"), Code::format, {"1024"});
  expect_error(hf_status("conv_kernel", "9"), Code::format, {"from 1 to 8"});
  expect_error(hf_status("state_size", "1025"), Code::format, {"1024"});
  expect_error(hf_status("head_dim", "1025"), Code::format, {"1024"});
}

TEST(Config, ProductsAreBounded) {
  ConfigText config = hf_config(TinySpec());
  config.erase("intermediate_size").set("hidden_size", 1 << 20).set("expand", "2");
  expect_error(parse(Dialect::hf, config.text()).status(), Code::format, {"'expand' at byte"});
  config.set("expand", "1")
      .set("num_heads", 1 << 20)
      .set("head_dim", 1)
      .set("n_groups", 1 << 20)
      .set("state_size", 1024);
  expect_error(parse(Dialect::hf, config.text()).status(), Code::format, {"channels are more than"});
}

TEST(Config, OtherNumbersAndSwitches) {
  for (const char* bad : {"0", "0.0", "-1e-5", "1e-60", "Infinity", "NaN", "\"1e-5\"", "true", "2"}) {
    expect_error(hf_status("layer_norm_epsilon", bad), Code::format, {"config.json", "psilon"});
  }
  for (const char* bad : {"-2", "NaN", "Infinity", "0", "1e9", "\"2\"", "0.001"}) {
    expect_error(hf_status("expand", bad), Code::format, {"'expand' at byte"});
    expect_error(ssm_status("expand", bad), Code::format, {"'ssm_cfg.expand' at byte"});
  }
  for (const char* bad : {"0", "1", "\"true\"", "[]"}) {
    for (const char* key : {"use_bias", "use_conv_bias", "tie_word_embeddings", "rms_norm"}) {
      expect_error(hf_status(key, bad), Code::format, {std::string("'") + key + "' at byte", "true or false"});
    }
    expect_error(ssm_status("conv_bias", bad), Code::format, {"'ssm_cfg.conv_bias' at byte"});
    expect_error(mamba_status("tie_embeddings", bad), Code::format, {"'tie_embeddings' at byte"});
  }
  expect_error(hf_status("hidden_act", "\"gelu\""), Code::unsupported, {"'hidden_act' at byte", "gelu"});
  expect_error(ssm_status("activation", "\"gelu\""), Code::unsupported, {"'ssm_cfg.activation' at byte", "gelu"});
  EXPECT_TRUE(hf_status("hidden_act", "\"swish\"").ok());
}

TEST(Config, NullMeansTheDefault) {
  EXPECT_TRUE(hf_status("intermediate_size", "null").ok());
  EXPECT_TRUE(ssm_status("d_ssm", "null").ok());
  const auto tied =
      parse(Dialect::mamba_ssm, mamba_ssm_config(TinySpec(), ssm_cfg(TinySpec())).erase("tie_embeddings").text());
  EXPECT_TRUE(tied.value().tied);
  EXPECT_EQ(tied.value().vocab_size_multiple, 8);
}

TEST(Config, MissingKeysAreNamed) {
  for (const char* key : {"d_model", "n_layer", "vocab_size"}) {
    const auto config = mamba_ssm_config(TinySpec(), ssm_cfg(TinySpec())).erase(key).text();
    expect_error(parse(Dialect::mamba_ssm, config).status(), Code::format, {"config.json", key, "missing"});
  }
  for (const char* key : {"dim", "n_layers", "vocab_size", "n_groups"}) {
    const auto config = mistral_params(TinySpec()).erase(key).text();
    expect_error(parse(Dialect::mistral, config).status(), Code::format, {"params.json", key, "missing"});
  }
}

TEST(Config, TokenIdsAreHints) {
  const std::pair<const char*, int> ids[] = {{"2", 2},   {"[7, 8]", 7}, {"null", -1},       {"-1", -1},
                                             {"[]", -1}, {"\"x\"", -1}, {"4294967296", -1}, {"{}", -1}};
  for (const auto& [json, id] : ids) {
    const auto result = parse(Dialect::hf, hf_config(TinySpec()).set("eos_token_id", json).text());
    ASSERT_TRUE(result.ok()) << result.status().message();
    EXPECT_EQ(result.value().eos_id, id) << json;
  }
}

TEST(Config, OtherModelsAreRefusedByName) {
  const auto refused = [](const std::string& text, const std::vector<std::string>& parts) {
    expect_error(parse(Dialect::hf, text).status(), Code::unsupported, parts);
  };
  refused(R"({"model_type": "llama", "hidden_size": 64})", {"config.json", "'model_type' at byte 1", "llama"});
  refused(R"({"model_type": "mamba", "hidden_size": 64})", {"Mamba-1"});
  refused("{}", {"config.json", "model_type"});
  refused(R"({"model_type": "mamba2", "mamba2_head_dim": 64})", {"draft"});
  expect_error(parse(Dialect::mistral, R"({"dim": 64, "n_layers": 2, "n_heads": 4, "hidden_dim": 5})").status(),
               Code::unsupported, {"params.json", "transformer"});
  expect_error(mistral_status("model_type", "\"transformer\""), Code::unsupported, {"'model_type' at byte"});
}

TEST(Config, BrokenJsonIsRefusedWithItsByte) {
  const std::string good = hf_config(TinySpec()).text();
  for (const Dialect dialect : {Dialect::hf, Dialect::mistral}) {
    for (const std::string& bad :
         {std::string(), std::string("[]"), std::string("null"), good.substr(0, good.size() - 1), good + "}",
          std::string(100000, '['), std::string("{\"a\":\"\xff\"}")}) {
      expect_error(parse(dialect, bad).status(), Code::format, {".json", "byte"});
    }
  }
  const std::string twice = good.substr(0, good.size() - 1) + ", \"hidden_size\": 64}";
  expect_error(parse(Dialect::hf, twice).status(), Code::format,
               {"duplicate key 'hidden_size' at byte " + std::to_string(twice.rfind("\"hidden_size\""))});
  const std::string inside =
      mamba_ssm_config(TinySpec(), ssm_cfg(TinySpec())).set("attn_cfg", "{\"a\":1,\"a\":1}").text();
  expect_error(parse(Dialect::mamba_ssm, inside).status(), Code::format, {"duplicate key 'a'"});
}

// --- families that are understood well enough to refuse by name
// -------------------------------------------------------

TEST(Families, AreRefusedByTheirConfig) {
  struct Case {
    StatusOf status_of;
    const char* key;
    const char* json;
    std::vector<std::string> parts;
  };
  const Case cases[] = {
      {hf_status, "use_bias", "true", {"'use_bias' at byte", "bias=True"}},
      {ssm_status, "bias", "true", {"'ssm_cfg.bias' at byte", "bias=True"}},
      {ssm_status, "D_has_hdim", "true", {"'ssm_cfg.D_has_hdim' at byte", "D_has_hdim=True"}},
      {ssm_status, "rmsnorm", "false", {"'ssm_cfg.rmsnorm' at byte", "rmsnorm=False"}},
      {hf_status, "rms_norm", "false", {"'rms_norm' at byte", "rms_norm=False"}},
      {mamba_status, "rms_norm", "false", {"'rms_norm' at byte", "rms_norm=False"}},
      {mistral_status, "rms_norm", "false", {"params.json: 'rms_norm' at byte", "rms_norm=False"}},
      {ssm_status, "d_ssm", "64", {"'ssm_cfg.d_ssm' at byte", "gated-MLP", "64", "128"}},
      {mamba_status, "d_intermediate", "256", {"'d_intermediate' at byte", "d_intermediate > 0"}},
      {mamba_status, "attn_layer_idx", "[1]", {"'attn_layer_idx' at byte", "hybrid", "attention"}},
      {mamba_status, "ssm_cfg", "{}", {"'ssm_cfg.layer'", "Mamba-1"}},
      {ssm_status, "layer", "\"Mamba1\"", {"'ssm_cfg.layer' at byte", "Mamba-1"}},
      {ssm_status, "layer", "\"Mamba3\"", {"'ssm_cfg.layer' at byte", "Mamba3"}},
      {ssm_status, "norm_before_gate", "true", {"'ssm_cfg.norm_before_gate' at byte", "norm before gate"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.key) + " " + c.json);
    expect_error(c.status_of(c.key, c.json), Code::unsupported, c.parts);
  }
  EXPECT_TRUE(hf_status("norm_before_gate", "true").ok()) << "transformers gates first, whatever it says";
  EXPECT_TRUE(ssm_status("d_ssm", "128").ok());
  expect_error(ssm_status("d_ssm", "256"), Code::format, {"d_ssm"});
  expect_error(mamba_status("attn_layer_idx", "1"), Code::format, {"attn_layer_idx"});
  expect_error(mamba_status("ssm_cfg", "[]"), Code::format, {"ssm_cfg"});
}

TEST(Families, AreRefusedByTheirTensors) {
  const TempDir folder;
  const TinySpec spec = smallest_spec();
  const std::pair<const char*, const char*> cases[] = {
      {"backbone.layers.0.mixer.in_proj.bias", "bias=True"},
      {"backbone.layers.1.mixer.out_proj.bias", "bias=True"},
      {"lm_head.bias", "bias=True"},
      {"backbone.layers.0.norm2.weight", "d_intermediate > 0"},
      {"backbone.layers.0.mlp.fc1.weight", "d_intermediate > 0"},
      {"model.backbone.layers.0.mlp.fc1.weight", "d_intermediate > 0"},
      {"backbone.layers.1.self_attn.q_proj.weight", "attn_layer_idx"},
      {"backbone.layers.0.mixer.x_proj.weight", "Mamba-1"},
      {"backbone.layers.0.mixer.dt_proj.weight", "Mamba-1"},
      {"backbone.norm_f.bias", "rms_norm=False"},
      {"backbone.layers.0.norm.bias", "rms_norm=False"},
  };
  for (const auto& [name, family] : cases) {
    std::vector<FakeTensor> tensors = tiny_weights(spec);
    tensors.push_back({name, "F32", {1}, "abcd"});
    write_hf(folder.path(), hf_config(spec).text(), tensors);
    expect_error(open_checkpoint(folder.path()).status(), Code::unsupported,
                 {folder.path("model.safetensors"), std::string("tensor '") + name + "' at byte ", family});
  }
  std::vector<FakeTensor> tensors = tiny_weights(spec);
  FakeTensor& D = tensor_named(tensors, "backbone.layers.1.mixer.D");
  D.shape = {spec.d_inner};
  D.bytes = std::string(static_cast<size_t>(spec.d_inner) * 4, '\0');
  write_hf(folder.path(), hf_config(spec).text(), tensors);
  expect_error(open_checkpoint(folder.path()).status(), Code::unsupported, {"mixer.D' at byte", "D_has_hdim"});
  tensors = tiny_weights(spec);
  remove_tensor(tensors, "backbone.layers.1.mixer.norm.weight");
  write_hf(folder.path(), hf_config(spec).text(), tensors);
  expect_error(open_checkpoint(folder.path()).status(), Code::unsupported,
               {"layers.1.mixer.norm.weight", "rmsnorm=False"});
}

TEST(Families, OtherUnknownTensorsAreIgnored) {
  const TempDir folder;
  const TinySpec spec = smallest_spec();
  std::vector<FakeTensor> tensors = tiny_weights(spec);
  for (const char* name : {"ema.backbone.mlp.weight", "backbone.extra", "backbone.layers.0.mixer.extra", "mlp.", "x"}) {
    tensors.push_back({name, "I32", {1}, "abcd"});
  }
  write_hf(folder.path(), hf_config(spec).text(), tensors);
  const auto result = open_checkpoint(folder.path());
  EXPECT_TRUE(result.ok()) << result.status().message();
}

}  // namespace
}  // namespace sw::test
