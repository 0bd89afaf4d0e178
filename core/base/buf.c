/* Growable, bounded, self-wiping byte string; see buf.h. */
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* A fresh block instead of realloc(), so that the old copy can be wiped: buffers hold secrets. */
static bool grow(struct buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : 128;
    while (cap < need)
        cap *= 2;
    char *data = mem_new(cap, 1);
    if (!data)
        return false;
    if (b->data) {
        memcpy(data, b->data, b->len);
        mem_wipe(b->data, b->cap);
        mem_free(b->data);
    }
    b->data = data;
    b->cap = cap;
    return true;
}

static bool reserve(struct buf *b, size_t more)
{
    if (b->failed)
        return false;
    if (more > b->max || b->len > b->max - more) {
        b->failed = true;
        return false;
    }
    size_t need = b->len + more + 1;
    if (need > b->cap && !grow(b, need))
        b->failed = true;
    return !b->failed;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
    if (!reserve(b, len))
        return;
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_putc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list ap, again;
    va_start(ap, format);
    va_copy(again, ap);
    int need = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (need < 0)
        b->failed = true;
    else if (reserve(b, (size_t)need)) {
        vsnprintf(b->data + b->len, (size_t)need + 1, format, again);
        b->len += (size_t)need;
    }
    va_end(again);
}

bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

const char *buf_text(const struct buf *b)
{
    return b->data ? b->data : "";
}

char *buf_take(struct buf *b)
{
    char *text = NULL;
    if (!b->failed)
        text = b->data ? b->data : mem_strdup("");
    if (text == b->data)
        b->data = NULL;
    buf_free(b);
    return text;
}

void buf_free(struct buf *b)
{
    if (b->data) {
        mem_wipe(b->data, b->cap);
        mem_free(b->data);
    }
    *b = (struct buf)BUF_MAX(b->max);
}
