// Where large buffers come from: the host's allocator if it gave one.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "base/status.h"

namespace sw {

// Thread-safe. Alignment is a power of two; allocate gives nullptr when there is no memory.
struct Allocator {
  void* (*allocate)(void* user, size_t n_bytes, size_t alignment);
  void (*release)(void* user, void* memory, size_t n_bytes);
  void* user;
};

Allocator system_allocator();

// A fixed-size array of floats on cache-line boundaries. Movable, not copyable.
class FloatBuffer {
 public:
  static constexpr size_t kAlignment = 64;

  FloatBuffer() = default;
  // Uninitialised memory for `n` floats. no_memory names the bytes that were asked for.
  static Result<FloatBuffer> create(const Allocator& allocator, size_t n);

  FloatBuffer(FloatBuffer&& other) noexcept { *this = std::move(other); }
  FloatBuffer& operator=(FloatBuffer&& other) noexcept;
  ~FloatBuffer();

  float* data() { return data_; }
  const float* data() const { return data_; }
  size_t size() const { return size_; }
  size_t n_bytes() const { return size_ * sizeof(float); }
  std::span<float> span() { return {data_, size_}; }
  std::span<const float> span() const { return {data_, size_}; }

 private:
  Allocator allocator_{};
  float* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace sw
