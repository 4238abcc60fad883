// Writes the seed corpus of loader_fuzz: one small valid input of each kind.
#include <cstdio>
#include <filesystem>
#include <string>

#include "../unit/loader/tiny_model.h"
#include "loader_input.h"

using namespace sw::test;

namespace {

std::string input(LoaderInput kind, const std::string& rest) {
  return static_cast<char>(kind) + rest;
}

std::string input(LoaderInput kind, const std::string& config, const std::string& weights) {
  return static_cast<char>(kind) + config + '\0' + weights;
}

// One layer and one channel of everything keeps inputs short, and mutations on the header.
TinySpec seed_spec() {
  TinySpec spec = smallest_spec();
  spec.n_layers = 1;
  spec.d_model = 2;
  spec.d_inner = 4;
  spec.d_state = 1;
  spec.vocab_size = 2;
  return spec;
}

// The least that Mistral's implied numbers allow.
TinySpec mistral_spec() {
  TinySpec spec;
  spec.d_model = 32;
  spec.d_inner = 64;
  spec.n_groups = 1;
  spec.n_layers = 1;
  spec.vocab_size = 2;
  spec.vector_dtype = "F16";
  return spec;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  const std::string folder = argv[1];
  std::filesystem::create_directories(folder);
  const auto write = [&](const char* name, const std::string& bytes) { write_file(folder + "/" + name, bytes); };
  TinySpec spec = seed_spec();
  const std::string weights = safetensors_file(tiny_weights(spec));
  write("safetensors", input(LoaderInput::safetensors, weights));
  write("safetensors_small", input(LoaderInput::safetensors, safetensors_file({{"a", "I64", {1}, "12345678"}})));
  write("index", input(LoaderInput::index, index_json({{"a", "x.safetensors"}, {"b", "y.safetensors"}})));
  write("hf", input(LoaderInput::config_and_weights, hf_config(spec).text(), weights));
  write("mamba_ssm", input(LoaderInput::config_and_weights, mamba_ssm_config(spec, ssm_cfg(spec)).text(),
                           safetensors_file(singular(tiny_weights(spec)))));
  spec.tied = true;
  spec.conv_bias = false;
  write("hf_tied", input(LoaderInput::config_and_weights,
                         hf_config(spec).set("time_step_limit", R"([0, {"__float__": "Infinity"}])").text(),
                         safetensors_file(tiny_weights(spec))));
  const TinySpec mistral = mistral_spec();
  write("mistral", input(LoaderInput::params_and_weights, mistral_params(mistral).text(),
                         safetensors_file(with_model_prefix(singular(tiny_weights(mistral))))));
  return 0;
}
