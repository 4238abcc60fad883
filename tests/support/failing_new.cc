#include "support/failing_new.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace sw::test {

std::atomic<int64_t> countdown{-1};
std::atomic<bool> fired{false};

namespace {

// SentencePiece's protobuf ends the process when memory runs out inside it, whatever its caller does (a destructor of its own throws).
// What it allocates is let through; all around it fails.
struct Range {
  uintptr_t begin = 0;
  uintptr_t end = 0;
  bool holds(const void* p) const { return reinterpret_cast<uintptr_t>(p) - begin < end - begin; }
};

Range sentencepiece_range() {
  Range range;
  ::dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* out) {
        if (std::strstr(info->dlpi_name, "libsentencepiece") == nullptr) return 0;
        auto* r = static_cast<Range*>(out);
        r->begin = info->dlpi_addr;
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          r->end = std::max<uintptr_t>(r->end, info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz);
        }
        return 1;
      },
      &range);
  return range;
}

bool must_not_fail(const void* caller) {
  static const Range range = sentencepiece_range();
  if (range.holds(caller)) return true;
  void* frames[32];
  const int n = ::backtrace(frames, 32);
  for (int i = 0; i < n; ++i) {
    if (range.holds(frames[i])) return true;
  }
  return false;
}

bool fails_now(const void* caller) {
  int64_t left = countdown.load(std::memory_order_relaxed);
  while (left >= 0) {
    if (left == 0 && must_not_fail(caller)) return false;  // the next one outside fails instead
    if (countdown.compare_exchange_weak(left, left - 1, std::memory_order_relaxed)) {
      if (left == 0) fired = true;
      return left == 0;
    }
  }
  return false;
}

}  // namespace

void* counted_allocate(std::size_t n, std::size_t alignment, const void* caller) {
  if (fails_now(caller)) return nullptr;
  n = n == 0 ? 1 : n;
  return alignment <= alignof(std::max_align_t) ? std::malloc(n) : std::aligned_alloc(alignment, (n + alignment - 1) / alignment * alignment);
}

}  // namespace sw::test

namespace {

void* allocate_or_throw(std::size_t n, std::size_t alignment, const void* caller) {
  void* memory = sw::test::counted_allocate(n, alignment, caller);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t n) { return allocate_or_throw(n, 1, __builtin_return_address(0)); }
void* operator new[](std::size_t n) { return allocate_or_throw(n, 1, __builtin_return_address(0)); }
void* operator new(std::size_t n, std::align_val_t a) { return allocate_or_throw(n, static_cast<std::size_t>(a), __builtin_return_address(0)); }
void* operator new[](std::size_t n, std::align_val_t a) { return allocate_or_throw(n, static_cast<std::size_t>(a), __builtin_return_address(0)); }
void* operator new(std::size_t n, const std::nothrow_t&) noexcept { return sw::test::counted_allocate(n, 1, __builtin_return_address(0)); }
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept { return sw::test::counted_allocate(n, 1, __builtin_return_address(0)); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
