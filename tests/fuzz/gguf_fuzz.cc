// GGUF files from memory: the container, its metadata as config and vocabulary, its tensors by their roles.
// Beside what the sanitizers see: tensors lie inside the file, roles have the bytes that their shapes need, every block can be decoded.
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "loader/block_formats.h"
#include "loader/gguf.h"
#include "loader/gguf_model.h"
#include "loader/roles.h"

namespace sw {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void require_reason(const Status& status) {
  require(!status.ok() && !status.message().empty() && status.message().size() < 4096);
  require(status.code() == Code::format || status.code() == Code::unsupported || status.code() == Code::mismatch);
}

uint64_t bytes_of(const TensorView& view) {
  const auto n = static_cast<uint64_t>(view.n_elements());
  if (!is_blocked(view.dtype)) return n * (view.dtype == DType::f32 ? 4 : 2);
  return n / static_cast<uint64_t>(block_weights(view.dtype)) * block_bytes(view.dtype);
}

void check_tensors(const Gguf& file, std::span<const std::byte> bytes) {
  for (const GgufTensor& tensor : file.tensors()) {
    require(tensor.begin <= bytes.size() && tensor.n_bytes <= bytes.size() - tensor.begin);
    const TensorView view = file.view(tensor);
    require(view.data == bytes.data() + tensor.begin && view.n_bytes == bytes_of(view));
  }
}

void check_vocabulary(const Vocabulary& vocabulary) {
  size_t n_bytes = 0;
  const auto n = static_cast<int32_t>(vocabulary.pieces.size());
  require(vocabulary.bos_id >= -1 && vocabulary.bos_id < n && vocabulary.eos_id >= -1 && vocabulary.eos_id < n);
  for (const Vocabulary::Piece& piece : vocabulary.pieces) {
    require(piece.type >= 1 && piece.type <= 6);
    for (const char c : piece.text) n_bytes += c != 0;
  }
  require(n_bytes <= size_t{1} << 30);
}

void check_checkpoint(const Checkpoint& checkpoint) {
  uint64_t n_bytes = 0;
  const auto visit = [&](const std::string&, const TensorView& view) {
    require(view.n_bytes == bytes_of(view));
    n_bytes += view.n_bytes;
    return Status();
  };
  require(for_each_role(checkpoint, visit).ok());
  require(n_bytes == checkpoint.n_bytes);
  require(hash_weights(checkpoint, Control{}).value().size() == 32);  // reads every byte
  (void)check_weights(checkpoint, Control{}).ok();                    // decodes every block; NaN is a matter of taste here
  if (checkpoint.vocabulary != nullptr) check_vocabulary(*checkpoint.vocabulary);
}

}  // namespace
}  // namespace sw

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<uint8_t> block(data, data + size);  // of just that size: a sanitizer sees each byte beyond
  const std::span<const std::byte> bytes{reinterpret_cast<const std::byte*>(block.data()), block.size()};
  const auto file = sw::Gguf::parse(bytes, "fuzz.gguf");
  if (!file.ok()) {
    sw::require_reason(file.status());
    return 0;
  }
  sw::check_tensors(file.value(), bytes);
  const auto checkpoint = sw::bind_gguf(file.value());
  checkpoint.ok() ? sw::check_checkpoint(checkpoint.value()) : sw::require_reason(checkpoint.status());
  return 0;
}
