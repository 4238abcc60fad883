// XXH3-128 of a sequence of fields, the same on every machine.
#pragma once

#include <xxhash.h>

#include <bit>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>

namespace sw {

class Hasher {
 public:
  Hasher() : state_(XXH3_createState()) {
    if (state_ == nullptr) throw std::bad_alloc();
    XXH3_128bits_reset(state_.get());
  }

  void bytes(const void* data, size_t n) { XXH3_128bits_update(state_.get(), data, n); }
  void number(uint64_t value) {
    unsigned char little_endian[8];
    for (int i = 0; i < 8; ++i) little_endian[i] = static_cast<unsigned char>(value >> (8 * i));
    bytes(little_endian, sizeof(little_endian));
  }
  void number(float value) { number(uint64_t{std::bit_cast<uint32_t>(value)}); }
  // With its length in front, so that no two sequences of fields give the same bytes.
  void text(std::string_view text) {
    number(uint64_t{text.size()});
    bytes(text.data(), text.size());
  }

  std::string digits() const {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_.get()));
    static constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    for (const unsigned char byte : canonical.digest) out += {kHex[byte >> 4], kHex[byte & 15]};
    return out;
  }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_;
};

}  // namespace sw
