// States and logits made the plain way, for others to be compared with.
#pragma once

#include <cstdint>
#include <vector>

#include "handles.h"
#include "options.h"

namespace sw::tool {

using Snapshot = std::unique_ptr<sw_snapshot, Release<sw_snapshot_free>>;

struct Compared {
  bool same_state = true;
  bool same_logits = true;
  bool from_start = false;  // the other one was run from the first token
};

// Runs every prompt on a second engine that keeps nothing by itself. To be done in a lifetime it goes on from its own plain
// snapshots, one every kStep tokens of the last prompt of the same buffer; every kFromStart-th comparison runs from the first token.
class ColdCheck {
 public:
  Outcome open(const ModelFlags& flags, size_t n_buffers);
  // Compares what `sequence`, which belongs to buffer i, holds with the same tokens run cold.
  Outcome compare(size_t i, sw_sequence* sequence, Compared& out);

 private:
  static constexpr size_t kStep = 256;
  static constexpr size_t kFromStart = 100;

  struct Path {
    std::vector<int32_t> ids;         // of the last prompt
    std::vector<Snapshot> snapshots;  // after (i + 1) * kStep of them
  };

  Outcome run_to(const std::vector<int32_t>& ids, Path& path);
  Outcome append(const int32_t* ids, size_t n);

  Engine engine_;
  Model model_;
  sw_model_info info_ = SW_MODEL_INFO_INIT;
  Sequence sequence_;
  std::vector<Path> paths_;  // by buffer
  size_t n_compared_ = 0;
};

}  // namespace sw::tool
