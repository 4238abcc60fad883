// A sequence on a device: its running state, its input log, and two bases there from which the log leads back.
#pragma once

#include <array>
#include <memory>

#include "device.h"
#include "model/plugin_model.h"
#include "model/runner.h"

namespace sw {

class PluginRunner final : public Runner {
 public:
  // brief: with the shortest log there is, and no bases.
  static Result<std::unique_ptr<Runner>> create(const PluginModel& model, bool brief);
  // What is wanted of a step: nullptr, or logits (n, vocab_size); nullptr, or a draw by each law.
  struct Wanted {
    float* logits;
    const draw::Law* laws;
    draw::Drawn* drawn;
  };
  // Model::step() of runners of `model`, kStepMax at most.
  static Status step(const PluginModel& model, std::span<Runner* const> runners, std::span<const int32_t> ids, const Wanted& wanted);
  ~PluginRunner() override;

  Status forward(std::span<const int32_t> ids, size_t position, float* logits, InputRing* log) override;
  Status head(float* logits) override;
  Result<draw::Drawn> draw_next(const draw::Law& law) override;
  Status reset() override;
  Status load(const State& state, size_t position) override;
  Status save(State& to) override;
  Result<std::span<const float>> floats() override;
  Status replay(const InputRing& log, size_t position, size_t n_tokens) override;
  bool reaches(size_t position) const override;
  Result<size_t> go_back(size_t position) override;
  Result<std::unique_ptr<Runner>> copy(bool brief) const override;

  // With running() held: gives the memory of the base further back; false when it has none.
  bool give_way();

 private:
  using Sequence = std::unique_ptr<cuda::DeviceSequence, void (*)(cuda::DeviceSequence*)>;
  using Snapshot = std::unique_ptr<cuda::DeviceSnapshot, void (*)(cuda::DeviceSnapshot*)>;
  // A state of this sequence's tokens at `cell`; 0: none, since position 0 needs none.
  struct Base {
    Snapshot snapshot;
    DeviceBytes bytes;
    size_t cell = 0;
  };

  PluginRunner(const PluginModel& model, Sequence sequence, DeviceBytes bytes, FloatBuffer logits, bool brief);
  static Result<std::unique_ptr<PluginRunner>> make(const PluginModel& model, bool brief);
  static Result<Base> new_base(const PluginModel& model, const PluginRunner* asker);
  cuda::DevicePositions at() const;
  Status make_room(State& to) const;
  void forget_bases(size_t beyond);
  void keep_base();
  // The furthest base not beyond `position` that the log reaches; nullptr and cell 0 for the first token; false when there is none.
  bool base_for(size_t position, const cuda::DeviceSnapshot*& base, size_t& cell) const;

  const PluginModel& model_;
  const cuda::DeviceTable& table_;
  Sequence sequence_;
  DeviceBytes bytes_;
  std::array<Base, 2> bases_;
  bool brief_;
  FloatBuffer logits_;  // pinned; after a call of one token, which most often is followed by a look at them
  bool logits_valid_ = false;
  State floats_;  // what floats() gave
};

}  // namespace sw
