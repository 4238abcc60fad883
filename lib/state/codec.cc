// An encoded state is its parts in the order of the layout: conv_state and ssm_state of each block, then `hidden`. A part is cut into
// chunks of whole rows that stay in the cache. A chunk is
//
//   f32   values        or packed  plane 3 (sign, exponent), planes 0, 1, 2
//   bf16  values        or packed  plane 1 (sign, exponent), plane 0
//   int8  scales (float32, one a row), values    or packed  scales, plane
//
// where a plane is one byte of each value. The first plane named is preceded by its size, uint64: as many bytes as there are values when
// it is raw, fewer when it is a zstd frame. The others are raw: on real states mantissas do not shrink at all.
#include "state/codec.h"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

namespace sw {
namespace {

static_assert(std::endian::native == std::endian::little, "encoded states are little-endian");

constexpr size_t kChunk = size_t{1} << 16;  // values
constexpr int kLevel = 1;                   // of zstd: what there is to gain is Huffman's, not the match finder's
constexpr size_t kGrain = FloatBuffer::kAlignment;

struct Part {
  size_t offset;
  size_t size;
  size_t row;
  ValueCodec values;
};

Result<std::vector<Part>> parts_of(const StateLayout& layout, ValueCodec values) {
  std::vector<Part> parts;
  parts.reserve(layout.blocks.size() * 2 + 1);
  for (const StateLayout::Block& block : layout.blocks) {
    parts.push_back({block.conv_offset, block.conv_size, 1, ValueCodec::f32});
    parts.push_back({block.ssm_offset, block.ssm_size, std::max<size_t>(block.d_state, 1), values});
  }
  parts.push_back({layout.hidden_offset, layout.hidden_size, 1, ValueCodec::f32});
  size_t end = 0;
  for (const Part& part : parts) {
    if (part.offset < end || part.offset > layout.n_floats || part.size > layout.n_floats - part.offset || part.size % part.row != 0) {
      return error(Code::argument, "the layout of the state is not in order: part of %zu floats at %zu of %zu", part.size, part.offset,
                   layout.n_floats);
    }
    end = part.offset + part.size;
  }
  return parts;
}

// Values of one chunk: whole rows.
size_t chunk_of(const Part& part) { return std::max<size_t>(kChunk / part.row, 1) * part.row; }

size_t width_of(ValueCodec values) { return values == ValueCodec::f32 ? 4 : values == ValueCodec::bf16 ? 2 : 1; }

// Aligned working memory, cut into pieces.
class Scratch {
 public:
  static Result<Scratch> create(const Allocator& allocator, size_t n_bytes) {
    Scratch scratch;
    SW_ASSIGN(scratch.buffer_, FloatBuffer::create(allocator, n_bytes / sizeof(float) + 1));
    return scratch;
  }
  template <class T>
  std::span<T> at(size_t offset, size_t n) {
    return {reinterpret_cast<T*>(reinterpret_cast<std::byte*>(buffer_.data()) + offset), n};
  }

 private:
  FloatBuffer buffer_;
};

size_t up(size_t n) { return (n + kGrain - 1) / kGrain * kGrain; }

// The working memory of a chunk of n values in rows of at least one.
struct Areas {
  size_t values;  // the values in their own type
  size_t planes;  // the values as planes
  size_t scales;
  size_t frame;  // a zstd frame
  size_t frame_bytes;
  size_t n_bytes;

