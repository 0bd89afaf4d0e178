/* Which files make up the configuration: the main file, what it includes, conf.d beside it; each is
 * read once and must be trustworthy.  Must not know what is in them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "config/load.h"
#include "platform/os.h"

/* The files being read now, innermost first. */
struct frame {
    const char *file;
    const struct frame *up;
    int depth;
};

/* One directory while its files are read. */
struct visit {
    struct load *load;
    struct os_dir *dir;
    const char *path;    /* of the directory, resolved */
    const char *pattern; /* last part of what was asked for */
    const char *file;    /* who asked, and where: for errors */
    int line;
    const struct frame *up; /* NULL for the main file and conf.d */
};

static void follow(struct load *, const char *pattern, const char *file, int line,
                   const struct frame *up);

static char *path_join(struct load *load, const char *dir, size_t dir_len, const char *name)
{
    struct buf path = BUF_MAX(1 << 16);
    buf_add(&path, dir, dir_len);
    if (dir_len == 0 || dir[dir_len - 1] != '/')
        buf_putc(&path, '/');
    buf_puts(&path, name);
    char *joined = buf_take(&path);
    if (!joined)
        load->problems.no_memory = true;
    return joined;
}

/* Bytes of PATH before its last '/'; "/x" has 1. */
static size_t dir_len(const char *path)
{
    const char *slash = strrchr(path, '/');
    return !slash ? 0 : slash == path ? 1 : (size_t)(slash - path);
}

struct search {
    const char *name;
    bool found;
};

static bool is_it(void *ctx, const char *name)
{
    struct search *search = ctx;
    search->found = strcmp(name, search->name) == 0;
    return !search->found;
}

/* True when the directory part of PATH is surely not there: the nearest directory above that can be
 * listed does not hold the next name.  Anything else that keeps it shut is an error, and in ERR. */
static bool dir_is_missing(const char *path, struct error *err)
{
    char *part = mem_strndup(path, dir_len(path));
    bool missing = false;

    if (!part)
        error_set(err, ERR_LOCAL, "out of memory");
    while (part && part[0] != '\0' && strcmp(part, "/") != 0) {
        const char *name = NULL;
        struct os_dir *dir = os_dir_of(part, 0, &name, err);
        if (dir) {
            struct search search = { .name = name };
            int rc = os_dir_list(dir, is_it, &search);
            missing = rc == 0 && !search.found;
            if (rc < 0)
                error_set(err, ERR_LOCAL, "cannot list directory %s: %s", os_dir_path(dir),
                          os_strerror(rc));
            os_dir_close(&dir);
            break;
        }
        part[dir_len(part)] = '\0';
    }
    mem_free(part);
    return missing;
}

/* Where FILE is, or would be, among those seen. */
static size_t seen_place(const struct load *load, const char *file, bool *found)
{
    size_t low = 0, high = load->config->file_count;
    *found = false;
    while (low < high && !*found) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(file, load->seen[mid]);
        *found = order == 0;
        if (order > 0)
            low = mid + 1;
        else
            high = mid;
    }
    return high;
}

/* The config's own copy of PATH, now seen; takes PATH over.  NULL when out of memory. */
static const char *see(struct load *load, char *path, size_t place)
{
    struct config *config = load->config;
    char **files = load_grow(config->files, config->file_count, &load->file_cap, sizeof(*files));
    if (files)
        config->files = files;
    const char **seen = load_grow(load->seen, config->file_count, &load->seen_cap, sizeof(*seen));
    if (seen)
        load->seen = seen;
    if (!files || !seen) {
        load->problems.no_memory = true;
        mem_free(path);
        return NULL;
    }
    memmove(seen + place + 1, seen + place, (config->file_count - place) * sizeof(*seen));
    seen[place] = path;
    files[config->file_count++] = path;
    return path;
}

