/* Lets the Nth allocation fail: failing_memory_at(n) before, failing_memory_off() after.  Whatever
 * is released is looked at: failing_memory_dirty is set when it holds SECRET. */
#ifndef DCDDNS_TESTS_FAILING_MEMORY_H
#define DCDDNS_TESTS_FAILING_MEMORY_H

#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static long failing_memory_left = -1; /* -1: never fails */
static long failing_memory_asked;
static const char *failing_memory_secret;
static bool failing_memory_dirty;

static inline bool failing_memory_now(void)
{
    failing_memory_asked++;
    return failing_memory_left >= 0 && failing_memory_left-- == 0;
}

static inline void *failing_memory_alloc(size_t size)
{
    void *block = failing_memory_now() ? NULL : malloc(size);
    if (block)
        memset(block, 0x5a, size); /* never zero by luck */
    return block;
}

static inline void *failing_memory_resize(void *block, size_t size)
{
    size_t have = block ? malloc_usable_size(block) : 0;
    char *fresh = failing_memory_now() ? NULL : malloc(size);
    if (!fresh)
        return NULL;
    memset(fresh, 0x5a, size); /* what grows is looked at when it is released */
    if (block)
        memcpy(fresh, block, have < size ? have : size);
    free(block);
    return fresh;
}

static inline void failing_memory_release(void *block)
{
    if (block && failing_memory_secret &&
        memmem(block, malloc_usable_size(block), failing_memory_secret,
               strlen(failing_memory_secret)))
        failing_memory_dirty = true;
    free(block);
}

/* N: how many allocations succeed before the one that fails; -1: none fails. */
static inline void failing_memory_at(long n)
{
    failing_memory_left = n;
    failing_memory_asked = 0;
    mem_calls =
        (struct mem_calls){ failing_memory_alloc, failing_memory_resize, failing_memory_release };
}

static inline void failing_memory_off(void)
{
    mem_calls = (struct mem_calls){ malloc, realloc, free };
    failing_memory_secret = NULL;
    failing_memory_dirty = false;
}

#endif
