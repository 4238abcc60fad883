// How a kept state is written as bytes: which type its values have, and whether they are packed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "backend/allocator.h"
#include "model/state.h"

namespace sw {

// The type of ssm_state's values. conv_state and `hidden`, which are small, are float32 always.
enum class ValueCodec : uint8_t {
  f32 = 0,
  bf16 = 1,  // rounded to nearest even; a finite value stays finite
  int8 = 2,  // rounded to nearest even; one float32 scale for each row of d_state values, so that an error is at most half a scale
};

struct StateCodec {
  ValueCodec values = ValueCodec::f32;
  // Byte planes, of which those that shrink (sign and exponent; all of int8) go through zstd. Lossless.
  bool packed = false;

  // What is decoded has the bits of what was encoded.
  bool is_exact() const { return values == ValueCodec::f32; }
  std::string name() const;  // "f32", "bf16+zstd", ...
  static Result<StateCodec> parse(std::string_view name);
  friend bool operator==(const StateCodec&, const StateCodec&) = default;
};

using ByteSink = std::function<Status(std::span<const std::byte>)>;
// Fills all of the span or fails.
using ByteSource = std::function<Status(std::span<std::byte>)>;

// The most bytes that encode() makes of a state; without `packed` exactly as many.
uint64_t encoded_bytes_max(const StateLayout& layout, StateCodec codec);

// An encoded state in memory of the host's allocator. Movable, owns its bytes.
class EncodedState {
 public:
  EncodedState() = default;
  StateCodec codec() const { return codec_; }
  std::span<const std::byte> bytes() const { return std::as_bytes(buffer_.span()).first(size_); }
  size_t n_bytes() const { return buffer_.n_bytes(); }

 private:
  friend Result<EncodedState> encode(const StateLayout&, std::span<const float>, StateCodec, const Allocator&);
  StateCodec codec_;
  FloatBuffer buffer_;
  size_t size_ = 0;
};

// All of these are pure functions, safe on any thread; the same state gives the same bytes (packed: with one version of libzstd).
// Working memory is less than 1 MiB, however large the state. Padding between the parts of the layout is not stored and comes back 0.

// Errors: argument for a state that is not of the layout or holds what int8 cannot (NaN, infinity); no_memory; what `sink` says.
Status encode(const StateLayout& layout, std::span<const float> state, StateCodec codec, const Allocator& allocator,
              const ByteSink& sink);
Result<EncodedState> encode(const StateLayout& layout, std::span<const float> state, StateCodec codec, const Allocator& allocator);

// Trusts no byte. On error `out` holds anything.
// Errors: format for bytes that encode() does not make; argument for an `out` that is not of the layout; no_memory; what `source` says.
Status decode(const StateLayout& layout, StateCodec codec, uint64_t n_bytes, const ByteSource& source, const Allocator& allocator,
              std::span<float> out);
Status decode(const StateLayout& layout, StateCodec codec, std::span<const std::byte> bytes, const Allocator& allocator,
              std::span<float> out);

}  // namespace sw
