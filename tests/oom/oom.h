/* Every allocation of a case fails in turn, each in a process of its own: once alone, and once with
 * all that come after it.  Counts what crashed, hung, leaked, lost a grant, published what was not
 * observed or gave a wrong reason, and prints it as a table.  Must not know what a case does.
 *
 * Points are counted per thread, so that a number means the same allocation in each run: those of
 * the main thread (the engine's), or those of each other thread (sources, notifiers), whose own
 * Nth fails.  In a sticky run the failure of the main thread is that of all threads.
 *
 *   DCDDNS_OOM_ALL=1            every point, also sticky ones and with sanitizers
 *   DCDDNS_OOM_ONLY=CASE        one case
 *   DCDDNS_OOM_POINT=N[,sticky] one point of it, in this process, with the log */
#ifndef DCDDNS_TESTS_OOM_H
#define DCDDNS_TESTS_OOM_H

#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

struct oom_case {
    const char *name;
    void (*before)(void); /* with memory */
    void (*act)(void);    /* without */
    void (*after)(void);  /* memory is back: goes on, checks, cleans up */
    bool threads;         /* others than the main one are made to fail, too */
    bool refused;         /* the provider refuses, which is a reason of its own */
};

#define CASE(title, do_before, do_act, ...)                                                        \
    {                                                                                              \
        .name = (title), .before = (do_before), .act = (do_act), .after = __VA_ARGS__              \
    }

/* -- what one run found; shared with the parent -------------------------------------------------
 */

enum {
    OOM_CRASH,
    OOM_HANG,
    OOM_LEAK,
    OOM_LOST,
    OOM_WINDOW,
    OOM_WRONG,
    OOM_REASON,
    OOM_FAILED,
    OOM_KINDS
};
static const char *const oom_kinds[OOM_KINDS] = { "crash",  "hang",  "leak",   "lost",
                                                  "window", "wrong", "reason", "failed" };
enum {
    OOM_NO_POINT = -1,
    OOM_FOUND = 40,
    OOM_SHOWN = 12,
    OOM_SECONDS = 60,
    OOM_AT_ONCE = 6,
    OOM_WINDOW_MAX = 3
};

struct oom_result {
    long asked; /* allocations of the threads that count */
    bool reached, found[OOM_KINDS];
    char words[600];
};
static struct oom_result *oom_results, *oom_result; /* of each slot; of this run */

static inline void oom_found(int kind, const char *words)
{
    size_t used = strlen(oom_result->words);
    oom_result->found[kind] = true;
    snprintf(oom_result->words + used, sizeof(oom_result->words) - used, "%s%s",
             used > 0 ? "; " : "", words);
}

/* -- the memory ---------------------------------------------------------------------------------
 */

static struct {
    long at;
    bool sticky, threads;
    atomic_bool armed, all;
    atomic_long live, asked;
} oom;
static _Thread_local bool oom_main;
static _Thread_local long oom_seen;

static inline bool oom_now(void)
{
    if (!atomic_load(&oom.armed))
        return false;
    if (oom_main == oom.threads)
        return atomic_load(&oom.all);
    long n = oom_seen++;
    if (oom_seen > atomic_load(&oom.asked))
        atomic_store(&oom.asked, oom_seen);
    if (oom.at == OOM_NO_POINT || n < oom.at || (n > oom.at && !oom.sticky))
        return atomic_load(&oom.all);
    oom_result->reached = true;
    if (oom.sticky && !oom.threads)
        atomic_store(&oom.all, true);
    return true;
}

static inline void *oom_alloc(size_t size)
{
    void *block = oom_now() ? NULL : malloc(size);
    if (!block)
        return NULL;
    memset(block, 0x5a, size); /* never zero by luck */
    atomic_fetch_add(&oom.live, 1);
    return block;
}

static inline void *oom_resize(void *block, size_t size)
{
    void *fresh = oom_now() ? NULL : realloc(block, size);
    if (fresh && !block)
        atomic_fetch_add(&oom.live, 1);
    return fresh;
}

static inline void oom_release(void *block)
{
    if (block)
        atomic_fetch_sub(&oom.live, 1);
    free(block);
}

/* -- reasons ------------------------------------------------------------------------------------
 */

static char oom_lines[4][600];
static atomic_int oom_line_count;
static atomic_bool oom_kept; /* tokens that the disk refused were kept in memory */

/* Called with every log line; those of failures, while memory lacks, are looked at later. */
static void oom_log(void *ctx, int level, const char *line)
{
    (void)ctx;
    if (getenv("DCDDNS_OOM_POINT"))
        fprintf(stderr, "<%d> %s\n", level, line);
    if (strstr(line, "kept in memory"))
        atomic_store(&oom_kept, true);
    if (level > DCDDNS_LOG_WARN || !atomic_load(&oom.armed) || !oom_result->reached)
        return;
    int at = atomic_fetch_add(&oom_line_count, 1);
    if (at < 4)
        snprintf(oom_lines[at], sizeof(oom_lines[0]), "%s", line);
}

/* What a person is told must not send them elsewhere. */
static inline void oom_reason(const char *words)
{
    if (!strstr(words, "memory"))
        oom_found(OOM_REASON, words);
}

/* -- one run ------------------------------------------------------------------------------------
 */

static inline int oom_descriptors(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        count++;
    if (dir)
        closedir(dir);
    return count;
}

static inline void oom_once(const struct oom_case *c, long at, bool sticky, bool threads)
{
    const int descriptors = oom_descriptors();
    const long live = atomic_load(&oom.live);
    char words[80] = "";
    memset(oom_result, 0, sizeof(*oom_result));
    atomic_store(&oom_line_count, 0);
    atomic_store(&oom_kept, false);
    oom_main = true;
    oom_seen = 0;
    c->before();
    log_to(oom_log, NULL);
    oom.at = at;
    oom.sticky = sticky;
    oom.threads = threads;
    atomic_store(&oom.asked, 0);
    atomic_store(&oom.all, false);
    atomic_store(&oom.armed, true);
    c->act();
    atomic_store(&oom.armed, false);
    oom_result->asked = atomic_load(&oom.asked);
    for (int i = 0; i < oom_line_count && i < 4 && !c->refused; i++)
        oom_reason(oom_lines[i]);
    c->after();
    snprintf(words, sizeof(words), "%ld blocks left", atomic_load(&oom.live) - live);
    if (atomic_load(&oom.live) != live)
        oom_found(OOM_LEAK, words);
    if (oom_descriptors() > descriptors)
        oom_found(OOM_LEAK, "descriptors left");
}

/* In a child. */
static inline pid_t oom_start(const struct oom_case *c, long at, bool sticky, bool threads)
{
    memset(oom_result, 0, sizeof(*oom_result));
    fflush(NULL);
    pid_t child = fork();
    if (child != 0)
        return child;
    alarm(OOM_SECONDS);
    oom_once(c, at, sticky, threads);
    fflush(NULL);
    _exit(oom_result->words[0] ? OOM_FOUND : 0);
}

/* How it ended. */
static inline void oom_judge(int status)
{
    if (WIFSIGNALED(status))
        oom_found(WTERMSIG(status) == SIGALRM ? OOM_HANG : OOM_CRASH, strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != OOM_FOUND)
        oom_found(OOM_FAILED, "an assertion of the case, or a sanitizer");
}

#endif
