#include "loader/gguf.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>

#include "base/checked.h"
#include "loader/block_formats.h"
#include "loader/printable.h"
#include "loader/safetensors.h"

namespace sw {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are taken from the file as they lie");

constexpr size_t kValuesMax = size_t{1} << 16;
constexpr size_t kTensorsMax = size_t{1} << 16;
constexpr uint64_t kKeyBytesMax = 65535;  // the format's own limit
constexpr uint64_t kNameBytesMax = 512;
constexpr uint64_t kAlignmentMax = uint64_t{1} << 16;
constexpr uint64_t kSizeMax = uint64_t{1} << 53;
constexpr size_t kRankMax = 4;
constexpr const char* kFetchAgain = "a download that was cut short? Fetch it again";

unsigned long long ull(uint64_t value) { return value; }

// Bytes of an element; 0 for texts and arrays, whose length is in the file.
uint64_t element_bytes(GgufType type) {
  switch (type) {
    case GgufType::u8:
    case GgufType::i8:
    case GgufType::boolean:
      return 1;
    case GgufType::u16:
    case GgufType::i16:
      return 2;
    case GgufType::u32:
    case GgufType::i32:
    case GgufType::f32:
      return 4;
    case GgufType::u64:
    case GgufType::i64:
    case GgufType::f64:
      return 8;
    case GgufType::text:
    case GgufType::array:
      break;
  }
  return 0;
}

template <class T>
T read_as(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof(value));
  return value;
}

// ggml's numbers of the types of tensors.
struct StoredType {
  uint32_t number;
  const char* name;
  std::optional<DType> type;  // none: known, not read
};
constexpr StoredType kStoredTypes[] = {
    {0, "F32", DType::f32},   {1, "F16", DType::f16},   {2, "Q4_0", DType::q4_0},  {3, "Q4_1", DType::q4_1},  {6, "Q5_0", DType::q5_0},
    {7, "Q5_1", DType::q5_1}, {8, "Q8_0", DType::q8_0}, {9, "Q8_1", {}},           {10, "Q2_K", {}},          {11, "Q3_K", {}},
    {12, "Q4_K", DType::q4_k}, {13, "Q5_K", DType::q5_k}, {14, "Q6_K", DType::q6_k}, {15, "Q8_K", {}},        {16, "IQ2_XXS", {}},
    {17, "IQ2_XS", {}},       {18, "IQ3_XXS", {}},      {19, "IQ1_S", {}},         {20, "IQ4_NL", {}},        {21, "IQ3_S", {}},
    {22, "IQ2_S", {}},        {23, "IQ4_XS", {}},       {24, "I8", {}},            {25, "I16", {}},           {26, "I32", {}},
    {27, "I64", {}},          {28, "F64", {}},          {29, "IQ1_M", {}},         {30, "BF16", DType::bf16}, {34, "TQ1_0", {}},
    {35, "TQ2_0", {}},        {39, "MXFP4", {}},
};

// Takes the file apart from its front. Every length is checked against what is left before anything is made of it.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  uint64_t offset() const { return at_; }
  uint64_t left() const { return bytes_.size() - at_; }
  std::span<const std::byte> since(uint64_t begin) const { return bytes_.subspan(begin, at_ - begin); }

  Status skip(uint64_t n, const char* what) {
    if (n > left()) {
      return error(Code::format, "%s: the file ends at byte %zu, inside %s at byte %llu: %s", path_.c_str(), bytes_.size(), what, ull(at_),
                   kFetchAgain);
    }
    at_ += n;
    return {};
  }

  template <class T>
  Status number(const char* what, T* out) {
    const uint64_t begin = at_;
    SW_TRY(skip(sizeof(T), what));
    *out = read_as<T>(bytes_.data() + begin);
    return {};
  }

  Status text(const char* what, uint64_t n_max, std::string_view* out) {
    uint64_t n = 0;
    SW_TRY(number(what, &n));
    const uint64_t begin = at_;
    if (n <= left() && n > n_max) {
      return error(Code::format, "%s: %s at byte %llu has %llu bytes, more than %llu", path_.c_str(), what, ull(begin), ull(n), ull(n_max));
    }
    SW_TRY(skip(n, what));
    *out = {reinterpret_cast<const char*>(bytes_.data()) + begin, static_cast<size_t>(n)};
    return {};
  }

 private:
  std::span<const std::byte> bytes_;
  const std::string& path_;
  uint64_t at_ = 0;
};