  static Areas of(const std::vector<Part>& parts) {
    size_t n = 0;
    for (const Part& part : parts) n = std::max(n, std::min(chunk_of(part), part.size));
    Areas a;
    a.values = 0;
    a.planes = a.values + up(n * sizeof(float));
    a.scales = a.planes + up(n * sizeof(float));
    a.frame = a.scales + up(n * sizeof(float));
    a.frame_bytes = ZSTD_compressBound(n);
    a.n_bytes = a.frame + up(a.frame_bytes);
    return a;
  }
};

uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t magnitude = bits & 0x7fffffffu;
  const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const uint32_t too_large = magnitude > 0x7f7f7fffu && magnitude < 0x7f800000u ? 1u : 0u;  // would round to infinity
  const uint32_t nan = (bits >> 16) | 0x40u;
  return static_cast<uint16_t>(magnitude > 0x7f800000u ? nan : too_large ? (bits >> 16) : rounded);
}

float from_bf16(uint16_t value) { return std::bit_cast<float>(uint32_t{value} << 16); }

// The scale of a row: the largest magnitude becomes 127. Negative when a value is not finite.
float scale_of(std::span<const float> row) {
  uint32_t largest = 0;
  for (const float value : row) largest = std::max(largest, std::bit_cast<uint32_t>(value) & 0x7fffffffu);
  if (largest > 0x7f7fffffu) return -1.0f;
  const auto magnitude = std::bit_cast<float>(largest);
  float scale = magnitude / 127.0f;
  // A denormal scale has few bits: rounded down it would not reach the largest value; and 127 of the largest must not overflow.
  if (scale * 127.0f < magnitude) scale = std::nextafter(scale, FLT_MAX);
  if (scale * 127.0f > FLT_MAX) scale = std::nextafter(scale, 0.0f);
  return scale;
}

void quantize(std::span<const float> row, float scale, int8_t* out) {
  // Adding and taking away 1.5 * 2^23 rounds to nearest even, and unlike rint() is vectorised on any machine.
  constexpr float kRound = 12582912.0f;
  const float divisor = scale > 0 ? scale : 1.0f;
  for (size_t i = 0; i < row.size(); ++i) {
    const float rounded = (row[i] / divisor + kRound) - kRound;
    out[i] = static_cast<int8_t>(static_cast<int32_t>(rounded));
  }
}

template <class T>
void split(std::span<const T> values, std::span<uint8_t> planes) {
  const size_t n = values.size();
  for (size_t k = 0; k < sizeof(T); ++k) {
    uint8_t* plane = planes.data() + k * n;
    for (size_t i = 0; i < n; ++i) plane[i] = static_cast<uint8_t>(values[i] >> (8 * k));
  }
}

template <class T>
void join(std::span<const uint8_t> planes, std::span<T> values) {
  const size_t n = values.size();
  const uint8_t* plane = planes.data();
  for (size_t i = 0; i < n; ++i) {
    T value = 0;
    for (size_t k = 0; k < sizeof(T); ++k) value = static_cast<T>(value | T{plane[k * n + i]} << (8 * k));
    values[i] = value;
  }
}

class Encoder {
 public:
  Encoder(const Areas& areas, Scratch scratch, bool packed, const ByteSink& sink)
      : areas_(areas), scratch_(std::move(scratch)), sink_(sink), zstd_(packed ? ZSTD_createCCtx() : nullptr, ZSTD_freeCCtx) {}
  bool has_memory(bool packed) const { return !packed || zstd_ != nullptr; }

  Status chunk(const Part& part, std::span<const float> values, size_t offset) {
    switch (part.values) {
      case ValueCodec::f32: return f32(values);
      case ValueCodec::bf16: return bf16(values);
      case ValueCodec::int8: return int8(part, values, offset);
    }
    return error(Code::argument, "no codec has the number %d", static_cast<int>(part.values));
  }

 private:
  Status f32(std::span<const float> values) {
    if (!zstd_) return sink_(std::as_bytes(values));
    const auto bits = scratch_.at<uint32_t>(areas_.values, values.size());
    std::memcpy(bits.data(), values.data(), values.size_bytes());
    return planes<uint32_t>(bits);
  }

  Status bf16(std::span<const float> values) {
    const auto bits = scratch_.at<uint16_t>(areas_.values, values.size());
    for (size_t i = 0; i < values.size(); ++i) bits[i] = to_bf16(values[i]);
    return zstd_ ? planes<uint16_t>(bits) : sink_(std::as_bytes(bits));
  }

