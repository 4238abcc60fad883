// A model that runs on a device, through the table of kernels/device.h: weights, running states and input logs lie there, kept
// states on the host.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/device_plugin.h"
#include "model/fair_mutex.h"
#include "model/model.h"

namespace sw {

class PluginModel;
class PluginRunner;

// Device memory that was granted to a runner, until this goes. With running() held.
class DeviceBytes {
 public:
  DeviceBytes() = default;
  DeviceBytes(const PluginModel& model, uint64_t n) : model_(&model), n_(n) {}
  DeviceBytes(DeviceBytes&& other) noexcept : model_(std::exchange(other.model_, nullptr)), n_(other.n_) {}
  DeviceBytes& operator=(DeviceBytes&& other) noexcept {
    std::swap(model_, other.model_);
    std::swap(n_, other.n_);
    return *this;
  }
  ~DeviceBytes();

 private:
  const PluginModel* model_ = nullptr;
  uint64_t n_ = 0;
};

class PluginModel final : public Model {
 public:
  // Copies the weights to the device. Errors: unsupported for shapes that its kernels do not cover; no_memory when it is too small,
  // with what is free there; io when the device failed; mismatch when the plugin's states are not this library's.
  // bytes_max: of the device's memory, that runners may take beside the weights; 0: what there is.
  static Result<std::shared_ptr<const PluginModel>> create(Checkpoint checkpoint, std::shared_ptr<Backend> backend,
                                                           std::shared_ptr<const DevicePlugin> plugin, cuda::DeviceWeights weights, uint64_t bytes_max = 0);
  ~PluginModel() override;

  int chunk_len() const override;
  size_t piece_len() const override;
  std::string numerics() const override { return numerics_; }
  // Through the host a state is resumed exactly at multiples of kCell alone.
  size_t kept_length(size_t length) const override { return length / cuda::kCell * cuda::kCell; }
  bool logs_itself() const override { return true; }
  Allocator state_allocator() const override { return plugin_->pinned_allocator(); }
  bool pins_states() const override { return true; }
  Result<std::unique_ptr<Runner>> new_runner() const override;
  Status step(std::span<Runner* const> runners, std::span<const int32_t> ids, float* logits) const override;
  bool draws() const override { return true; }
  Status step_and_draw(std::span<Runner* const> runners, std::span<const int32_t> ids, std::span<const draw::Law> laws,
                       draw::Drawn* drawn) const override;

  // For runners. One call of the table at a time: hold running() around it.
  const cuda::DeviceTable& table() const { return plugin_->table(); }
  cuda::DeviceModel* device() const { return device_; }
  FairMutex& running() const { return running_; }

  // With running() held: device memory for a runner. Where it is short, the runners that ran longest ago give their ways back, `asker`
  // keeps its own. no_memory says what takes how much.
  Result<DeviceBytes> take(uint64_t n_bytes, const PluginRunner* asker) const;
  // Makes one runner but `asker` give a way back; false when none has one.
  bool give_way(const PluginRunner* asker) const;
  void used(PluginRunner& runner) const;  // made or run just now
  void forget(PluginRunner& runner) const;

 private:
  friend class DeviceBytes;
  PluginModel(Checkpoint checkpoint, std::shared_ptr<Backend> backend, std::shared_ptr<const DevicePlugin> plugin, uint64_t bytes_max)
      : Model(std::move(checkpoint), std::move(backend)), plugin_(std::move(plugin)), bytes_max_(bytes_max) {}
  Status load(cuda::DeviceWeights weights);

  std::shared_ptr<const DevicePlugin> plugin_;
  cuda::DeviceModel* device_ = nullptr;
  std::string numerics_;
  uint64_t bytes_max_;
  mutable FairMutex running_;  // guards what follows
  mutable uint64_t bytes_used_ = 0;
  mutable std::vector<PluginRunner*> runners_;  // the latest that ran last
};

}  // namespace sw
