/* Between the files of this room: calls that a signal interrupted are made again, but not for ever;
 * and files that are not ours.
 */
#ifndef DCDDNS_STATE_STORE_RETRY_H
#define DCDDNS_STATE_STORE_RETRY_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "platform/os.h"

enum { STORE_EINTR_MAX = 100 };

/* True when RC is -EINTR and the call may be tried once more; counts in *TRIES. */
static inline bool store_interrupted(int64_t rc, int *tries)
{
    return rc == -EINTR && ++*tries < STORE_EINTR_MAX;
}

/* ERR_LOCAL: file NAME of DIR may have been written by others.  -1. */
int store_not_ours(const struct os_dir *, const char *name, struct error *err);

#endif
