#include "loader/weight_files.h"

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include "base/mapped_file.h"
#include "loader/json.h"
#include "loader/printable.h"

namespace sw {
namespace {

namespace fs = std::filesystem;

constexpr size_t kShardsMax = 4096;
constexpr size_t kFileNameBytesMax = 255;

unsigned long long ull(uint64_t value) {
  return value;
}

// Only a name: nothing that a file system would read as a way out of the folder, nor cut short.
bool is_plain_file_name(std::string_view name) {
  if (name.empty() || name.size() > kFileNameBytesMax || name == "." || name == "..") return false;
  return std::none_of(name.begin(), name.end(), [](char c) {
    return c == '/' || c == '\\' || c == ':' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

// In the Hugging Face cache every file of models--X/snapshots/REVISION is a link to models--X/blobs/HASH.
bool is_cache_blob(const fs::path& folder, const fs::path& target) {
  const fs::path snapshots = folder.parent_path();
  return snapshots.filename() == "snapshots" && target.parent_path() == snapshots.parent_path() / "blobs";
}

Status check_shard_stays(const std::string& index_path, const fs::path& folder, const std::string& shard) {
  std::error_code failed;
  const fs::path real_folder = fs::canonical(folder, failed);
  if (failed) return error(Code::io, "%s: %s", folder.c_str(), failed.message().c_str());
  const fs::path target = fs::canonical(folder / shard, failed);
  if (failed == std::errc::no_such_file_or_directory) {
    return error(Code::not_found, "%s: its shard '%s' is not in the folder", index_path.c_str(),
                 printable(shard).c_str());
  }
  if (failed) return error(Code::io, "%s: %s", (folder / shard).c_str(), failed.message().c_str());
  if (target.parent_path() == real_folder || is_cache_blob(real_folder, target)) return {};
  return error(Code::format, "%s: its shard '%s' is a link out of the folder, to %s; put the file itself there",
               index_path.c_str(), printable(shard).c_str(), target.c_str());
}

}  // namespace

Result<ShardIndex> parse_shard_index(std::string_view text, const std::string& path) {
  JsonRules rules;
  rules.bytes_max = size_t{1} << 26;
  rules.values_max = size_t{1} << 18;
  SW_ASSIGN(const Json root, parse_json(text, path, 0, rules));
  const Json::Member* member = root.object() == nullptr ? nullptr : find_member(*root.object(), "weight_map");
  const Json::Object* map = member == nullptr ? nullptr : member->value.object();
  if (map == nullptr) {
    return error(Code::format, "%s: JSON at byte %llu: no object 'weight_map'", path.c_str(),
                 ull(member == nullptr ? 0 : member->offset));
  }
  ShardIndex index;
  std::unordered_map<std::string, size_t> shard_numbers;
  for (const Json::Member& entry : *map) {
    const std::string* shard = entry.value.string();
    if (shard == nullptr || !is_plain_file_name(*shard)) {
      return error(Code::format, "%s: its shard%s%s%s is not the name of a file in the folder",
                   tensor_place(path, entry.key, entry.offset).c_str(), shard == nullptr ? "" : " '",
                   shard == nullptr ? "" : printable(*shard).c_str(), shard == nullptr ? "" : "'");
    }
    const auto [number, is_new] = shard_numbers.try_emplace(*shard, index.shards.size());
    if (is_new) index.shards.push_back(*shard);
    if (index.shards.size() > kShardsMax) {
      return error(Code::format, "%s: more than %zu shards at byte %llu", path.c_str(), kShardsMax, ull(entry.offset));
    }
    index.entries.push_back({entry.key, number->second, entry.offset});
  }
  return index;
}

WeightFiles WeightFiles::from(Safetensors file) {
  WeightFiles out;
  out.path_ = file.path();
  out.files_.push_back(std::move(file));
  for (const SafetensorsEntry& entry : out.files_[0].entries()) out.tensors_.push_back({&out.files_[0], &entry});
  return out;
}

Result<WeightFiles> WeightFiles::open_single(const std::string& path) {
  SW_ASSIGN(Safetensors file, Safetensors::open(path));
  return from(std::move(file));
}

Result<WeightFiles> WeightFiles::open_sharded(const std::string& index_path) {
  WeightFiles out;
  out.path_ = index_path;
  SW_ASSIGN(const auto index_file, MappedFile::open(index_path));
  const auto bytes = index_file->bytes();
  SW_ASSIGN(const ShardIndex index,
            parse_shard_index({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, index_path));
  const fs::path parent = fs::path(index_path).parent_path();
  const fs::path folder = parent.empty() ? fs::path(".") : parent;
  for (const std::string& shard : index.shards) {
    SW_TRY(check_shard_stays(index_path, folder, shard));
    SW_ASSIGN(Safetensors file, Safetensors::open((folder / shard).string()));
    out.files_.push_back(std::move(file));
  }
  SW_TRY(out.bind_index(index));
  return out;
}

// Every tensor of the index must be in its shard, and in no other: readers that load whole shards would take either.
Status WeightFiles::bind_index(const ShardIndex& index) {
  std::unordered_map<std::string_view, Tensor> by_name;
  for (const Safetensors& file : files_) {
    for (const SafetensorsEntry& entry : file.entries()) {
      const auto [other, is_new] = by_name.try_emplace(entry.name, Tensor{&file, &entry});
      if (is_new) continue;
      return error(Code::mismatch, "%s: it is also in %s, at byte %llu", file.where(entry).c_str(),
                   other->second.file->path().c_str(), ull(other->second.entry->begin));
    }
  }
  for (const ShardIndex::Entry& entry : index.entries) {
    const auto found = by_name.find(entry.tensor);
    if (found == by_name.end() || found->second.file != &files_[entry.shard]) {
      return error(Code::mismatch, "%s: it is not in its shard %s",
                   tensor_place(path_, entry.tensor, entry.offset).c_str(), files_[entry.shard].path().c_str());
    }
    tensors_.push_back(found->second);
  }
  return {};
}

}  // namespace sw
