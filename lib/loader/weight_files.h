// The safetensors files of a checkpoint: one, or shards behind an index.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "loader/safetensors.h"

namespace sw {

// The index: which shard holds which tensor. Shard names are plain file names.
struct ShardIndex {
  struct Entry {
    std::string tensor;
    size_t shard;         // in `shards`
    uint64_t offset = 0;  // of the entry in the index file
  };
  std::vector<std::string> shards;
  std::vector<Entry> entries;
};

Result<ShardIndex> parse_shard_index(std::string_view text, const std::string& path);

class WeightFiles {
 public:
  struct Tensor {
    const Safetensors* file;
    const SafetensorsEntry* entry;
  };

  static Result<WeightFiles> open_single(const std::string& path);
  // Shards are opened beside `index_path`. A shard that is a link out of that folder is refused, unless the link goes
  // where the Hugging Face cache keeps its files (snapshots/REVISION/name -> blobs/HASH).
  static Result<WeightFiles> open_sharded(const std::string& index_path);
  // One file that is already parsed.
  static WeightFiles from(Safetensors file);

  WeightFiles(WeightFiles&&) = default;
  WeightFiles& operator=(WeightFiles&&) = default;

  const std::vector<Tensor>& tensors() const { return tensors_; }
  // The file that says which tensors there are, for messages about one that is not there.
  const std::string& path() const { return path_; }

 private:
  WeightFiles() = default;
  Status bind_index(const ShardIndex& index);

  std::string path_;
  std::vector<Safetensors> files_;  // never grows after tensors_ points into it
  std::vector<Tensor> tensors_;
};

}  // namespace sw
