/* Force-included into the Tree-sitter runtime and the grammars: their memory. C11. */
#ifndef SW_CONTEXT_RUNTIME_MEMORY_H
#define SW_CONTEXT_RUNTIME_MEMORY_H

#include <stddef.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As the C library's, but throw std::bad_alloc where those return NULL: Tree-sitter itself would print and end the process. The C frames
 * on the way are compiled with -fexceptions; what they held stays allocated. */
void* sw_tree_sitter_malloc(size_t n_bytes);
void* sw_tree_sitter_calloc(size_t n, size_t n_bytes); /* n 0 counts as 1 */
void* sw_tree_sitter_realloc(void* memory, size_t n_bytes);

#ifdef __cplusplus
}
#endif

#ifndef __cplusplus
/* For one grammar's scanner (Swift 0.7.1), which asks for 0 times its state and then writes to it. */
#define calloc(n, n_bytes) sw_tree_sitter_calloc(n, n_bytes)
#endif

#define ts_malloc sw_tree_sitter_malloc
#define ts_calloc sw_tree_sitter_calloc
#define ts_realloc sw_tree_sitter_realloc
#define ts_free free

#endif
