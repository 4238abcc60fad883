// A checkpoint: weights on disk, as checked views into mapped files. Whatever the layout, the reader above sees this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/control.h"
#include "base/mapped_file.h"
#include "base/status.h"

namespace sw {

// q8 and q4 are packed matrices (kernels/packed.h), those behind them blocks of GGUF files (loader/block_formats.h); only in_proj, out_proj,
// embedding and head may be.
enum class DType : uint8_t { f32, f16, bf16, q8, q4, q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k };
const char* dtype_name(DType type);  // "F32", "F16", "BF16", "Q8", "Q4", "Q8_0", "Q4_K", ...
constexpr bool is_packed(DType type) { return type == DType::q8 || type == DType::q4; }
constexpr bool is_blocked(DType type) { return type >= DType::q8_0; }

// A tensor where it lies, as a rule in its mapped file. Row-major, packed or rows of blocks, little-endian, at any alignment.
struct TensorView {
  std::string name;  // as spelled in the file
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  const std::byte* data = nullptr;
  uint64_t n_bytes = 0;
  uint64_t file_offset = 0;  // of the first byte
  std::shared_ptr<const MappedFile> file;
  std::shared_ptr<const void> memory;  // what holds the bytes when they are not the file's: packed when it was opened

  bool empty() const { return data == nullptr; }
  int64_t n_elements() const;
  // "model.safetensors: tensor 'lm_head.weight' at byte 4096"
  std::string where() const;
};

// One Mamba-2 mixer with its pre-norm.
struct Mamba2Config {
  int d_inner = 0;  // n_heads * head_dim
  int n_heads = 0;
  int head_dim = 0;
  int d_state = 0;
  int n_groups = 0;
  int d_conv = 0;
  float dt_min = 0.0f;
  float dt_max = 0.0f;  // infinity when dt is not clamped

  int d_conv_in() const { return d_inner + 2 * n_groups * d_state; }
  int d_in_proj() const { return d_inner + d_conv_in() + n_heads; }
  bool operator==(const Mamba2Config&) const = default;
};

struct Mamba2Weights {
  Mamba2Config config;
  TensorView norm;         // (d_model,)
  TensorView in_proj;      // (d_in_proj, d_model): z, x, B, C, dt
  TensorView conv_weight;  // (d_conv_in, 1, d_conv)
  TensorView conv_bias;    // (d_conv_in,), empty when the model has none
  TensorView dt_bias;      // (n_heads,)
  TensorView A_log;        // (n_heads,), empty when A is stored instead
  TensorView A;            // (n_heads,)  -exp(A_log), as GGUF files have it
  TensorView D;            // (n_heads,)
  TensorView gated_norm;   // (d_inner,)
  TensorView out_proj;     // (d_model, d_inner)
};

// A layer is one block of a known kind. Another kind is one more alternative here; the Mamba-2 one stays as it is.
using BlockWeights = std::variant<Mamba2Weights>;

enum class Layout { hf, mistral, mamba_ssm, gguf };
const char* layout_name(Layout layout);  // "hf", "mistral", "mamba_ssm", "gguf"

struct Vocabulary;  // loader/vocabulary.h

struct Checkpoint {
  std::string directory;  // or the GGUF file
  Layout layout = Layout::hf;
  int vocab_size = 0;  // rows of the embedding
  int d_model = 0;
  float norm_eps = 1e-5f;
  bool tied = false;      // head uses the embedding's rows
  TensorView embedding;   // (vocab_size, d_model)
  TensorView head;        // (vocab_size, d_model); the embedding when tied
  TensorView final_norm;  // (d_model,)
  std::vector<BlockWeights> blocks;
  std::string tokenizer_path;  // beside the weights; "" when there is none
  std::shared_ptr<const Vocabulary> vocabulary;  // of the weights' own file; null when it has none that can be used
  Status no_vocabulary;        // of a GGUF file: why that is null
  std::string settings_path;   // sidewinder.json beside the weights; "" when there is none
  int bos_id_config = -1;      // as the config says; -1 when it says nothing. The tokenizer knows better.
  int eos_id_config = -1;
  uint64_t n_parameters = 0;  // of the tensors in use, a tied head counted once
  uint64_t n_bytes = 0;       // likewise
  std::string weights_note;   // what became of the matrices when they were opened in another format; "" for those held as stored
};

// Opens the checkpoint at `path`, whatever its layout: the files decide. A folder, or a GGUF file; a folder that holds one GGUF file and no
// safetensors stands for that file. Maps the weights and reads no tensor, but
// for a tied head that is stored a second time, to see whether it is the same.
// Errors name file, tensor and byte offset. The four unsupported families are refused by name.
// Files stay mapped while a view lives: one that somebody shortens in place raises SIGBUS on access, as with any
// mapping. Replace checkpoints by renaming.
Result<Checkpoint> open_checkpoint(const std::string& path);

// Reads every weight and refuses NaN and infinity, naming the first one. Progress in bytes.
Status check_weights(const Checkpoint& checkpoint, const Control& control);

// XXH3-128 over the weights (names, types, shapes, bytes) and the numbers of the config: the identity of the model,
// 32 hex digits. The same weights in another layout or sharding give the same hash. Progress in bytes.
Result<std::string> hash_weights(const Checkpoint& checkpoint, const Control& control);

}  // namespace sw
