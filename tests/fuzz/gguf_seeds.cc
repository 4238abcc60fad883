// Writes the seed corpus of gguf_fuzz: small valid files.
#include <cstdio>
#include <filesystem>
#include <string>

#include "../unit/loader/gguf_writer.h"

using namespace sw::test;

namespace {

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

// The least whose rows are whole blocks of 32.
TinySpec rows_of_32() {
  TinySpec spec = seed_spec();
  spec.d_model = 32;
  spec.d_inner = 32;
  spec.head_dim = 32;
  spec.n_groups = 1;
  spec.tied = true;
  return spec;
}

GgufWriter with_vocabulary(GgufWriter file) {
  file.set("tokenizer.ggml.model", "llama").set("tokenizer.ggml.tokens", std::vector<std::string>{"<unk>", "<s>", "</s>", "a", "[PAD]"});
  file.set_numbers<float>("tokenizer.ggml.scores", kF32, {0, 0, 0, -1, 0});
  file.set_numbers<int32_t>("tokenizer.ggml.token_type", kI32, {2, 3, 3, 1, 5});
  file.set("tokenizer.ggml.bos_token_id", 1).set("tokenizer.ggml.add_space_prefix", true).set("tokenizer.ggml.add_bos_token", false);
  return file;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  const std::string folder = argv[1];
  std::filesystem::create_directories(folder);
  const auto write = [&](const char* name, const GgufWriter& file) { write_file(folder + "/" + name, file.file()); };
  write("plain", gguf_model(seed_spec()));
  write("vocabulary", with_vocabulary(gguf_model(seed_spec())));
  TinySpec tied = seed_spec();
  tied.tied = true;
  tied.conv_bias = false;
  tied.matrix_dtype = "F16";
  GgufWriter other = gguf_model(tied);
  other.version = 2;
  other.alignment = 8;
  write("tied", other.set("general.alignment", 8));
  constexpr sw::DType kSmall[] = {sw::DType::q8_0, sw::DType::q4_0, sw::DType::q4_1, sw::DType::q5_0, sw::DType::q5_1};
  write("blocks", block_model(rows_of_32(), [&](size_t i) { return kSmall[i % std::size(kSmall)]; }).gguf);
  TinySpec wide = rows_of_32();
  wide.d_model = 256;
  constexpr sw::DType kLarge[] = {sw::DType::q4_k, sw::DType::q5_k, sw::DType::q8_0, sw::DType::q6_k};
  GgufWriter k = block_model(wide, [&](size_t i) { return i == 2 ? sw::DType::q8_0 : kLarge[i % std::size(kLarge)]; }).gguf;
  write("k_blocks", k);
  return 0;
}
