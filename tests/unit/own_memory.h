/* As failing_memory.h, for tests with threads: installed once, before there are any, and only
 * allocations of the thread that asks for it fail. */
#ifndef DCDDNS_TESTS_OWN_MEMORY_H
#define DCDDNS_TESTS_OWN_MEMORY_H

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"

static _Thread_local long own_memory_left = -1; /* that succeed before one fails; -1: none does */

static inline void *own_memory_alloc(size_t size)
{
    return own_memory_left >= 0 && own_memory_left-- == 0 ? NULL : malloc(size);
}

static inline void *own_memory_resize(void *block, size_t size)
{
    return own_memory_left >= 0 && own_memory_left-- == 0 ? NULL : realloc(block, size);
}

static inline void own_memory_install(void)
{
    mem_calls = (struct mem_calls){ own_memory_alloc, own_memory_resize, free };
    json_use_allocator(own_memory_alloc, free);
}

#endif
