#include "loader/safetensors.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "base/checked.h"
#include "loader/json.h"
#include "loader/packed_tensor.h"
#include "loader/printable.h"

namespace sw {
namespace {

constexpr uint64_t kHeaderBytesMax = 100'000'000;  // the format's own limit
constexpr size_t kTensorsMax = size_t{1} << 16;
constexpr size_t kNameBytesMax = 512;
constexpr size_t kRankMax = 8;
constexpr uint64_t kIntegerMax = uint64_t{1} << 53;  // beyond, JSON readers disagree

struct StoredType {
  std::string_view name;
  uint64_t n_bytes;
};
constexpr StoredType kStoredTypes[] = {
    {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1}, {"I16", 2}, {"U16", 2}, {"F16", 2},
    {"BF16", 2}, {"I32", 4}, {"U32", 4}, {"F32", 4},     {"F64", 8},     {"I64", 8}, {"U64", 8},
};

unsigned long long ull(uint64_t value) {
  return value;
}

// Reads one member of the header. Messages name the tensor and where its entry stands in the header.
class EntryReader {
 public:
  EntryReader(const std::string& path, const Json::Member& member, uint64_t data_begin)
      : path_(path), member_(member), data_begin_(data_begin) {}

  Result<SafetensorsEntry> read() {
    if (member_.key.size() > kNameBytesMax) {
      return fail(format("its name has %zu bytes, more than %zu", member_.key.size(), kNameBytesMax));
    }
    const Json::Object* object = member_.value.object();
    if (object == nullptr) return fail("its entry is not an object");
    entry_.name = member_.key;
    entry_.name_offset = member_.offset;
    SW_TRY(read_dtype(*object));
    SW_TRY(read_shape(*object));
    SW_TRY(read_offsets(*object));
    return std::move(entry_);
  }

 private:
  Status fail(const std::string& why, Code code = Code::format) const {
    return {code, tensor_place(path_, member_.key, member_.offset) + ": " + why};
  }

  Status read_dtype(const Json::Object& object) {
    const Json::Member* field = find_member(object, "dtype");
    const std::string* name = field == nullptr ? nullptr : field->value.string();
    if (name == nullptr) return fail("it has no dtype string");
    for (const StoredType& type : kStoredTypes) {
      if (type.name != *name) continue;
      entry_.dtype = *name;
      n_bytes_ = type.n_bytes;
      return {};
    }
    return fail("unknown dtype '" + printable(*name, 32) + "'", Code::unsupported);
  }

  // Leaves the size in bytes of the whole tensor in n_bytes_.
  Status read_shape(const Json::Object& object) {
    const Json::Member* field = find_member(object, "shape");
    const Json::Array* shape = field == nullptr ? nullptr : field->value.array();
    if (shape == nullptr) return fail("it has no shape array");
    if (shape->size() > kRankMax) return fail(format("rank %zu is more than %zu", shape->size(), kRankMax));
    for (const Json& size : *shape) {
      const uint64_t* n = size.unsigned_integer();
      if (n == nullptr || *n > kIntegerMax) return fail("a size in its shape is not an integer from 0 to 2^53");
      const auto product = checked_mul(n_bytes_, *n);
      if (!product) return fail("the product of its shape overflows");
      n_bytes_ = *product;
      entry_.shape.push_back(static_cast<int64_t>(*n));
    }
    return {};
  }

  Status read_offsets(const Json::Object& object) {
    const Json::Member* field = find_member(object, "data_offsets");
    const Json::Array* offsets = field == nullptr ? nullptr : field->value.array();
    if (offsets == nullptr || offsets->size() != 2) return fail("it has no data_offsets [begin, end]");
    const uint64_t* begin = (*offsets)[0].unsigned_integer();
    const uint64_t* end = (*offsets)[1].unsigned_integer();
    if (begin == nullptr || end == nullptr || *begin > kIntegerMax || *end > kIntegerMax) {
      return fail("its data_offsets are not integers from 0 to 2^53");
    }
    if (*begin > *end) return fail(format("its data_offsets [%llu, %llu] run backwards", ull(*begin), ull(*end)));
    if (*end - *begin != n_bytes_) {
      return fail(
          format("its data_offsets span %llu bytes, its dtype and shape need %llu", ull(*end - *begin), ull(n_bytes_)));
    }
    entry_.begin = data_begin_ + *begin;
    entry_.end = data_begin_ + *end;
    return {};
  }

