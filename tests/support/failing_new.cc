#include "support/failing_new.h"

#include <cstdlib>
#include <new>

namespace sw::test {

std::atomic<int64_t> countdown{-1};
std::atomic<bool> fired{false};

namespace {

bool fails_now() {
  int64_t left = countdown.load(std::memory_order_relaxed);
  while (left >= 0) {
    if (countdown.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) {
      if (left == 0) fired = true;
      return left == 0;
    }
  }
  return false;
}

}  // namespace

void* counted_allocate(std::size_t n, std::size_t alignment) {
  if (fails_now()) return nullptr;
  n = n == 0 ? 1 : n;
  return alignment <= alignof(std::max_align_t) ? std::malloc(n) : std::aligned_alloc(alignment, (n + alignment - 1) / alignment * alignment);
}

}  // namespace sw::test

namespace {

void* allocate_or_throw(std::size_t n, std::size_t alignment) {
  void* memory = sw::test::counted_allocate(n, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t n) { return allocate_or_throw(n, 1); }
void* operator new[](std::size_t n) { return allocate_or_throw(n, 1); }
void* operator new(std::size_t n, std::align_val_t a) { return allocate_or_throw(n, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t n, std::align_val_t a) { return allocate_or_throw(n, static_cast<std::size_t>(a)); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return sw::test::counted_allocate(n, 1); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return sw::test::counted_allocate(n, 1); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
