// open_checkpoint: which layout lies in the folder, by its files; or a GGUF file.
#include "loader/checkpoint.h"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <memory>
#include <set>
#include <vector>

#include "loader/config.h"
#include "loader/gguf_model.h"
#include "loader/printable.h"
#include "loader/safetensors.h"
#include "loader/weight_files.h"
#include "loader/weights.h"

namespace sw {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = "config.json";
constexpr const char* kParams = "params.json";
constexpr const char* kSingle = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";
constexpr const char* kConsolidated = "consolidated.safetensors";

// The files of a checkpoint's folder.
class Folder {
 public:
  static Result<Folder> list(const std::string& path) {
    // Not std::filesystem::directory_iterator: libstdc++'s ends the process when memory runs out.
    Folder out(path);
    const auto close = [](DIR* folder) { ::closedir(folder); };
    const std::unique_ptr<DIR, decltype(close)> folder(::opendir(path.c_str()), close);
    errno = folder == nullptr ? errno : 0;
    while (folder != nullptr) {
      const dirent* file = ::readdir(folder.get());
      if (file == nullptr) break;
      const std::string name = file->d_name;
      if (name != "." && name != "..") out.names_.insert(name);
      errno = 0;
    }
    if (errno != 0) return error(Code::io, "%s: cannot list: %s", path.c_str(), std::strerror(errno));
    return out;
  }

  bool has(const std::string& name) const { return names_.contains(name); }
  bool has_ending(const std::string& ending) const { return !this->ending(ending).empty(); }
  std::vector<std::string> ending(const std::string& ending) const {
    std::vector<std::string> out;
    std::copy_if(names_.begin(), names_.end(), std::back_inserter(out), [&](const std::string& name) { return name.ends_with(ending); });
    return out;
  }
  bool empty() const { return names_.empty(); }
  std::string path(const std::string& name) const { return (fs::path(path_) / name).string(); }
  // "" when there is none.
  std::string path_if_there(const std::string& name) const { return has(name) ? path(name) : ""; }
  Status fail(Code code, const std::string& why) const { return {code, path_ + ": " + why}; }

