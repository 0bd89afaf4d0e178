/*
 * A growable byte buffer with a declared maximum. Knows nothing of what is written into it.
 */
#ifndef SANDBOX_BUF_H
#define SANDBOX_BUF_H

#include <stdbool.h>
#include <stddef.h>

/* Zeroed plus .max is an empty buffer. `failed` is sticky: later additions are ignored. */
struct buf {
    char *data; /* NUL after data[len - 1]; NULL while nothing was added */
    size_t len;
    size_t cap;
    size_t max; /* bytes of content; more sets `failed` */
    bool failed;
};

/* Append n bytes, a string, or formatted text. Errors (no memory, over max) only set b->failed. */
void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_str(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The content as a string, never NULL; valid until the next addition. */
const char *buf_text(const struct buf *b);

/* Free the content; the maximum stays. */
void buf_free(struct buf *b);

/*
 * Make room for one more element of `size` bytes in an array that holds `count`. Returns the array
 * (moved, perhaps; *cap updated, new space zeroed), or NULL with the old one untouched when memory
 * or the limit of `max` elements is used up.
 */
void *array_grow(void *array, size_t *cap, size_t count, size_t size, size_t max);

#endif
