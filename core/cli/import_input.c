/* Reading what another program wrote; see import_input.h.  Its owner and mode are that program's
 * affair: they are spoken of, not insisted on.  Holds tokens: wiped. */
#include "cli/import_input.h"

#include <errno.h>
#include <stdio.h>

#include "base/mem.h"
#include "platform/os.h"

enum { OTHERS_READ = 0044 };

static int read_whole(struct os_file *file, char *text, size_t size, size_t *len)
{
    *len = 0;
    while (*len < size) {
        int64_t got = os.read(file, text + *len, size - *len);
        if (got == -EINTR)
            continue;
        if (got < 0)
            return (int)got;
        if (got == 0)
            break;
        *len += (size_t)got;
    }
    return 0;
}

static int check(const struct os_stat *st)
{
    if (!st->regular)
        return -EINVAL;
    return st->size > IMPORT_FILE_MAX ? -EFBIG : 0;
}

static int read_opened(struct os_file *opened, const char *path, struct import_file *file,
                       struct os_stat *st, struct error *err)
{
    size_t len = 0;
    char *text = NULL;
    int rc = os.stat(opened, st);
    int result = -1;

    if (rc == 0)
        rc = check(st);
    if (rc == 0) {
        text = mem_new((size_t)st->size + 1, 1);
        rc = text ? read_whole(opened, text, (size_t)st->size, &len) : -ENOMEM;
    }
    if (rc == -EFBIG)
        error_set(err, ERR_PERM, "%s: larger than any such file is (1 MiB)", path);
    else if (rc == -EINVAL)
        error_set(err, ERR_PERM, "%s: not a regular file", path);
    else if (rc < 0)
        error_set(err, ERR_LOCAL, "%s: %s", path, os_strerror(rc));
    else
        result = import_read(file, path, text, len, err);
    if (text)
        mem_wipe(text, (size_t)st->size);
    mem_free(text);
    return result;
}

int import_input_read(const char *path, struct import_file *file, struct error *err)
{
    struct os_file *opened = NULL;
    struct os_stat st = { 0 };
    const char *name = NULL;
    char *real = os_real_path(path);
    struct os_dir *dir = real ? os_dir_of(real, 0, &name, err) : NULL;
    char advice[OS_ADVICE_MAX] = "";
    int result = -1;

    if (!real)
        error_set(err, ERR_PERM, "%s: there is no such file, or it may not be looked at", path);
    int rc = dir ? os.open(dir, name, OS_READ, &opened) : 0;
    if (rc < 0)
        error_set(err, ERR_PERM, "%s: %s", path, os_strerror(rc));
    if (opened) {
        result = read_opened(opened, path, file, &st, err);
        os.close(opened);
    }
    if (result == 0 && import_has_grants(file->format) && st.mode & OTHERS_READ)
        fprintf(stderr,
                "dcddns: %s: other users can read the tokens in this file (mode %04o); after the "
                "import they are of no use, delete it, or run: %s\n",
                path, (unsigned)st.mode, os_advice(OS_ADVICE_PRIVATE, path, advice));
    os_dir_close(&dir);
    mem_free(real);
    return result;
}
