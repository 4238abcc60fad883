#include "model/quantize_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <span>
#include <vector>

#include "base/atomic_file.h"
#include "base/mapped_file.h"
#include "loader/packed_tensor.h"
#include "loader/roles.h"
#include "loader/write_config.h"
#include "model/pack.h"

namespace sw {
namespace {

namespace fs = std::filesystem;

Status os_error(const std::string& path, const char* action) {
  return error(Code::io, "%s: cannot %s: %s", path.c_str(), action, std::strerror(errno));
}

// A file that grows at its end, is held by one writer, and stays when the writer goes.
class PartFile {
 public:
  static Result<PartFile> open(const std::string& path) {
    PartFile file(path, ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.fd_ < 0) return os_error(path, "open");
    if (::flock(file.fd_, LOCK_EX | LOCK_NB) != 0) {
      return error(Code::state, "%s: another process is writing it; wait for it or stop it", path.c_str());
    }
    struct stat info;
    if (::fstat(file.fd_, &info) != 0 || !S_ISREG(info.st_mode)) return error(Code::io, "%s: not a regular file", path.c_str());
    file.size_ = static_cast<uint64_t>(info.st_size);
    return file;
  }
  PartFile(PartFile&& other) noexcept : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), size_(other.size_) {}
  PartFile& operator=(PartFile&&) = delete;
  ~PartFile() {
    if (fd_ >= 0) ::close(fd_);
  }

  const std::string& path() const { return path_; }
  uint64_t size() const { return size_; }

  Result<bool> begins_with(const std::string& text) const {
    std::string found(text.size(), '\0');
    size_t n = 0;
    while (n < found.size()) {
      const ssize_t got = ::pread(fd_, found.data() + n, found.size() - n, static_cast<off_t>(n));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return os_error(path_, "read");
      if (got == 0) break;
      n += static_cast<size_t>(got);
    }
    return found == text;
  }
  Status cut(uint64_t size) {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) return os_error(path_, "cut");
    size_ = size;
    return {};
  }
  Status append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return os_error(path_, "write");
      size_ += static_cast<uint64_t>(n);
      bytes = bytes.subspan(static_cast<size_t>(n));
    }
    return {};
  }
  Status sync() const { return ::fsync(fd_) == 0 ? Status() : os_error(path_, "sync"); }
  Status rename_to(const std::string& path) const { return ::rename(path_.c_str(), path.c_str()) == 0 ? Status() : os_error(path, "rename"); }
  void remove() const { (void)::unlink(path_.c_str()); }

 private:
  PartFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;
  int fd_;
  uint64_t size_ = 0;
};

// One tensor of the new file, and what it is made of.
struct Item {
  std::string name;
  TensorView from;
  bool packed = false;
  uint64_t n_bytes = 0;
  std::span<const float> importance;  // of its columns; empty: all alike

  // Bytes of the new file that one step makes, and steps.
  uint64_t step_bytes(DType to) const {
    constexpr uint64_t kCopyStep = uint64_t{4} << 20;
    return packed ? packed_bytes(to, kPackStepRows, from.shape[1]) : kCopyStep;
  }
};

// The matrices first: their sizes are whole cache lines, so they begin on one.
std::vector<Item> items_of(const Checkpoint& from, DType to, const Importance& importance) {
  std::vector<Item> items;
  (void)for_each_role(from, [&](const std::string& role, const TensorView& tensor) {
    const bool packed = role == "embedding" || role == "head" || role.ends_with(".in_proj") || role.ends_with(".out_proj");
    Item item{hf_name(role), tensor, packed, tensor.n_bytes, importance.of(role)};
    if (packed) {
      item.name += packed_suffix(to);
      item.n_bytes = packed_bytes(to, tensor.shape[0], tensor.shape[1]);
    }
    items.push_back(std::move(item));
    return Status();
  });
  std::stable_partition(items.begin(), items.end(), [](const Item& item) { return item.packed; });
  return items;
}

uint64_t bytes_of(const std::vector<Item>& items) {
  uint64_t n = 0;
  for (const Item& item : items) n += item.n_bytes;
  return n;
}