struct Header {
  uint64_t n_tensors = 0;
  uint64_t n_values = 0;
};

Status check_version(uint32_t version, const std::string& path) {
  if (version == 2 || version == 3) return {};
  if (version == 1) {
    return error(Code::unsupported, "%s: GGUF version 1 at byte 4, of 2023: not supported; convert the model again with a current llama.cpp",
                 path.c_str());
  }
  if (version != 0 && (version & 0xffff) == 0) {
    return error(Code::unsupported, "%s: a big-endian GGUF file (version at byte 4): not supported; take or convert a little-endian one",
                 path.c_str());
  }
  return error(version > 3 ? Code::unsupported : Code::format, "%s: GGUF version %u at byte 4; versions 2 and 3 are read", path.c_str(), version);
}

Status read_header(Reader& reader, const std::string& path, Header* out) {
  uint32_t magic = 0, version = 0;
  SW_TRY(reader.number("the magic", &magic));
  if (magic != 0x46554747) return error(Code::format, "%s: byte 0: not a GGUF file", path.c_str());
  SW_TRY(reader.number("the version", &version));
  SW_TRY(check_version(version, path));
  SW_TRY(reader.number("the number of tensors", &out->n_tensors));
  SW_TRY(reader.number("the number of metadata values", &out->n_values));
  if (out->n_tensors > kTensorsMax || out->n_values > kValuesMax) {
    return error(Code::format, "%s: %llu tensors and %llu metadata values at byte 8; at most %zu of each are read", path.c_str(),
                 ull(out->n_tensors), ull(out->n_values), kTensorsMax);
  }
  return {};
}

class ValueReader {
 public:
  ValueReader(Reader& reader, const std::string& path) : reader_(reader), path_(path) {}

  Status read(std::string_view* key, GgufValue* out) {
    out->offset = reader_.offset();
    SW_TRY(reader_.text("a metadata key", kKeyBytesMax, key));
    if (key->empty()) return error(Code::format, "%s: the metadata key at byte %llu is empty", path_.c_str(), ull(out->offset));
    SW_TRY(read_type(*key, &out->type));
    out->element = out->type;
    if (out->type == GgufType::array) {
      SW_TRY(read_type(*key, &out->element));
      SW_TRY(reader_.number("the length of an array", &out->n));
      if (out->element == GgufType::array) return fail(*key, out->offset, Code::unsupported, "an array of arrays is not read");
    }
    const uint64_t begin = reader_.offset();
    SW_TRY(skip_elements(*key, *out));
    out->bytes = reader_.since(begin);
    return {};
  }

 private:
  Status fail(std::string_view key, uint64_t offset, Code code, const char* why) const {
    return error(code, "%s: '%s' at byte %llu: %s", path_.c_str(), printable(key, 64).c_str(), ull(offset), why);
  }

  Status read_type(std::string_view key, GgufType* out) {
    uint32_t number = 0;
    const uint64_t offset = reader_.offset();
    SW_TRY(reader_.number("the type of a metadata value", &number));
    if (number > static_cast<uint32_t>(GgufType::f64)) return fail(key, offset, Code::format, "a value of no type that GGUF knows");
    *out = static_cast<GgufType>(number);
    return {};
  }

  Status skip_elements(std::string_view key, const GgufValue& value) {
    if (value.element == GgufType::text) {
      std::string_view ignored;
      for (uint64_t i = 0; i < value.n; ++i) SW_TRY(reader_.text("a text", std::numeric_limits<uint64_t>::max(), &ignored));
      return {};
    }
    const auto n_bytes = checked_mul(value.n, element_bytes(value.element));
    if (!n_bytes) return fail(key, value.offset, Code::format, "the length of its array overflows");
    return reader_.skip(*n_bytes, "a metadata value");
  }