static void cannot_read(struct load *load, const char *file, int code)
{
    const char *what = NULL;
    char advice[OS_ADVICE_MAX] = "";
    if (code == -EPERM)
        problems_add(&load->problems, file, 0,
                     "is not trusted: it must belong to %s or to the user who runs this, and only "
                     "its owner may write it; run: %s",
                     os_root_name(), os_advice(OS_ADVICE_SHUT, file, advice));
    else if (code == -ENOMEM)
        load->problems.no_memory = true;
    else if (code == -ENOENT)
        what = "there is no such file";
    else if (code == -EFBIG)
        what = "is larger than 1 MiB; split it and use `include`";
    else if (code == -EINVAL)
        what = "is not a regular file";
    else if (code == -ELOOP)
        what = "is a symbolic link, which is not followed; put the file itself here, or include it "
               "where it is";
    else
        problems_add(&load->problems, file, 0, "cannot be read: %s", os_strerror(code));
    if (what)
        problems_add(&load->problems, file, 0, "%s", what);
}

static void read_includes(struct load *load, size_t first, const struct frame *frame)
{
    size_t end = load->include_count;
    for (size_t i = first; i < end && !load->problems.no_memory; i++) {
        /* A copy: the list moves as included files add to it. */
        const struct ini_include include = load->includes[i];
        follow(load, include.pattern, include.file, include.line, frame);
    }
}

static bool is_open(const struct frame *frame, const char *path)
{
    for (; frame; frame = frame->up) {
        if (strcmp(frame->file, path) == 0)
            return true;
    }
    return false;
}

/* MAY_BE_MISSING is left alone by all but the main file. */
static void read_file(const struct visit *visit, const char *name, bool may_be_missing)
{
    struct load *load = visit->load;
    char *path = path_join(load, visit->path, strlen(visit->path), name);
    char *text = NULL;
    size_t len = 0, first = load->include_count;
    bool found = false;

    if (!path)
        return;
    size_t place = seen_place(load, path, &found);
    if (found) {
        if (is_open(visit->up, path))
            problems_add(&load->problems, visit->file, visit->line,
                         "%s includes itself, directly or by others; remove this include", path);
        mem_free(path);
        return;
    }
    const char *file = see(load, path, place);
    if (!file)
        return;
    int rc = os_read_own_file(visit->dir, name, CONFIG_FILE_MAX, &text, &len);
    if (rc == -ENOENT && visit->file && !may_be_missing)
        problems_add(&load->problems, visit->file, visit->line, "there is no file %s", file);
    else if (rc < 0 && !(rc == -ENOENT && may_be_missing))
        cannot_read(load, file, rc);
    if (rc < 0)
        return;
    ini_read(load, file, text, len);
    mem_wipe(text, len);
    mem_free(text);
    const struct frame frame = { .file = file,
                                 .up = visit->up,
                                 .depth = visit->up ? visit->up->depth + 1 : 0 };
    read_includes(load, first, &frame);
}