// Length and JSON, padded so that the data begins on a cache line.
std::string header_of(const std::vector<Item>& items, DType to, const Importance& importance) {
  std::string json = importance.empty() ? "{" : format("{\"__metadata__\":{\"calibration\":\"%s\"}", importance.hash().c_str());
  uint64_t at = 0;
  for (const Item& item : items) {
    std::string shape;
    if (item.packed) {
      shape = format("%lld,%lld,%llu", static_cast<long long>(packed_blocks(item.from.shape[0])),
                     static_cast<long long>(packed_units(item.from.shape[1])), static_cast<unsigned long long>(packed_unit_bytes(to)));
    } else {
      for (const int64_t n : item.from.shape) shape += (shape.empty() ? "" : ",") + std::to_string(n);
    }
    json += format("%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%llu,%llu]}", json.size() > 1 ? "," : "", item.name.c_str(),
                   item.packed ? "U8" : dtype_name(item.from.dtype), shape.c_str(), static_cast<unsigned long long>(at),
                   static_cast<unsigned long long>(at + item.n_bytes));
    at += item.n_bytes;
  }
  json += "}";
  json.resize((json.size() + 8 + 63) / 64 * 64 - 8, ' ');
  std::string header(8, '\0');
  for (size_t i = 0; i < 8; ++i) header[i] = static_cast<char>(json.size() >> (8 * i));
  return header + json;
}

class Job {
 public:
  // importance: lives as long as the job.
  Job(const Checkpoint& from, DType to, const Importance& importance, Backend& backend, const Control& control)
      : to_(to), backend_(backend), control_(control), items_(items_of(from, to, importance)), header_(header_of(items_, to, importance)) {
    n_bytes_ = bytes_of(items_);
    for (const Item& item : items_) {
      buffer_.resize(std::max<size_t>(buffer_.size(), std::min(item.step_bytes(to), item.n_bytes)));
    }
  }

  // From where the file ends, back to the last whole step.
  Status write(PartFile& file) {
    SW_TRY(begin(file));
    uint64_t at = header_.size();
    return for_each_step([&](const Item& item, uint64_t offset, uint64_t n) -> Status {
      const uint64_t begins = at;
      at += n;
      if (file.size() >= at) return {};
      SW_TRY(file.cut(begins));
      SW_ASSIGN(const auto bytes, make(item, offset, n));
      return file.append(bytes);
    });
  }

  Status compare(const std::string& path) {
    SW_ASSIGN(const auto file, MappedFile::open(path));
    if (file->bytes().size() != header_.size() + n_bytes_) return differs(path, file->bytes().size());
    if (std::memcmp(file->bytes().data(), header_.data(), header_.size()) != 0) return differs(path, 0);
    uint64_t at = header_.size();
    return for_each_step([&](const Item& item, uint64_t offset, uint64_t n) -> Status {
      SW_ASSIGN(const auto bytes, make(item, offset, n));
      const std::byte* found = file->bytes().data() + at;
      if (std::memcmp(found, bytes.data(), n) != 0) return differs(path, at);
      file->drop(found, n);
      at += n;
      return {};
    });
  }

 private:
  static Status differs(const std::string& path, uint64_t at) {
    return error(Code::format, "%s: at byte %llu it is not what was to be written: a faulty disk, or the part of another checkpoint", path.c_str(),
                 static_cast<unsigned long long>(at));
  }

  Status begin(PartFile& file) {
    if (file.size() < header_.size()) {
      SW_TRY(file.cut(0));
      return file.append(std::as_bytes(std::span(header_)));
    }
    SW_ASSIGN(const bool ours, file.begins_with(header_));
    if (ours) return {};
    return error(Code::mismatch, "%s: the part of another checkpoint, format or calibration; remove it, or take another folder", file.path().c_str());
  }

  template <class Visit>
  Status for_each_step(Visit&& visit) {
    for (const Item& item : items_) {
      for (uint64_t offset = 0; offset < item.n_bytes; offset += item.step_bytes(to_)) {
        const uint64_t n = std::min(item.step_bytes(to_), item.n_bytes - offset);
        SW_TRY(visit(item, offset, n));
        done_ += n;
        SW_TRY(control_.step(done_, 2 * n_bytes_));
      }
    }
    return {};
  }