  Reader& reader_;
  const std::string& path_;
};

class TensorReader {
 public:
  TensorReader(Reader& reader, const std::string& path, uint64_t alignment) : reader_(reader), path_(path), alignment_(alignment) {}

  // `begin` of what comes back is still relative to the data.
  Result<GgufTensor> read() {
    offset_ = reader_.offset();
    std::string_view name;
    SW_TRY(reader_.text("the name of a tensor", kNameBytesMax, &name));
    tensor_ = {};
    tensor_.name = name;
    SW_TRY(read_dims());
    SW_TRY(read_type());
    SW_TRY(reader_.number("the offset of a tensor", &tensor_.begin));
    if (tensor_.begin % alignment_ != 0) {
      return fail(Code::format, format("its data's offset %llu is not a multiple of %llu", ull(tensor_.begin), ull(alignment_)));
    }
    return std::move(tensor_);
  }

 private:
  Status fail(Code code, const std::string& why) const { return {code, tensor_place(path_, tensor_.name, offset_) + ": " + why}; }

  Status read_dims() {
    uint32_t n_dims = 0;
    SW_TRY(reader_.number("the rank of a tensor", &n_dims));
    if (n_dims < 1 || n_dims > kRankMax) return fail(Code::format, format("its rank %u is not from 1 to %zu", n_dims, kRankMax));
    n_weights_ = 1;
    for (uint32_t i = 0; i < n_dims; ++i) {
      uint64_t n = 0;
      SW_TRY(reader_.number("a dimension of a tensor", &n));
      const auto product = checked_mul(n_weights_, n);
      if (n == 0 || n > kSizeMax || !product || *product > kSizeMax) return fail(Code::format, "a dimension, or their product, is 0 or above 2^53");
      n_weights_ = *product;
      tensor_.dims.push_back(static_cast<int64_t>(n));
    }
    return {};
  }

  Status read_type() {
    uint32_t number = 0;
    SW_TRY(reader_.number("the type of a tensor", &number));
    const auto known = std::find_if(std::begin(kStoredTypes), std::end(kStoredTypes), [&](const StoredType& t) { return t.number == number; });
    const bool is_known = known != std::end(kStoredTypes);
    if (!is_known || !known->type) {
      const std::string name = is_known ? known->name : format("type %u", number);
      return fail(Code::unsupported, name + " weights; take a file of F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K or Q6_K");
    }
    tensor_.type = *known->type;
    if (!is_blocked(tensor_.type)) {
      tensor_.n_bytes = n_weights_ * (tensor_.type == DType::f32 ? 4 : 2);
      return {};
    }
    const auto n_block = static_cast<uint64_t>(block_weights(tensor_.type));
    if (static_cast<uint64_t>(tensor_.dims[0]) % n_block != 0) {
      return fail(Code::format, format("rows of %lld weights are no whole blocks of %s, which have %llu", static_cast<long long>(tensor_.dims[0]),
                                       known->name, ull(n_block)));
    }
    tensor_.n_bytes = n_weights_ / n_block * block_bytes(tensor_.type);
    return {};
  }

  Reader& reader_;
  const std::string& path_;
  const uint64_t alignment_;
  uint64_t offset_ = 0;
  uint64_t n_weights_ = 1;
  GgufTensor tensor_;
};