  Status int8(const Part& part, std::span<const float> values, size_t offset) {
    const auto scales = scratch_.at<float>(areas_.scales, values.size() / part.row);
    const auto bytes = scratch_.at<int8_t>(areas_.values, values.size());
    for (size_t r = 0; r < scales.size(); ++r) {
      const auto row = values.subspan(r * part.row, part.row);
      scales[r] = scale_of(row);
      if (scales[r] < 0) {
        return error(Code::argument, "int8 cannot hold a state with NaN or infinity (row of %zu floats at %zu); keep it as f32", part.row,
                     offset + r * part.row);
      }
      quantize(row, scales[r], bytes.data() + r * part.row);
    }
    SW_TRY(sink_(std::as_bytes(scales)));
    return zstd_ ? squeezed(scratch_.at<uint8_t>(areas_.values, values.size())) : sink_(std::as_bytes(bytes));
  }

  template <class T>
  Status planes(std::span<const T> values) {
    const size_t n = values.size();
    const auto bytes = scratch_.at<uint8_t>(areas_.planes, n * sizeof(T));
    split<T>(values, bytes);
    SW_TRY(squeezed(bytes.last(n)));
    return sink_(std::as_bytes(bytes.first(n * (sizeof(T) - 1))));
  }

  Status squeezed(std::span<const uint8_t> plane) {
    const auto frame = scratch_.at<uint8_t>(areas_.frame, areas_.frame_bytes);
    const size_t n = ZSTD_compressCCtx(zstd_.get(), frame.data(), frame.size(), plane.data(), plane.size(), kLevel);
    const bool smaller = !ZSTD_isError(n) && n < plane.size();
    const auto stored = smaller ? std::span<const uint8_t>(frame.first(n)) : plane;
    const uint64_t size = stored.size();
    SW_TRY(sink_(std::as_bytes(std::span(&size, 1))));
    return sink_(std::as_bytes(stored));
  }

  Areas areas_;
  Scratch scratch_;
  const ByteSink& sink_;
  std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> zstd_;
};

class Decoder {
 public:
  Decoder(const Areas& areas, Scratch scratch, bool packed, uint64_t n_bytes, const ByteSource& source)
      : areas_(areas), scratch_(std::move(scratch)), left_(n_bytes), total_(n_bytes), source_(source),
        zstd_(packed ? ZSTD_createDCtx() : nullptr, ZSTD_freeDCtx) {}
  bool has_memory(bool packed) const { return !packed || zstd_ != nullptr; }

  Status chunk(const Part& part, std::span<float> out) {
    switch (part.values) {
      case ValueCodec::f32: return f32(out);
      case ValueCodec::bf16: return bf16(out);
      case ValueCodec::int8: return int8(part, out);
    }
    return error(Code::argument, "no codec has the number %d", static_cast<int>(part.values));
  }

  Status finish() const {
    if (left_ == 0) return {};
    return error(Code::format, "the encoded state goes on for %llu bytes after its end", static_cast<unsigned long long>(left_));
  }

 private:
  template <class T>
  Status read(std::span<T> out) {
    if (out.size_bytes() > left_) {
      return error(Code::format, "the encoded state ends at byte %llu, in the middle of its values",
                   static_cast<unsigned long long>(total_));
    }
    left_ -= out.size_bytes();
    return source_(std::as_writable_bytes(out));
  }

  Status f32(std::span<float> out) {
    if (!zstd_) return read(out);
    const auto bits = scratch_.at<uint32_t>(areas_.values, out.size());
    SW_TRY(planes<uint32_t>(bits));
    std::memcpy(out.data(), bits.data(), out.size_bytes());
    return {};
  }

  Status bf16(std::span<float> out) {
    const auto bits = scratch_.at<uint16_t>(areas_.values, out.size());
    SW_TRY(zstd_ ? planes<uint16_t>(bits) : read(bits));
    for (size_t i = 0; i < out.size(); ++i) out[i] = from_bf16(bits[i]);
    return {};
  }