 private:
  explicit Folder(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::set<std::string> names_;
};

// Somebody named a file that is no checkpoint: say what would help.
Status refuse_file(const std::string& path, std::span<const std::byte> bytes) {
  constexpr std::string_view kOldMagics[] = {"lmgg", "tjgg", "algg", "fmgg"};  // ggml, ggjt, ggla and ggmf, as they lie in a file
  const std::string_view begin(reinterpret_cast<const char*>(bytes.data()), std::min<size_t>(bytes.size(), 4));
  for (const std::string_view magic : kOldMagics) {
    if (begin == magic) {
      return error(Code::unsupported, "%s: a GGML file from before GGUF (byte 0): not supported; convert the model again with a current llama.cpp",
                   path.c_str());
    }
  }
  if (path.ends_with(".gguf")) return error(Code::format, "%s: byte 0: not a GGUF file, whatever its name says", path.c_str());
  return error(Code::argument, "%s: a file, but no GGUF file; give the folder that holds config.json and the weights", path.c_str());
}

// Whether there is a file or a folder.
Result<bool> is_file(const std::string& path) {
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (status.type() == fs::file_type::not_found) {
    return error(Code::not_found, "%s: no such file or folder", path.empty() ? "(an empty path)" : path.c_str());
  }
  if (failed) return error(Code::io, "%s: %s", path.c_str(), failed.message().c_str());
  return status.type() != fs::file_type::directory;
}

Result<Checkpoint> open_file(const std::string& path) {
  SW_ASSIGN(const auto file, MappedFile::open(path));
  if (!is_gguf(file->bytes())) return refuse_file(path, file->bytes());
  SW_ASSIGN(const Gguf gguf, Gguf::parse(file));
  return bind_gguf(gguf);
}

// No layout is complete in the folder: name the piece that is missing, or the form the weights are in.
Status explain_nothing(const Folder& folder) {
  if (folder.empty()) return folder.fail(Code::not_found, "the folder is empty");
  const bool has_weights = folder.has(kSingle) || folder.has(kIndex) || folder.has(kConsolidated);
  if (!has_weights) {
    for (const char* ending : {".bin", ".bin.index.json", ".pth", ".pt"}) {
      if (folder.has_ending(ending)) {
        return folder.fail(Code::unsupported, format("its weights are pickled (*%s), which would have to be executed; "
                                                     "convert them to safetensors first",
                                                     ending));
      }
    }
    if (folder.has_ending(".safetensors")) {
      return folder.fail(Code::not_found, format("neither %s nor %s nor %s", kSingle, kIndex, kConsolidated));
    }
    return folder.fail(Code::not_found, format("no weights: neither %s nor %s nor %s", kSingle, kIndex, kConsolidated));
  }
  const bool is_mistral = folder.has(kConsolidated);
  return folder.fail(Code::not_found, format("weights, but no %s beside them", is_mistral ? kParams : kConfig));
}

template <class Parse>
Result<ModelConfig> read_config(const std::string& path, Parse parse) {
  SW_ASSIGN(const auto file, MappedFile::open(path));
  const auto bytes = file->bytes();
  return parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path);
}

// The official repository of Codestral Mamba carries both layouts: then HF's is taken, when its weights are there.
Result<Checkpoint> open_folder(const Folder& folder) {
  if (folder.has(kConfig) && (folder.has(kSingle) || folder.has(kIndex))) {
    SW_ASSIGN(const ModelConfig config, read_config(folder.path(kConfig), parse_config));
    SW_ASSIGN(const WeightFiles files, folder.has(kSingle) ? WeightFiles::open_single(folder.path(kSingle))
                                                           : WeightFiles::open_sharded(folder.path(kIndex)));
    return bind_weights(config, files);
  }
  if (folder.has(kParams) && folder.has(kConsolidated)) {
    SW_ASSIGN(const ModelConfig config, read_config(folder.path(kParams), parse_params));
    SW_ASSIGN(const WeightFiles files, WeightFiles::open_single(folder.path(kConsolidated)));
    return bind_weights(config, files);
  }
  const std::vector<std::string> ggufs = folder.ending(".gguf");
  if (ggufs.empty() || folder.has(kSingle) || folder.has(kIndex) || folder.has(kConsolidated)) return explain_nothing(folder);
  if (ggufs.size() == 1) return open_file(folder.path(ggufs.front()));
  return folder.fail(Code::argument, format("%zu GGUF files (%s, ...); name one of them", ggufs.size(), printable(ggufs.front()).c_str()));
}

}  // namespace

const char* dtype_name(DType type) {
  constexpr const char* kNames[] = {"F32", "F16", "BF16", "Q8", "Q4", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"};
  return kNames[static_cast<size_t>(type)];
}

const char* layout_name(Layout layout) {
  switch (layout) {
    case Layout::hf:
      return "hf";
    case Layout::mistral:
      return "mistral";
    case Layout::mamba_ssm:
      return "mamba_ssm";
    case Layout::gguf:
      return "gguf";
  }
  return "?";
}

int64_t TensorView::n_elements() const {
  int64_t n = 1;
  for (const int64_t size : shape) n *= size;  // cannot overflow: the loader checked it
  return empty() ? 0 : n;
}

std::string TensorView::where() const {
  return tensor_place(file ? file->path() : "(memory)", name, file_offset);
}

Result<Checkpoint> open_checkpoint(const std::string& path) {
  SW_ASSIGN(const bool file, is_file(path));
  const std::string parent = fs::path(path).parent_path().string();
  SW_ASSIGN(const Folder folder, Folder::list(!file ? path : parent.empty() ? "." : parent));
  SW_ASSIGN(Checkpoint checkpoint, file ? open_file(path) : open_folder(folder));
  checkpoint.directory = path;
  checkpoint.tokenizer_path = folder.path_if_there("tokenizer.model.v3");
  if (checkpoint.tokenizer_path.empty()) checkpoint.tokenizer_path = folder.path_if_there("tokenizer.model");
  checkpoint.settings_path = folder.path_if_there("sidewinder.json");
  return checkpoint;
}

}  // namespace sw
