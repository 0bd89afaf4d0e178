/* Between the files of this room only. */
#ifndef DCDDNS_PLATFORM_POSIX_H
#define DCDDNS_PLATFORM_POSIX_H

#include <sys/stat.h>

#include "platform/inside.h"

struct os_dir {
    int fd;
    char *path;
    uid_t uid; /* of its owner, who gets what root creates in it */
    gid_t gid;
};

struct os_file {
    int fd;
};

void posix_hide_memory(void);
/* Descriptors that a careless parent left open are not for the programs that we run. */
void posix_inherit_nothing(void);
/* Readable once the gate is open. */
int posix_gate_fd(const struct os_gate *);

int64_t posix_boot_ms(void);
int64_t posix_wall_ms(void);
int posix_random(void *, size_t);

int posix_open(struct os_dir *, const char *name, int how, struct os_file **);
int posix_stat(struct os_file *, struct os_stat *);
int64_t posix_read(struct os_file *, void *, size_t);
int64_t posix_write(struct os_file *, const void *, size_t);
int posix_seek_start(struct os_file *);
int posix_sync(struct os_file *);
int posix_close(struct os_file *);
int posix_rename(struct os_dir *, const char *from, const char *to);
int posix_link(struct os_dir *, const char *from, const char *to);
int posix_unlink(struct os_dir *, const char *name);
int posix_sync_dir(struct os_dir *);
int posix_lock(struct os_file *);

#endif