  Status int8(const Part& part, std::span<float> out) {
    const auto scales = scratch_.at<float>(areas_.scales, out.size() / part.row);
    const auto bytes = scratch_.at<int8_t>(areas_.values, out.size());
    SW_TRY(read(scales));
    SW_TRY(zstd_ ? squeezed(scratch_.at<uint8_t>(areas_.values, out.size())) : read(bytes));
    for (const float scale : scales) {
      // Not NaN, not negative, and 127 of it are finite.
      if (!(scale >= 0 && scale * 127.0f <= FLT_MAX)) return error(Code::format, "the encoded state has a scale of %g", double{scale});
    }
    if (std::find(bytes.begin(), bytes.end(), int8_t{-128}) != bytes.end()) {
      return error(Code::format, "the encoded state has the value -128, which no state is encoded as");
    }
    for (size_t r = 0; r < scales.size(); ++r) {
      const int8_t* row = bytes.data() + r * part.row;
      for (size_t i = 0; i < part.row; ++i) out[r * part.row + i] = static_cast<float>(row[i]) * scales[r];
    }
    return {};
  }

  template <class T>
  Status planes(std::span<T> values) {
    const size_t n = values.size();
    const auto bytes = scratch_.at<uint8_t>(areas_.planes, n * sizeof(T));
    SW_TRY(squeezed(bytes.last(n)));
    SW_TRY(read(bytes.first(n * (sizeof(T) - 1))));
    join<T>(bytes, values);
    return {};
  }

  Status squeezed(std::span<uint8_t> plane) {
    uint64_t size = 0;
    SW_TRY(read(std::span(&size, 1)));
    if (size == plane.size()) return read(plane);
    if (size > plane.size()) {
      return error(Code::format, "the encoded state has %llu bytes where at most %zu can be", static_cast<unsigned long long>(size),
                   plane.size());
    }
    const auto frame = scratch_.at<uint8_t>(areas_.frame, size);
    SW_TRY(read(frame));
    // One call into memory of known size: zstd allocates nothing by what the frame says.
    const size_t n = ZSTD_decompressDCtx(zstd_.get(), plane.data(), plane.size(), frame.data(), frame.size());
    if (ZSTD_isError(n)) return error(Code::format, "the encoded state does not unpack: %s", ZSTD_getErrorName(n));
    if (n != plane.size()) return error(Code::format, "the encoded state unpacks to %zu bytes, not %zu", n, plane.size());
    return {};
  }

  Areas areas_;
  Scratch scratch_;
  uint64_t left_;
  uint64_t total_;
  const ByteSource& source_;
  std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> zstd_;
};

Status no_zstd() { return {Code::no_memory, "no memory for the working state of zstd"}; }

Status check_size(size_t n, const StateLayout& layout) {
  if (n == layout.n_floats) return {};
  return error(Code::argument, "%zu floats are given for a state of %zu", n, layout.n_floats);
}

}  // namespace

std::string StateCodec::name() const {
  const char* type = values == ValueCodec::f32 ? "f32" : values == ValueCodec::bf16 ? "bf16" : "int8";
  return packed ? std::string(type) + "+zstd" : type;
}

Result<StateCodec> StateCodec::parse(std::string_view name) {
  for (const ValueCodec values : {ValueCodec::f32, ValueCodec::bf16, ValueCodec::int8}) {
    for (const bool packed : {false, true}) {
      const StateCodec codec{values, packed};
      if (codec.name() == name) return codec;
    }
  }
  return error(Code::argument, "no state codec is called \"%.*s\"; there are f32, bf16 and int8, each also with +zstd",
               static_cast<int>(std::min<size_t>(name.size(), 40)), name.data());
}

uint64_t encoded_bytes_max(const StateLayout& layout, StateCodec codec) {
  const auto parts = parts_of(layout, codec.values);
  if (!parts.ok()) return 0;
  uint64_t n_bytes = 0;
  for (const Part& part : parts.value()) {
    n_bytes += part.size * width_of(part.values);
    if (part.values == ValueCodec::int8) n_bytes += part.size / part.row * sizeof(float);
    if (codec.packed) n_bytes += (part.size + chunk_of(part) - 1) / chunk_of(part) * sizeof(uint64_t);
  }
  return n_bytes;
}

