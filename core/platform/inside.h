/* Between the files of this room only: what each system has for the files that all share. */
#ifndef DCDDNS_PLATFORM_INSIDE_H
#define DCDDNS_PLATFORM_INSIDE_H

#include "platform/os.h"

/* Wiping allocators into libcrypto and cJSON; before any other call of theirs. */
void crypto_init(void);

/* Bytes that can be used in a block of malloc()'s; at least what was asked for. */
size_t platform_block_size(void *block);
/* The user we are, as os_stat.uid. */
uint32_t platform_user(void);
/* Permission bits of what we made: 0600 or 0644.  0 or -errno. */
int platform_set_mode(struct os_file *, uint32_t mode);

#endif
