// A model that runs on a device, through the table of kernels/device.h: weights, running states and input logs lie there, kept
// states on the host.
#pragma once

#include <memory>
#include <string>

#include "backend/device_plugin.h"
#include "model/fair_mutex.h"
#include "model/model.h"

namespace sw {

class PluginModel final : public Model {
 public:
  // Copies the weights to the device. Errors: unsupported for shapes that its kernels do not cover; no_memory when it is too small,
  // with what is free there; io when the device failed; mismatch when the plugin's states are not this library's.
  static Result<std::shared_ptr<const PluginModel>> create(Checkpoint checkpoint, std::shared_ptr<Backend> backend,
                                                           std::shared_ptr<const DevicePlugin> plugin, cuda::DeviceWeights weights);
  ~PluginModel() override;

  int chunk_len() const override;
  size_t piece_len() const override;
  std::string numerics() const override { return numerics_; }
  // Through the host a state is resumed exactly at multiples of kCell alone.
  size_t kept_length(size_t length) const override { return length / cuda::kCell * cuda::kCell; }
  bool logs_itself() const override { return true; }
  Allocator state_allocator() const override { return plugin_->pinned_allocator(); }
  Result<std::unique_ptr<Runner>> new_runner() const override;
  Status step(std::span<Runner* const> runners, std::span<const int32_t> ids, float* logits) const override;

  // For runners. One call of the table at a time: hold running() around it.
  const cuda::DeviceTable& table() const { return plugin_->table(); }
  cuda::DeviceModel* device() const { return device_; }
  FairMutex& running() const { return running_; }

 private:
  PluginModel(Checkpoint checkpoint, std::shared_ptr<Backend> backend, std::shared_ptr<const DevicePlugin> plugin)
      : Model(std::move(checkpoint), std::move(backend)), plugin_(std::move(plugin)) {}
  Status load(cuda::DeviceWeights weights);

  std::shared_ptr<const DevicePlugin> plugin_;
  cuda::DeviceModel* device_ = nullptr;
  std::string numerics_;
  mutable FairMutex running_;
};

}  // namespace sw
