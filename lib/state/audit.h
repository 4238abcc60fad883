// A state from disk, run again from its first token while the engine is idle, and compared.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/control.h"
#include "model/model.h"
#include "state/snapshot.h"

namespace sw {

class Audit {
 public:
  // `kept` is what the disk gave for `tokens`.
  static Result<std::unique_ptr<Audit>> create(std::shared_ptr<const Model> model, std::shared_ptr<const KeptState> kept,
                                               std::vector<int32_t> tokens);

  enum class Verdict { going_on, same, different, failed };
  // Runs one chunk. failed: a device or the memory, which says nothing of the state.
  Verdict step();

 private:
  Audit(std::shared_ptr<const Model> model, std::shared_ptr<const KeptState> kept, std::vector<int32_t> tokens,
        std::unique_ptr<Runner> runner)
      : model_(std::move(model)), kept_(std::move(kept)), tokens_(std::move(tokens)), runner_(std::move(runner)) {}

  std::shared_ptr<const Model> model_;
  std::shared_ptr<const KeptState> kept_;
  std::vector<int32_t> tokens_;
  std::unique_ptr<Runner> runner_;
  size_t done_ = 0;
};

}  // namespace sw
