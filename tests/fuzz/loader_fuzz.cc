// Everything the loader reads from a checkpoint, from memory: the first byte of the input says which file it is.
// Beside what the sanitizers see: tensors that were accepted tile the file, and every byte of every view is readable.
#include <cstdlib>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "loader/checkpoint.h"
#include "loader/config.h"
#include "loader/roles.h"
#include "loader/safetensors.h"
#include "loader/weight_files.h"
#include "loader/weights.h"
#include "loader_input.h"

namespace sw {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void require_reason(const Status& status) {
  require(!status.ok() && !status.message().empty());
  require(status.code() == Code::format || status.code() == Code::unsupported || status.code() == Code::mismatch);
  require(status.message().size() < 4096);
}

void check_entries(const Safetensors& file, std::span<const std::byte> bytes) {
  uint64_t at = file.entries().empty() ? bytes.size() : file.entries().front().begin;
  for (const SafetensorsEntry& entry : file.entries()) {
    require(entry.begin == at && entry.end >= at && entry.end <= bytes.size());
    at = entry.end;
    const auto view = file.view(entry);
    require(!view.ok() || (view.value().n_elements() >= 0 && view.value().data == bytes.data() + entry.begin));
  }
  require(at == bytes.size());
}

void check_checkpoint(const Checkpoint& checkpoint, std::span<const std::byte> bytes) {
  uint64_t n_bytes = 0;
  const auto visit = [&](const std::string&, const TensorView& view) {
    require(view.file_offset <= bytes.size() && view.n_bytes <= bytes.size() - view.file_offset);
    require(view.n_bytes == static_cast<uint64_t>(view.n_elements()) * (view.dtype == DType::f32 ? 4 : 2));
    n_bytes += view.n_bytes;
    return Status();
  };
  require(for_each_role(checkpoint, visit).ok());
  require(n_bytes == checkpoint.n_bytes);
  require(hash_weights(checkpoint, Control{}).value().size() == 32);  // reads every byte
  (void)check_weights(checkpoint, Control{}).ok();                    // likewise; NaN is a matter of taste here
}

void fuzz_weights(std::string_view text, const Result<ModelConfig>* config) {
  const std::vector<char> block(text.begin(), text.end());  // of just that size: a sanitizer sees each byte beyond
  const std::span<const std::byte> bytes{reinterpret_cast<const std::byte*>(block.data()), block.size()};
  Result<Safetensors> file = Safetensors::parse(bytes, "fuzz.safetensors");
  if (!file.ok()) return require_reason(file.status());
  check_entries(file.value(), bytes);
  if (config == nullptr || !config->ok()) return;
  const Result<Checkpoint> checkpoint = bind_weights(config->value(), WeightFiles::from(std::move(file).value()));
  if (!checkpoint.ok()) return require_reason(checkpoint.status());
  check_checkpoint(checkpoint.value(), bytes);
}

void fuzz_config(const Result<ModelConfig>& config) {
  if (!config.ok()) return require_reason(config.status());
  const Mamba2Config& c = config.value().block;
  require(c.n_heads > 0 && c.d_inner == int64_t{c.n_heads} * c.head_dim && c.n_heads % c.n_groups == 0);
  require(c.d_conv_in() > 0 && c.d_in_proj() > 0 && c.d_conv >= 1 && c.d_conv <= 8);
  require(c.dt_min >= 0.0f && c.dt_min <= c.dt_max && config.value().norm_eps > 0.0f);
  require(config.value().vocab_size_padded() >= config.value().vocab_size);
}

void fuzz_index(std::string_view text) {
  const Result<ShardIndex> index = parse_shard_index(text, "fuzz.index.json");
  if (!index.ok()) return require_reason(index.status());
  for (const ShardIndex::Entry& entry : index.value().entries) require(entry.shard < index.value().shards.size());
  for (const std::string& shard : index.value().shards) {
    require(!shard.empty() && shard.find_first_of(std::string_view("/\\\0", 3)) == shard.npos && shard != "..");
  }
}

}  // namespace
}  // namespace sw

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sw::test::LoaderInput;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t split = std::min(text.find('\0'), text.size());
  const std::string_view first = text.substr(0, split);
  const std::string_view second = text.substr(std::min(split + 1, text.size()));
  switch (static_cast<LoaderInput>(data[0])) {
    case LoaderInput::safetensors:
      sw::fuzz_weights(text, nullptr);
      break;
    case LoaderInput::index:
      sw::fuzz_index(text);
      break;
    case LoaderInput::config_and_weights: {
      const auto config = sw::parse_config(first, "fuzz.config.json");
      sw::fuzz_config(config);
      sw::fuzz_weights(second, &config);
      break;
    }
    case LoaderInput::params_and_weights: {
      const auto config = sw::parse_params(first, "fuzz.params.json");
      sw::fuzz_config(config);
      sw::fuzz_weights(second, &config);
      break;
    }
  }
  return 0;
}