  const std::string& path_;
  const Json::Member& member_;
  const uint64_t data_begin_;
  SafetensorsEntry entry_;
  uint64_t n_bytes_ = 0;  // of one element, then of the tensor
};

Status check_metadata(const Json::Member& member, const std::string& path) {
  const Json::Object* object = member.value.object();
  if (object == nullptr) {
    return error(Code::format, "%s: __metadata__ at byte %llu is not an object", path.c_str(), ull(member.offset));
  }
  for (const Json::Member& entry : *object) {
    if (entry.value.string() != nullptr) continue;
    return error(Code::format, "%s: __metadata__ '%s' at byte %llu is not a string", path.c_str(),
                 printable(entry.key).c_str(), ull(entry.offset));
  }
  return {};
}

// The length of the header, once it is known to lie inside the file.
Result<uint64_t> header_bytes(std::span<const std::byte> bytes, const std::string& path) {
  if (bytes.size() < 8) {
    return error(Code::format, "%s: not safetensors: %zu bytes, the header length at byte 0 alone has 8", path.c_str(),
                 bytes.size());
  }
  uint64_t n = 0;
  for (int i = 7; i >= 0; --i) n = n << 8 | std::to_integer<uint64_t>(bytes[i]);
  if (n > kHeaderBytesMax) {
    return error(Code::format, "%s: the header length at byte 0 is %llu, more than the %llu that safetensors allows",
                 path.c_str(), ull(n), ull(kHeaderBytesMax));
  }
  if (n > bytes.size() - 8) {
    return error(Code::format, "%s: the header at byte 8 should have %llu bytes, the file ends after %llu: truncated?",
                 path.c_str(), ull(n), ull(bytes.size() - 8));
  }
  if (n == 0 || bytes[8] != std::byte{'{'}) {
    return error(Code::format, "%s: the header at byte 8 does not begin with '{'", path.c_str());
  }
  return n;
}

// Sorts by offset and proves that the tensors tile the data from its first byte to the last of the file.
Status check_tiling(std::vector<SafetensorsEntry>& entries, const std::string& path, uint64_t data_begin,
                    uint64_t file_bytes) {
  std::sort(entries.begin(), entries.end(), [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
    return std::tie(a.begin, a.end, a.name_offset) < std::tie(b.begin, b.end, b.name_offset);
  });
  uint64_t at = data_begin;
  for (const SafetensorsEntry& entry : entries) {
    if (entry.begin != at) {
      return error(Code::format, "%s: %s: the tensor before it ends at byte %llu",
                   tensor_place(path, entry.name, entry.begin).c_str(), entry.begin < at ? "overlap" : "hole", ull(at));
    }
    if (entry.end > file_bytes) {
      return error(Code::format, "%s: it ends at byte %llu, the file at %llu: truncated?",
                   tensor_place(path, entry.name, entry.begin).c_str(), ull(entry.end), ull(file_bytes));
    }
    at = entry.end;
  }
  if (at != file_bytes) {
    return error(Code::format, "%s: the last tensor ends at byte %llu, but %llu bytes follow", path.c_str(), ull(at),
                 ull(file_bytes - at));
  }
  return {};
}

}  // namespace

std::string tensor_place(const std::string& path, const std::string& name, uint64_t offset) {
  return format("%s: tensor '%s' at byte %llu", path.c_str(), printable(name).c_str(), ull(offset));
}

Result<Safetensors> Safetensors::open(const std::string& path) {
  SW_ASSIGN(auto file, MappedFile::open(path));
  SW_ASSIGN(Safetensors parsed, parse(file->bytes(), path));
  parsed.file_ = std::move(file);
  return parsed;
}

Result<Safetensors> Safetensors::parse(std::span<const std::byte> bytes, const std::string& path) {
  SW_ASSIGN(const uint64_t n, header_bytes(bytes, path));
  JsonRules rules;
  rules.bytes_max = kHeaderBytesMax;
  rules.values_max = kTensorsMax * 12;  // an entry of rank 3 has 9
  rules.depth_max = 4;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + 8, n);
  SW_ASSIGN(const Json header, parse_json(text, path, 8, rules));

  Safetensors out;
  out.path_ = path;
  out.bytes_ = bytes;
  for (const Json::Member& member : *header.object()) {  // an object: it begins with '{'
    if (member.key == "__metadata__") {
      SW_TRY(check_metadata(member, path));
      continue;
    }
    if (out.entries_.size() == kTensorsMax) {
      return error(Code::format, "%s: more than %zu tensors", path.c_str(), kTensorsMax);
    }
    SW_ASSIGN(auto entry, EntryReader(path, member, 8 + n).read());
    out.entries_.push_back(std::move(entry));
  }
  SW_TRY(check_tiling(out.entries_, path, 8 + n, bytes.size()));
  return out;
}

std::string Safetensors::where(const SafetensorsEntry& entry) const {
  return tensor_place(path_, entry.name, entry.begin);
}

Result<TensorView> Safetensors::view(const SafetensorsEntry& entry) const {
  for (const DType type : {DType::f32, DType::f16, DType::bf16}) {
    if (entry.dtype == dtype_name(type)) return view_of(entry, type);
  }
  return error(Code::unsupported, "%s: %s weights; convert them to F32, F16 or BF16", where(entry).c_str(), entry.dtype.c_str());
}

Result<TensorView> Safetensors::packed_view(const SafetensorsEntry& entry, DType type, const std::vector<int64_t>& shape) const {
  const std::vector<int64_t> stored = {packed_blocks(shape[0]), packed_units(shape[1]), static_cast<int64_t>(packed_unit_bytes(type))};
  if (entry.dtype != "U8" || entry.shape != stored) {
    return error(Code::mismatch, "%s: a packed matrix of %lld rows and %lld columns is U8 of shape [%lld, %lld, %lld], which this is not",
                 where(entry).c_str(), static_cast<long long>(shape[0]), static_cast<long long>(shape[1]), static_cast<long long>(stored[0]),
                 static_cast<long long>(stored[1]), static_cast<long long>(stored[2]));
  }
  TensorView view = view_of(entry, type);
  view.shape = shape;
  return view;
}

TensorView Safetensors::view_of(const SafetensorsEntry& entry, DType type) const {
  TensorView view;
  view.dtype = type;
  view.name = entry.name;
  view.shape = entry.shape;
  view.data = bytes_.data() + entry.begin;
  view.n_bytes = entry.end - entry.begin;
  view.file_offset = entry.begin;
  view.file = file_;
  return view;
}

}  // namespace sw
