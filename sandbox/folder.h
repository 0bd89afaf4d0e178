/*
 * The folder of a running sandbox: ca.pem, ctl.sock, sandbox.env. Knows nothing of what serves.
 */
#ifndef SANDBOX_FOLDER_H
#define SANDBOX_FOLDER_H

#include "sandbox.h"

#include <limits.h>

struct folder {
    char path[PATH_MAX - 64]; /* absolute, so that sandbox.env works from everywhere */
    bool made;                /* by us, with a name nobody chose: removed again at the end */
};

/* Use `dir`, or make a new one in $TMPDIR or /tmp when it is NULL; mode 0700. False with a message
 * on stderr: not ours, open to others, or another sandbox runs in it. */
bool folder_open(struct folder *folder, const char *dir);

/* path + "/" + file into out; false when it does not fit. */
bool folder_file(const struct folder *folder, const char *file, char out[PATH_MAX]);

/* Write a file whole or not at all (0600). False with errno set. */
bool folder_write(const struct folder *folder, const char *file, const char *text);

/* sandbox.env: its being there means ready. False with errno set. */
bool folder_write_env(const struct folder *folder, const struct sandbox *s);

/* Remove sandbox.env and ctl.sock, and the folder if nobody asked for its name. */
void folder_clear(const struct folder *folder);

#endif
