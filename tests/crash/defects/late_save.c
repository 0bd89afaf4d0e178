/* Defect: new tokens are used first and saved at the end.  Linked with --wrap=store_commit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/store.h"

static char path[4096], kept[STORE_PAYLOAD_MAX];
static size_t kept_len;
static uint64_t kept_generation;

int __wrap_store_commit(struct os_dir *, struct store_slot **, const char *, size_t, uint64_t,
                        struct error *);

static void save_late(void)
{
    struct error err = { 0 };
    struct os_dir *dir = os_dir_open(path, 0, &err);
    if (dir)
        store_save(dir, kept, kept_len, kept_generation, &err);
    os_dir_close(&dir);
}

int __wrap_store_commit(struct os_dir *dir, struct store_slot **slot, const char *payload,
                        size_t len, uint64_t generation, struct error *err)
{
    (void)err;
    store_release(dir, slot);
    if (kept_len == 0)
        atexit(save_late);
    snprintf(path, sizeof(path), "%s", os_dir_path(dir));
    memcpy(kept, payload, len);
    kept_len = len;
    kept_generation = generation;
    return 0;
}
