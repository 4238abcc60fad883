#include "backend/allocator.h"

#include <cstdlib>
#include <limits>
#include <utility>

namespace sw {
namespace {

void* system_allocate(void*, size_t n_bytes, size_t alignment) {
  // aligned_alloc wants a multiple of the alignment.
  return std::aligned_alloc(alignment, (n_bytes + alignment - 1) / alignment * alignment);
}

void system_release(void*, void* memory, size_t) { std::free(memory); }

}  // namespace

Allocator system_allocator() { return {system_allocate, system_release, nullptr}; }

Result<FloatBuffer> FloatBuffer::create(const Allocator& allocator, size_t n) {
  FloatBuffer buffer;
  if (n == 0) return buffer;
  void* memory = nullptr;
  if (n <= (std::numeric_limits<size_t>::max() - kAlignment) / sizeof(float)) {
    memory = allocator.allocate(allocator.user, n * sizeof(float), kAlignment);
  }
  if (memory == nullptr) return error(Code::no_memory, "cannot allocate %zu floats (4 bytes each)", n);
  buffer.allocator_ = allocator;
  buffer.data_ = static_cast<float*>(memory);
  buffer.size_ = n;
  return buffer;
}

FloatBuffer& FloatBuffer::operator=(FloatBuffer&& other) noexcept {
  std::swap(allocator_, other.allocator_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

FloatBuffer::~FloatBuffer() {
  if (data_ != nullptr) allocator_.release(allocator_.user, data_, size_ * sizeof(float));
}

}  // namespace sw
