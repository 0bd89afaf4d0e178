/* One record as bytes: `dcddns-record 1 <generation> <length> <sha256-hex>`, newline, payload, then
 * padding that counts for nothing.  The hash covers generation, length and payload.  No I/O. */
#ifndef DCDDNS_STATE_STORE_IMAGE_H
#define DCDDNS_STATE_STORE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { STORE_HEADER_MAX = 128 };

enum store_image {
    STORE_IMAGE_DAMAGED = 0,
    STORE_IMAGE_NEWER,  /* of a format that a later version writes */
    STORE_IMAGE_MEMORY, /* none left to check it */
    STORE_IMAGE_GOOD
};

/* Appends header and payload to OUT, whose maximum must have room; false when out of memory. */
bool store_image_make(struct buf *out, const char *payload, size_t len, uint64_t generation);
/* Finds the payload inside DATA; *PAYLOAD points into DATA. */
enum store_image store_image_read(const char *data, size_t size, const char **payload, size_t *len,
                                  uint64_t *generation);

#endif
