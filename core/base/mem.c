/* The only caller of malloc(); see mem.h.  Must not know what it allocates for. */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct mem_calls mem_calls = { .alloc = malloc, .resize = realloc, .release = free };

void *mem_new(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    size_t bytes = count * size;
    if (bytes == 0)
        bytes = 1;
    void *block = mem_calls.alloc(bytes);
    if (block)
        memset(block, 0, bytes);
    return block;
}

void *mem_resize(void *block, size_t size)
{
    return mem_calls.resize(block, size == 0 ? 1 : size);
}

void mem_free(void *block)
{
    mem_calls.release(block);
}

char *mem_strndup(const char *text, size_t len)
{
    if (!text)
        return NULL;
    char *copy = mem_new(len + 1, 1);
    if (copy)
        memcpy(copy, text, len);
    return copy;
}

char *mem_strdup(const char *text)
{
    return text ? mem_strndup(text, strlen(text)) : NULL;
}

void mem_wipe(void *block, size_t len)
{
    if (!block)
        return;
    memset(block, 0, len);
    /* The compiler must believe that somebody reads the zeros. */
    __asm__ __volatile__("" : : "r"(block) : "memory");
}

void mem_free_secret(char *text)
{
    if (text)
        mem_wipe(text, strlen(text));
    mem_free(text);
}
