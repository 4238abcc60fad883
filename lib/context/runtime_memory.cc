#include "context/runtime_memory.h"

#include <new>

namespace {

void* check(void* memory, size_t n_bytes) {
  if (memory == nullptr && n_bytes > 0) throw std::bad_alloc();
  return memory;
}

}  // namespace

extern "C" {

void* sw_tree_sitter_malloc(size_t n_bytes) { return check(std::malloc(n_bytes), n_bytes); }

void* sw_tree_sitter_calloc(size_t n, size_t n_bytes) { return check(std::calloc(n == 0 ? 1 : n, n_bytes), n_bytes); }

void* sw_tree_sitter_realloc(void* memory, size_t n_bytes) { return check(std::realloc(memory, n_bytes), n_bytes); }

}  // extern "C"
