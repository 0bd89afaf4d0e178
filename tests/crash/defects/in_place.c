/* Defect: records are written over, as most programs write their state.  Linked with
 * --wrap=store_commit and --wrap=store_save. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "state/store.h"
#include "state/store_image.h"

int __wrap_store_save(struct os_dir *, const char *, size_t, uint64_t, struct error *);
int __wrap_store_commit(struct os_dir *, struct store_slot **, const char *, size_t, uint64_t,
                        struct error *);

int __wrap_store_save(struct os_dir *dir, const char *payload, size_t len, uint64_t generation,
                      struct error *err)
{
    struct buf image = BUF_MAX(STORE_HEADER_MAX + STORE_PAYLOAD_MAX + 1);
    char path[4096] = "";
    ssize_t put = -1;

    snprintf(path, sizeof(path), "%s/record", os_dir_path(dir));
    bool made = store_image_make(&image, payload, len, generation);
    int fd = made ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (fd >= 0) {
        put = write(fd, image.data, image.len);
        fsync(fd);
        close(fd);
    }
    bool done = put == (ssize_t)image.len;
    buf_free(&image);
    return done ? 0 : error_set(err, ERR_LOCAL, "cannot write %s", path);
}

int __wrap_store_commit(struct os_dir *dir, struct store_slot **slot, const char *payload,
                        size_t len, uint64_t generation, struct error *err)
{
    store_release(dir, slot);
    return __wrap_store_save(dir, payload, len, generation, err);
}
