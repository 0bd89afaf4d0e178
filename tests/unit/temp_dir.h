/* A fresh directory below /tmp for one test, removed with all in it. */
#ifndef DCDDNS_TESTS_TEMP_DIR_H
#define DCDDNS_TESTS_TEMP_DIR_H

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char temp_dir[64];

static inline int temp_dir_make(void **state)
{
    (void)state;
    snprintf(temp_dir, sizeof(temp_dir), "/tmp/dcddns-test-XXXXXX");
    return mkdtemp(temp_dir) ? 0 : -1;
}

static inline int temp_dir_rm(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static inline int temp_dir_remove(void **state)
{
    (void)state;
    return nftw(temp_dir, temp_dir_rm, 16, FTW_DEPTH | FTW_PHYS);
}

/* "TEMP/NAME"; valid until eight more were asked for. */
static inline const char *temp_path(const char *name)
{
    static char paths[8][PATH_MAX];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    snprintf(path, PATH_MAX, "%s/%s", temp_dir, name);
    return path;
}

static inline void temp_write(const char *name, const char *text, mode_t mode)
{
    const char *path = temp_path(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fchmod(fd, mode) != 0)
        perror(path);
    close(fd);
}

#endif
