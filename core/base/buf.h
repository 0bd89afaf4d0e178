/* A growable string of bytes with a declared maximum.  A zeroed struct with MAX set is valid and
 * empty.  Errors stick: after the first failure every append is ignored and buf_ok() is false. */
#ifndef DCDDNS_BASE_BUF_H
#define DCDDNS_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/format.h"

struct buf {
    char *data; /* NUL-terminated when not NULL */
    size_t len, cap;
    size_t max;  /* bytes, without the NUL; set by the owner */
    bool failed; /* out of memory, or MAX would have been passed */
};

#define BUF_MAX(bytes)                                                                             \
    {                                                                                              \
        .max = (bytes)                                                                             \
    }

void buf_add(struct buf *, const void *data, size_t len);
void buf_puts(struct buf *, const char *text);
void buf_putc(struct buf *, char);
void buf_printf(struct buf *, const char *format, ...) FORMAT_CHECKED(2, 3);
bool buf_ok(const struct buf *);
/* The text so far; "" when empty.  Owned by the buffer. */
const char *buf_text(const struct buf *);
/* Hands the string over (mem_free); NULL when the buffer failed.  The buffer is empty after. */
char *buf_take(struct buf *);
/* Wipes (old copies are wiped as the buffer grows) and frees; keeps MAX. */
void buf_free(struct buf *);

#endif
