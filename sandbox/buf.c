/*
 * Growable buffers and arrays, each with a maximum. Must not know what they hold.
 */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct buf *b, size_t n)
{
    if (b->failed || n > b->max || b->len > b->max - n) {
        return false;
    }
    size_t need = b->len + n + 1;
    if (need <= b->cap) {
        return true;
    }
    size_t cap = b->cap < 256 ? 256 : b->cap * 2;
    if (cap < need) {
        cap = need;
    }
    char *data = realloc(b->data, cap);
    if (!data) {
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
    if (!reserve(b, n)) {
        b->failed = true;
        return;
    }
    if (n > 0) {
        memcpy(b->data + b->len, bytes, n);
    }
    b->len += n;
    b->data[b->len] = '\0';
}

void buf_str(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0 || !reserve(b, (size_t)n)) {
        b->failed = true;
        return;
    }
    va_start(args, format);
    (void)vsnprintf(b->data + b->len, (size_t)n + 1, format, args);
    va_end(args);
    b->len += (size_t)n;
}

const char *buf_text(const struct buf *b)
{
    return b->data ? b->data : "";
}

void buf_free(struct buf *b)
{
    free(b->data);
    b->data = NULL;
    b->len = 0;
    b->cap = 0;
    b->failed = false;
}

void *array_grow(void *array, size_t *cap, size_t count, size_t size, size_t max)
{
    if (count < *cap) {
        return array;
    }
    if (count >= max) {
        return NULL;
    }
    size_t wanted = *cap < 8 ? 8 : *cap * 2;
    char *grown = reallocarray(array, wanted, size);
    if (!grown) {
        return NULL;
    }
    memset(grown + *cap * size, 0, (wanted - *cap) * size);
    *cap = wanted;
    return grown;
}