Status encode(const StateLayout& layout, std::span<const float> state, StateCodec codec, const Allocator& allocator,
              const ByteSink& sink) {
  SW_TRY(check_size(state.size(), layout));
  SW_ASSIGN(const auto parts, parts_of(layout, codec.values));
  const Areas areas = Areas::of(parts);
  SW_ASSIGN(Scratch scratch, Scratch::create(allocator, areas.n_bytes));
  Encoder encoder(areas, std::move(scratch), codec.packed, sink);
  if (!encoder.has_memory(codec.packed)) return no_zstd();
  for (const Part& part : parts) {
    const size_t chunk = chunk_of(part);
    for (size_t at = 0; at < part.size; at += chunk) {
      const size_t offset = part.offset + at;
      SW_TRY(encoder.chunk(part, state.subspan(offset, std::min(chunk, part.size - at)), offset));
    }
  }
  return {};
}

Result<EncodedState> encode(const StateLayout& layout, std::span<const float> state, StateCodec codec, const Allocator& allocator) {
  const auto buffer_of = [&](size_t n_bytes) { return FloatBuffer::create(allocator, (n_bytes + sizeof(float) - 1) / sizeof(float)); };
  SW_ASSIGN(FloatBuffer whole, buffer_of(encoded_bytes_max(layout, codec)));
  const auto room = std::as_writable_bytes(whole.span());
  EncodedState encoded;
  SW_TRY(encode(layout, state, codec, allocator, [&](std::span<const std::byte> bytes) -> Status {
    std::copy(bytes.begin(), bytes.end(), room.begin() + static_cast<ptrdiff_t>(encoded.size_));
    encoded.size_ += bytes.size();
    return {};
  }));
  encoded.codec_ = codec;
  if (!codec.packed) {
    encoded.buffer_ = std::move(whole);
    return encoded;
  }
  SW_ASSIGN(encoded.buffer_, buffer_of(encoded.size_));
  std::memcpy(encoded.buffer_.data(), room.data(), encoded.size_);
  return encoded;
}

Status decode(const StateLayout& layout, StateCodec codec, uint64_t n_bytes, const ByteSource& source, const Allocator& allocator,
              std::span<float> out) {
  SW_TRY(check_size(out.size(), layout));
  SW_ASSIGN(const auto parts, parts_of(layout, codec.values));
  if (n_bytes > encoded_bytes_max(layout, codec)) {
    return error(Code::format, "%llu bytes are too many for an encoded state of this model", static_cast<unsigned long long>(n_bytes));
  }
  const Areas areas = Areas::of(parts);
  SW_ASSIGN(Scratch scratch, Scratch::create(allocator, areas.n_bytes));
  Decoder decoder(areas, std::move(scratch), codec.packed, n_bytes, source);
  if (!decoder.has_memory(codec.packed)) return no_zstd();
  size_t end = 0;
  for (const Part& part : parts) {
    std::fill(out.begin() + static_cast<ptrdiff_t>(end), out.begin() + static_cast<ptrdiff_t>(part.offset), 0.0f);  // padding
    const size_t chunk = chunk_of(part);
    for (size_t at = 0; at < part.size; at += chunk) {
      SW_TRY(decoder.chunk(part, out.subspan(part.offset + at, std::min(chunk, part.size - at))));
    }
    end = part.offset + part.size;
  }
  std::fill(out.begin() + static_cast<ptrdiff_t>(end), out.end(), 0.0f);
  return decoder.finish();
}

Status decode(const StateLayout& layout, StateCodec codec, std::span<const std::byte> bytes, const Allocator& allocator,
              std::span<float> out) {
  size_t at = 0;
  const ByteSource source = [&](std::span<std::byte> to) -> Status {  // the decoder asks for no more than there is
    if (!to.empty()) std::memcpy(to.data(), bytes.data() + at, to.size());
    at += to.size();
    return {};
  };
  return decode(layout, codec, bytes.size(), source, allocator, out);
}

}  // namespace sw