/* Shell patterns of '*' and '?'; a leading dot is matched by itself only. */
static bool matches(const char *pattern, const char *name)
{
    const char *star = NULL, *retry = NULL;

    if (name[0] == '.' && pattern[0] != '.')
        return false;
    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            retry = name;
        } else if (*pattern == *name || *pattern == '?') {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++retry;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* Names end up in messages and in logs. */
static bool is_plain(const char *name)
{
    for (; *name; name++) {
        if ((unsigned char)*name < 0x20 || *name == 0x7f)
            return false;
    }
    return true;
}

static bool each_name(void *ctx, const char *name)
{
    const struct visit *visit = ctx;
    char shown[TEXT_ESCAPED_MAX] = "";

    if (!matches(visit->pattern, name))
        return true;
    if (!is_plain(name))
        problems_add(&visit->load->problems, visit->file, visit->line,
                     "the file name '%s' holds control characters; rename it",
                     text_escape(name, strlen(name), shown));
    else
        read_file(visit, name, false);
    return !visit->load->problems.no_memory;
}

/* Opens the directory part of PATH, which must be trusted, for VISIT; its resolved name goes to
 * *RESOLVED (mem_free() it).
 */
static bool enter(struct visit *visit, const char *path, char **resolved, struct error *err)
{
    visit->dir = os_dir_of(path, 0, &visit->pattern, err);
    if (!visit->dir || os_dir_trusted(visit->dir, err) < 0)
        return false;
    *resolved = os_real_path(os_dir_path(visit->dir));
    visit->path = *resolved;
    if (!*resolved)
        error_set(err, ERR_LOCAL, "%s: cannot resolve the path, or memory ran out",
                  os_dir_path(visit->dir));
    return *resolved != NULL;
}

/* conf_d is compared with the names of files, which are resolved. */
static void resolve_conf_d(struct load *load, const char *resolved)
{
    char *copy = load_strndup(load, resolved, strlen(resolved));
    if (!copy)
        return;
    mem_free(load->config->conf_d);
    load->config->conf_d = copy;
}

/* Reads what PATH, absolute, names or matches. */
static void read_matching(struct visit *visit, const char *path)
{
    struct problems *problems = &visit->load->problems;
    struct error err = { 0 };
    char *resolved = NULL;
    bool wild = strpbrk(path, "*?") != NULL;

    if (strcspn(path, "*?") < dir_len(path)) {
        problems_add(problems, visit->file, visit->line,
                     "only the last part of an include may hold '*' or '?'");
        return;
    }
    if (!enter(visit, path, &resolved, &err)) {
        if (!wild || !dir_is_missing(path, &err))
            problems_add(problems, visit->file, visit->line, "%s", err.text);
    } else if (wild) {
        if (!visit->up)
            resolve_conf_d(visit->load, resolved);
        int rc = os_dir_list(visit->dir, each_name, visit);
        if (rc < 0)
            problems_add(problems, visit->file, visit->line, "cannot list %s: %s", resolved,
                         os_strerror(rc));
    } else if (visit->pattern[0] == '\0') {
        problems_add(problems, visit->file, visit->line,
                     "'%s' is a directory; write `include %s*.conf`", path, path);
    } else {
        read_file(visit, visit->pattern, false);
    }
    os_dir_close(&visit->dir);
    mem_free(resolved);
}

/* UP is the including file; NULL for conf.d, which is read without being asked for. */
static void follow(struct load *load, const char *pattern, const char *file, int line,
                   const struct frame *up)
{
    struct visit visit = { .load = load, .file = file, .line = line, .up = up };
    if (up && up->depth >= CONFIG_INCLUDE_DEPTH) {
        problems_add(&load->problems, file, line, "includes are nested more than %d deep",
                     CONFIG_INCLUDE_DEPTH);
        return;
    }
    char *path = os_path_is_absolute(pattern) ? load_strndup(load, pattern, strlen(pattern))
                                              : path_join(load, file, dir_len(file), pattern);
    if (path) {
        os_path_tidy(path);
        read_matching(&visit, path);
    }
    mem_free(path);
}

/* PATH made absolute without the help of its directory, which does not exist. */
static char *absolute(struct load *load, const char *path)
{
    if (os_path_is_absolute(path))
        return load_strndup(load, path, strlen(path));
    char *here = os_real_path(".");
    char *joined = here ? path_join(load, here, strlen(here), path) : NULL;
    mem_free(here);
    if (!joined)
        load->problems.no_memory = true;
    return joined;
}

static void set_paths(struct load *load, char *path)
{
    struct config *config = load->config;
    config->path = path;
    if (path)
        config->conf_d = path_join(load, path, dir_len(path), "conf.d");
}

static void read_main(struct visit *visit, const char *name, bool missing_ok)
{
    struct load *load = visit->load;
    set_paths(load, path_join(load, visit->path, strlen(visit->path), name));
    if (!load->config->conf_d)
        return;
    read_file(visit, name, missing_ok);
    if (load->agent)
        return; /* the hosts there are the daemon's */
    char *pattern = path_join(load, load->config->conf_d, strlen(load->config->conf_d), "*.conf");
    if (pattern && !load->problems.no_memory)
        follow(load, pattern, load->config->path, 0, NULL);
    mem_free(pattern);
}

void files_read(struct load *load, const char *path, bool missing_ok)
{
    struct visit visit = { .load = load };
    struct error err = { 0 };
    char *resolved = NULL;

    if (enter(&visit, path, &resolved, &err)) {
        read_main(&visit, visit.pattern, missing_ok);
    } else {
        set_paths(load, absolute(load, path));
        if (!missing_ok || !dir_is_missing(path, &err))
            problems_add(&load->problems, load->config->path, 0, "%s", err.text);
    }
    os_dir_close(&visit.dir);
    mem_free(resolved);
}