// Offsets become those of the file, and are proven to lie inside it, no two on top of each other.
Status place_tensors(std::vector<GgufTensor>& tensors, const std::string& path, uint64_t data_begin, uint64_t file_bytes) {
  std::vector<const GgufTensor*> order;
  const GgufTensor* furthest = nullptr;
  for (GgufTensor& tensor : tensors) {
    if (tensor.begin > std::numeric_limits<uint64_t>::max() / 4 || tensor.n_bytes > std::numeric_limits<uint64_t>::max() / 4) {
      return error(Code::format, "%s: its offset is beyond any file", tensor_place(path, tensor.name, data_begin).c_str());
    }
    tensor.begin += data_begin;
    order.push_back(&tensor);
    if (furthest == nullptr || tensor.begin + tensor.n_bytes > furthest->begin + furthest->n_bytes) furthest = &tensor;
  }
  if (furthest != nullptr && furthest->begin + furthest->n_bytes > file_bytes) {
    return error(Code::format, "%s: it ends at byte %llu, the file at %llu: %s", tensor_place(path, furthest->name, furthest->begin).c_str(),
                 ull(furthest->begin + furthest->n_bytes), ull(file_bytes), kFetchAgain);
  }
  std::sort(order.begin(), order.end(), [](const GgufTensor* a, const GgufTensor* b) { return a->begin < b->begin; });
  for (size_t i = 1; i < order.size(); ++i) {
    if (order[i - 1]->begin + order[i - 1]->n_bytes <= order[i]->begin) continue;
    return error(Code::format, "%s: it overlaps '%s', which begins at byte %llu", tensor_place(path, order[i]->name, order[i]->begin).c_str(),
                 printable(order[i - 1]->name).c_str(), ull(order[i - 1]->begin));
  }
  std::vector<std::string_view> names;
  for (const GgufTensor& tensor : tensors) names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  return twice == names.end() ? Status()
                              : error(Code::format, "%s: two tensors are called '%s'", path.c_str(), printable(*twice).c_str());
}

std::optional<int64_t> as_integer(GgufType type, const std::byte* at) {
  switch (type) {
    case GgufType::u8: return read_as<uint8_t>(at);
    case GgufType::i8: return read_as<int8_t>(at);
    case GgufType::u16: return read_as<uint16_t>(at);
    case GgufType::i16: return read_as<int16_t>(at);
    case GgufType::u32: return read_as<uint32_t>(at);
    case GgufType::i32: return read_as<int32_t>(at);
    case GgufType::i64: return read_as<int64_t>(at);
    case GgufType::u64: {
      const auto value = read_as<uint64_t>(at);
      return value <= kSizeMax ? std::optional(static_cast<int64_t>(value)) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

std::optional<double> as_number(GgufType type, const std::byte* at) {
  if (type == GgufType::f32) return read_as<float>(at);
  if (type == GgufType::f64) return read_as<double>(at);
  const auto integer = as_integer(type, at);
  return integer ? std::optional(static_cast<double>(*integer)) : std::nullopt;
}

}  // namespace

bool is_gguf(std::span<const std::byte> bytes) { return bytes.size() >= 4 && std::memcmp(bytes.data(), "GGUF", 4) == 0; }

Result<Gguf> Gguf::parse(std::shared_ptr<const MappedFile> file) {
  SW_ASSIGN(Gguf parsed, parse(file->bytes(), file->path()));
  parsed.file_ = std::move(file);
  return parsed;
}

Result<Gguf> Gguf::parse(std::span<const std::byte> bytes, const std::string& path) {
  Gguf out;
  out.path_ = path;
  out.bytes_ = bytes;
  Reader reader(bytes, out.path_);
  Header header;
  SW_TRY(read_header(reader, path, &header));
  ValueReader values(reader, out.path_);
  for (uint64_t i = 0; i < header.n_values; ++i) {
    std::string_view key;
    GgufValue value;
    SW_TRY(values.read(&key, &value));
    if (!out.values_.try_emplace(key, value).second) return out.fail(Code::format, key, "the key is there twice");
  }
  int alignment = 32;
  SW_TRY(out.count("general.alignment", 1, kAlignmentMax, &alignment));
  if ((alignment & (alignment - 1)) != 0) return out.fail(Code::format, "general.alignment", "not a power of two");
  TensorReader tensors(reader, out.path_, static_cast<uint64_t>(alignment));
  for (uint64_t i = 0; i < header.n_tensors; ++i) {
    SW_ASSIGN(GgufTensor tensor, tensors.read());
    out.tensors_.push_back(std::move(tensor));
  }
  const auto a = static_cast<uint64_t>(alignment);
  SW_TRY(place_tensors(out.tensors_, path, (reader.offset() + a - 1) / a * a, bytes.size()));
  return out;
}

TensorView Gguf::view(const GgufTensor& tensor) const {
  TensorView view;
  view.name = tensor.name;
  view.dtype = tensor.type;
  view.shape.assign(tensor.dims.rbegin(), tensor.dims.rend());
  view.data = bytes_.data() + tensor.begin;
  view.n_bytes = tensor.n_bytes;
  view.file_offset = tensor.begin;
  view.file = file_;
  return view;
}

const GgufValue* Gguf::find(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

Status Gguf::fail(Code code, std::string_view key, const std::string& why) const {
  const GgufValue* value = find(key);
  const std::string place = value == nullptr ? "" : format(" at byte %llu", ull(value->offset));
  return error(code, "%s: '%s'%s: %s", path_.c_str(), printable(key, 64).c_str(), place.c_str(), why.c_str());
}

Status Gguf::count(std::string_view key, uint64_t low, uint64_t high, int* out) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return {};
  const auto n = value->type == GgufType::array ? std::nullopt : as_integer(value->type, value->bytes.data());
  if (!n || *n < static_cast<int64_t>(low) || *n > static_cast<int64_t>(high)) {
    return fail(Code::format, key, format("must be an integer from %llu to %llu", ull(low), ull(high)));
  }
  *out = static_cast<int>(*n);
  return {};
}

Status Gguf::number(std::string_view key, double low, double high, double* out) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return {};
  const auto n = value->type == GgufType::array ? std::nullopt : as_number(value->type, value->bytes.data());
  if (!n || !(*n >= low && *n <= high)) return fail(Code::format, key, format("must be a number from %g to %g", low, high));
  *out = *n;
  return {};
}

Status Gguf::boolean(std::string_view key, bool* out) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return {};
  if (value->type != GgufType::boolean || std::to_integer<int>(value->bytes[0]) > 1) return fail(Code::format, key, "must be a boolean, 0 or 1");
  *out = value->bytes[0] != std::byte{0};
  return {};
}

