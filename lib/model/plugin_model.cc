#include "model/plugin_model.h"

#include <algorithm>

#include "loader/convert.h"
#include "model/block.h"
#include "model/plugin_runner.h"

namespace sw {
namespace {

// Tokens of one pass over the weights: some 60 ms of a model of 7 B on an H200, which is how long a cancel waits. With 4,096 a prefill
// of 8,192 is 1 to 4 % faster in bf16.
constexpr int kChunkLen = 2048;
// A pass over the weights costs about as much for one token as for this many.
constexpr size_t kPieceLen = 512;

std::vector<cuda::DeviceLayer> views_of(const std::vector<Block>& blocks) {
  std::vector<cuda::DeviceLayer> views;
  for (const Block& block : blocks) {
    const auto& b = std::get<Mamba2Block>(block);
    views.push_back({b.norm.data(), b.in_proj, b.conv_weight.data(), b.conv_bias.data(), b.dt_bias.data(), b.A.data(), b.D.data(),
                     b.gated_norm.data(), b.out_proj});
  }
  return views;
}

Status check_alike(const std::vector<Block>& blocks) {
  if (blocks.empty()) return error(Code::unsupported, "a model without layers");
  const Mamba2Config& first = std::get<Mamba2Block>(blocks.front()).config;
  const bool alike = std::all_of(blocks.begin(), blocks.end(), [&](const Block& b) { return std::get<Mamba2Block>(b).config == first; });
  return alike ? Status() : error(Code::unsupported, "layers of different shapes");
}

cuda::DeviceModelArgs args_of(const Checkpoint& checkpoint, const Mamba2Config& c) {
  cuda::DeviceModelArgs args = {};
  args.chunk_len = kChunkLen;
  args.vocab_size = checkpoint.vocab_size;
  args.d_model = checkpoint.d_model;
  args.norm_eps = checkpoint.norm_eps;
  args.n_heads = c.n_heads;
  args.head_dim = c.head_dim;
  args.n_groups = c.n_groups;
  args.d_state = c.d_state;
  args.d_conv = c.d_conv;
  args.dt_min = c.dt_min;
  args.dt_max = c.dt_max;
  args.embedding = matrix_of(checkpoint.embedding);
  args.head = matrix_of(checkpoint.head);
  return args;
}

// A device packs its matrices itself, from what was trained.
Status check_not_packed(const Checkpoint& checkpoint) {
  for (const BlockWeights& block : checkpoint.blocks) {
    const Mamba2Weights& w = std::get<Mamba2Weights>(block);
    for (const TensorView* matrix : {&w.in_proj, &w.out_proj, &checkpoint.embedding, &checkpoint.head}) {
      if (is_blocked(matrix->dtype)) {
        return error(Code::unsupported, "%s: %s, which a device does not read; give it a file of F32, F16 or BF16", matrix->where().c_str(),
                     dtype_name(matrix->dtype));
      }
      if (is_packed(matrix->dtype)) {
        return error(Code::unsupported, "%s: packed for a processor (%s); give a device the checkpoint that it was made of",
                     matrix->where().c_str(), dtype_name(matrix->dtype));
      }
    }
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<const PluginModel>> PluginModel::create(Checkpoint checkpoint, std::shared_ptr<Backend> backend,
                                                               std::shared_ptr<const DevicePlugin> plugin,
                                                               cuda::DeviceWeights weights, uint64_t bytes_max) {
  std::shared_ptr<PluginModel> model(new PluginModel(std::move(checkpoint), std::move(backend), std::move(plugin), bytes_max));
  SW_TRY(model->load(weights));
  return std::shared_ptr<const PluginModel>(std::move(model));
}

PluginModel::~PluginModel() {
  if (device_ != nullptr) table().model_free(device_);
}

Status PluginModel::load(cuda::DeviceWeights weights) {
  SW_TRY(check_not_packed(checkpoint()));
  const std::vector<Block> blocks = blocks_of(checkpoint());
  SW_TRY(check_alike(blocks));
  const std::vector<float> final_norm = to_f32(checkpoint().final_norm);
  const std::vector<cuda::DeviceLayer> layers = views_of(blocks);
  cuda::DeviceModelArgs args = args_of(checkpoint(), std::get<Mamba2Block>(blocks.front()).config);
  args.device = plugin_->index();
  args.weights = weights;
  args.n_layers = static_cast<int>(layers.size());
  args.final_norm = final_norm.data();
  args.layers = layers.data();
  cuda::DeviceText text = {};
  const cuda::DeviceStatus status = table().model_create(&args, &device_, &text);
  const std::string what = format("%s on %s (%.1f GB free there; the checkpoint has %.1f GB)", checkpoint().directory.c_str(),
                                  plugin_->name().c_str(), double(plugin_->bytes_free()) * 1e-9, double(checkpoint().n_bytes) * 1e-9);
  SW_TRY(device_status(status, text, what));
  if (table().state_floats(device_) != layout().n_floats) {
    return error(Code::mismatch, "%s: its states have %llu floats, this library's %zu", plugin_->path().c_str(),
                 static_cast<unsigned long long>(table().state_floats(device_)), layout().n_floats);
  }
  numerics_ = table().model_numerics(device_);
  return {};
}

DeviceBytes::~DeviceBytes() {
  if (model_ != nullptr) model_->bytes_used_ -= n_;
}

Result<DeviceBytes> PluginModel::take(uint64_t n_bytes, const PluginRunner* asker) const {
  runners_.reserve(runners_.size() + 1);  // a runner that could not be noted would lock again to go
  while (bytes_max_ != 0 && bytes_used_ + n_bytes > bytes_max_) {
    if (give_way(asker)) continue;
    return error(Code::no_memory,
                 "%.1f MB of device memory are wanted, and the %zu sequences of this model take %.1f of the %.1f MB that they may "
                 "(device_bytes_max): close some, or allow more",
                 double(n_bytes) * 1e-6, runners_.size(), double(bytes_used_) * 1e-6, double(bytes_max_) * 1e-6);
  }
  bytes_used_ += n_bytes;
  return DeviceBytes(*this, n_bytes);
}

bool PluginModel::give_way(const PluginRunner* asker) const {
  return std::ranges::any_of(runners_, [&](PluginRunner* runner) { return runner != asker && runner->give_way(); });
}

void PluginModel::used(PluginRunner& runner) const {
  const auto at = std::ranges::find(runners_, &runner);
  if (at == runners_.end()) {
    runners_.push_back(&runner);
  } else {
    std::rotate(at, at + 1, runners_.end());
  }
}

void PluginModel::forget(PluginRunner& runner) const { std::erase(runners_, &runner); }

int PluginModel::chunk_len() const { return kChunkLen; }

size_t PluginModel::piece_len() const { return kPieceLen; }

Status PluginModel::step(std::span<Runner* const> runners, std::span<const int32_t> ids, float* logits) const {
  for (size_t i = 0; i < runners.size(); i += cuda::kStepMax) {
    const size_t n = std::min<size_t>(cuda::kStepMax, runners.size() - i);
    float* rows = logits != nullptr ? logits + i * static_cast<size_t>(vocab_size()) : nullptr;
    SW_TRY(PluginRunner::step(*this, runners.subspan(i, n), ids.subspan(i, n), {rows, nullptr, nullptr}));
  }
  return {};
}

Status PluginModel::step_and_draw(std::span<Runner* const> runners, std::span<const int32_t> ids, std::span<const draw::Law> laws,
                                  draw::Drawn* drawn) const {
  for (size_t i = 0; i < runners.size(); i += cuda::kStepMax) {
    const size_t n = std::min<size_t>(cuda::kStepMax, runners.size() - i);
    SW_TRY(PluginRunner::step(*this, runners.subspan(i, n), ids.subspan(i, n), {nullptr, laws.data() + i, drawn + i}));
  }
  return {};
}

Result<std::unique_ptr<Runner>> PluginModel::new_runner() const { return PluginRunner::create(*this, false); }

}  // namespace sw