  // The n bytes at `offset` of a tensor, as they belong into the file. Valid until the next call.
  Result<std::span<const std::byte>> make(const Item& item, uint64_t offset, uint64_t n) {
    if (!item.packed) return std::span(item.from.data + offset, n);
    if (item.from.dtype == to_) return std::span(item.from.data + offset, n);
    const int begin = static_cast<int>(offset / item.step_bytes(to_)) * kPackStepRows;
    const int end = std::min(begin + kPackStepRows, static_cast<int>(item.from.shape[0]));
    SW_ASSIGN([[maybe_unused]] const Rounding rounding, pack_step(item.from, to_, item.importance, begin, end, buffer_.data(), backend_));
    if (item.from.file != nullptr) {
      const uint64_t row_bytes = item.from.n_bytes / static_cast<uint64_t>(item.from.shape[0]);
      item.from.file->drop(item.from.data + static_cast<uint64_t>(begin) * row_bytes, static_cast<uint64_t>(end - begin) * row_bytes);
    }
    return std::span<const std::byte>(buffer_.data(), n);
  }

  DType to_;
  Backend& backend_;
  const Control& control_;
  std::vector<Item> items_;
  std::string header_;
  std::vector<std::byte> buffer_;
  uint64_t n_bytes_ = 0;  // of the tensors in the new file
  uint64_t done_ = 0;     // written, then compared
};

Status write_whole(const std::string& path, std::span<const std::byte> bytes) {
  SW_ASSIGN(AtomicFile file, AtomicFile::create(path));
  SW_TRY(file.write(bytes));
  return file.commit();
}

Status copy_beside(const std::string& from, const std::string& folder) {
  if (from.empty()) return {};
  SW_ASSIGN(const auto file, MappedFile::open(from));
  return write_whole((fs::path(folder) / fs::path(from).filename()).string(), file->bytes());
}

Status prepare_folder(const Checkpoint& from, const std::string& folder, const std::string& weights) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return error(Code::io, "%s: cannot make the folder: %s", folder.c_str(), failed.message().c_str());
  if (fs::equivalent(folder, from.directory, failed)) {
    return error(Code::argument, "%s: the folder of the checkpoint itself; take another one", folder.c_str());
  }
  if (fs::exists(weights, failed)) {
    return error(Code::mismatch, "%s: there is a checkpoint already; remove it, or take another folder", weights.c_str());
  }
  return {};
}

// Tokens that pass through a weight in the time that it takes to be written or compared.
constexpr uint64_t kTokensOfByte = 4096;

// The same steering for the calibration, whose progress is the first n of `total`, and for what comes behind it.
Control first_part(const Control& control, uint64_t n, uint64_t total) {
  Control part = control;
  if (!control.progress) return part;
  part.progress = [&control, n, total](uint64_t done, uint64_t of) {
    return control.progress(static_cast<uint64_t>(static_cast<double>(done) / static_cast<double>(of) * static_cast<double>(n)), total);
  };
  return part;
}

Control rest(const Control& control, uint64_t n, uint64_t total) {
  Control part = control;
  if (!control.progress) return part;
  part.progress = [&control, n, total](uint64_t done, uint64_t) { return control.progress(n + done, total); };
  return part;
}

}  // namespace

Status quantize_file(const Checkpoint& from, DType to, const std::string& folder, const std::string& tokenizer, const Calibration& calibration,
                     Backend& backend, const Control& control) {
  SW_TRY(for_each_role(from, [&](const std::string&, const TensorView& tensor) { return check_packable(tensor, to); }));
  const std::string weights = (fs::path(folder) / "model.safetensors").string();
  SW_TRY(prepare_folder(from, folder, weights));
  SW_ASSIGN(PartFile part, PartFile::open(weights + ".part"));

  const uint64_t n_bytes = bytes_of(items_of(from, to, {}));
  const uint64_t n_first = calibration.run ? n_bytes * calibration.n_tokens / kTokensOfByte : 0, total = n_first + 2 * n_bytes;
  Importance importance;
  if (calibration.run) {
    SW_ASSIGN(importance, calibration.run(first_part(control, n_first, total)));
  }
  const Control writing = rest(control, n_first, total);
  Job job(from, to, importance, backend, writing);
  SW_TRY(job.write(part));
  SW_TRY(part.sync());
  if (const Status compared = job.compare(part.path()); !compared.ok()) {
    if (compared.code() == Code::format) part.remove();
    return compared;
  }
  const std::string config = hf_config_text(from);
  SW_TRY(write_whole((fs::path(folder) / "config.json").string(), std::as_bytes(std::span(config))));
  if (tokenizer.empty()) {
    SW_TRY(copy_beside(from.tokenizer_path, folder));
  } else {
    SW_TRY(write_whole((fs::path(folder) / "tokenizer.model").string(), std::as_bytes(std::span(tokenizer))));
  }
  SW_TRY(copy_beside(from.settings_path, folder));
  return part.rename_to(weights);
}

}  // namespace sw