Status Gguf::text(std::string_view key, std::string_view* out) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return {};
  if (value->type != GgufType::text) return fail(Code::format, key, "must be a text");
  *out = {reinterpret_cast<const char*>(value->bytes.data()) + 8, value->bytes.size() - 8};
  return {};
}

Status Gguf::texts(std::string_view key, std::vector<std::string_view>* out) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return {};
  if (value->type != GgufType::array || value->element != GgufType::text) return fail(Code::format, key, "must be an array of texts");
  out->clear();
  const std::byte* at = value->bytes.data();
  for (uint64_t i = 0; i < value->n; ++i) {  // lengths were checked when the file was read
    const auto n = read_as<uint64_t>(at);
    out->push_back({reinterpret_cast<const char*>(at) + 8, static_cast<size_t>(n)});
    at += 8 + n;
  }
  return {};
}

Status Gguf::floats(std::string_view key, std::vector<float>* out) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return {};
  if (value->type != GgufType::array || value->element != GgufType::f32) return fail(Code::format, key, "must be an array of float32");
  out->resize(static_cast<size_t>(value->n));
  if (!out->empty()) std::memcpy(out->data(), value->bytes.data(), value->bytes.size());
  return {};
}

Status Gguf::integers(std::string_view key, std::vector<int32_t>* out) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return {};
  out->clear();
  const uint64_t n_bytes = value->type == GgufType::array ? element_bytes(value->element) : 0;
  for (uint64_t i = 0; n_bytes > 0 && i < value->n; ++i) {
    const auto n = as_integer(value->element, value->bytes.data() + i * n_bytes);
    if (!n || *n < std::numeric_limits<int32_t>::min() || *n > std::numeric_limits<int32_t>::max()) break;
    out->push_back(static_cast<int32_t>(*n));
  }
  if (value->type != GgufType::array || out->size() != value->n) return fail(Code::format, key, "must be an array of integers of 32 bits");
  return {};
}

}  // namespace sw
