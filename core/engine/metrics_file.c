/* When and where metrics are written; see metrics.h. */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "engine/metrics.h"
#include "platform/os.h"

/* COST_SHARE: a state of thousands of hosts takes its time, of which 1/50 is spent here. */
enum { SOON_MS = 1000, LATE_MS = 60 * 1000, COST_SHARE = 50 };

static struct engine_counts sum(const struct engine_counts *a, const struct engine_counts *b)
{
    return (struct engine_counts){ .requests = a->requests + b->requests,
                                   .applies = a->applies + b->applies,
                                   .refreshes = a->refreshes + b->refreshes,
                                   .events_dropped = a->events_dropped + b->events_dropped,
                                   .news = b->news,
                                   .looks = b->looks };
}

static int replace(const char *path, const char *text, struct error *err)
{
    const char *name = NULL;
    struct os_dir *dir = os_dir_of(path, 0, &name, err);

    if (!dir)
        return -1;
    int rc = os_replace_file(dir, name, text, strlen(text), 0644, false);
    os_dir_close(&dir);
    return rc < 0 ? error_set(err, ERR_LOCAL, "%s: %s", path, os_strerror(rc)) : 0;
}

static int write_file(const struct metrics_file *m, struct engine *e, bool up, struct error *err)
{
    const struct status_names all = { 0 };
    const struct engine_counts now = engine_counts(e);
    const struct engine_counts counts = sum(&m->before, &now);
    struct status status = { 0 };

    if (status_of_engine(e, &all, &status, err) < 0)
        return -1;
    status.daemon_since_at_ms = m->since_wall_ms;
    char *text = metrics_text(&status, &counts, up);
    int rc = text ? replace(m->path, text, err) : error_set(err, ERR_LOCAL, "out of memory");
    mem_free(text);
    status_free(&status);
    return rc;
}

static void write_now(struct metrics_file *m, struct engine *e, bool up)
{
    struct error err = { 0 };
    const int64_t began = os.boot_ms();
    const int rc = write_file(m, e, up, &err);

    m->seen = engine_counts(e);
    m->written_ms = os.boot_ms();
    m->cost_ms = m->written_ms - began;
    if (rc < 0 && !m->failed)
        log_warn("metrics-file cannot be written: %s; it is tried again, in silence", err.text);
    if (rc == 0 && m->failed)
        log_info("metrics-file is written again");
    m->failed = rc < 0;
}

void metrics_file_begin(struct metrics_file *m, struct engine *e, const struct engine_counts *ended)
{
    const char *path = engine_config(e)->metrics_file;

    if (ended)
        m->before = sum(&m->before, ended);
    if (m->path && path && strcmp(m->path, path) == 0) {
        m->written_ms = 0;
        return;
    }
    if (m->path) /* nobody writes there any more, and a collector would go on reading it */
        write_now(m, e, false);
    mem_free(m->path);
    *m = (struct metrics_file){ .since_wall_ms = m->since_wall_ms, .before = m->before };
    m->path = mem_strdup(path);
    if (path && !m->path)
        log_warn("metrics-file: out of memory; nothing is written before the next reload");
}

/* Boot clock; INT64_MAX: there is nothing new. */
static int64_t due(const struct metrics_file *m, const struct engine *e)
{
    const struct engine_counts now = engine_counts(e);
    const int64_t rest = m->cost_ms * COST_SHARE;

    if (!m->path)
        return INT64_MAX;
    if (m->written_ms == 0)
        return 0;
    if (now.news != m->seen.news && !m->failed)
        return m->written_ms + (rest > SOON_MS ? rest : SOON_MS);
    if (now.news == m->seen.news && now.looks == m->seen.looks && !m->failed)
        return INT64_MAX;
    return m->written_ms + (rest > LATE_MS ? rest : LATE_MS);
}

void metrics_file_turn(struct metrics_file *m, struct engine *e)
{
    if (due(m, e) <= os.boot_ms())
        write_now(m, e, true);
}

int64_t metrics_file_wait(const struct metrics_file *m, const struct engine *e)
{
    const int64_t at = due(m, e);
    const int64_t left = at == INT64_MAX ? -1 : at - os.boot_ms();
    return at == INT64_MAX || left > 0 ? left : 0;
}

void metrics_file_end(struct metrics_file *m, struct engine *e)
{
    if (m->path && e)
        write_now(m, e, false);
    mem_free(m->path);
    *m = (struct metrics_file){ 0 };
}
