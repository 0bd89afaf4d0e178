/* The sweep over all points of a case, and the table of what was found; see oom.h. */
#ifndef DCDDNS_TESTS_OOM_TABLE_H
#define DCDDNS_TESTS_OOM_TABLE_H

#include "oom.h"

/* -- the table ----------------------------------------------------------------------------------
 */

struct oom_row {
    long allocations, once, sticky, found[OOM_KINDS];
};
static struct oom_row oom_sum;
static int oom_bad;

/* What cannot be helped: no memory for the very answer that brings the new token, nor for as long
 * as the provider forgives the old one.  At a few points only, and never when one allocation alone
 * fails. */
static inline bool oom_unavoidable(struct oom_row *row)
{
    if (!oom_result->found[OOM_LOST] || !oom_result->found[OOM_WINDOW] ||
        row->found[OOM_WINDOW] >= OOM_WINDOW_MAX)
        return false;
    row->found[OOM_WINDOW]++;
    return true;
}

static inline void oom_count(const struct oom_case *c, const char *of, long at, struct oom_row *row)
{
    for (int i = 0; i < OOM_KINDS; i++)
        row->found[i] += oom_result->found[i];
    if (oom_bad++ < OOM_SHOWN || getenv("DCDDNS_OOM_ALL"))
        printf("# %s, %s, point %ld: %s\n", c->name, of, at, oom_result->words);
}

static inline void oom_print(const char *name, const struct oom_row *row)
{
    printf("%-28s %6ld %6ld %6ld", name, row->allocations, row->once, row->sticky);
    for (int i = 0; i < OOM_KINDS; i++)
        printf(" %6ld", row->found[i]);
    printf("\n");
    fflush(stdout);
}

/* Every how many points; the sticky ones are many and alike. */
static inline long oom_step(bool sticky)
{
    if (getenv("DCDDNS_OOM_ALL"))
        return 1;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return sticky ? 31 : 11;
#else
    return sticky ? 5 : 1;
#endif
}

/* Some at a time: they mostly wait. */
static struct {
    pid_t child;
    long at;
    bool sticky;
} oom_slots[OOM_AT_ONCE];

static inline void oom_reap(const struct oom_case *c, struct oom_row *row, bool threads)
{
    const char *const kinds[] = { "once", "sticky", "once in a thread", "sticky in a thread" };
    int status = 0, slot = 0;
    pid_t child = wait(&status);
    while (slot < OOM_AT_ONCE && oom_slots[slot].child != child)
        slot++;
    if (child < 0 || slot == OOM_AT_ONCE)
        abort(); /* no child could be made */
    const bool sticky = oom_slots[slot].sticky;
    oom_slots[slot].child = 0;
    oom_result = &oom_results[slot];
    oom_judge(status);
    if (oom_result->words[0] && !(sticky && oom_unavoidable(row)))
        oom_count(c, kinds[sticky + 2 * threads], oom_slots[slot].at, row);
}

static inline void oom_add(const struct oom_case *c, long at, bool sticky, bool threads,
                           struct oom_row *row)
{
    int slot = 0;
    while (slot < OOM_AT_ONCE && oom_slots[slot].child != 0)
        slot++;
    if (slot == OOM_AT_ONCE) {
        oom_reap(c, row, threads);
        for (slot = 0; oom_slots[slot].child != 0;)
            slot++;
    }
    oom_result = &oom_results[slot];
    oom_slots[slot].at = at;
    oom_slots[slot].sticky = sticky;
    oom_slots[slot].child = oom_start(c, at, sticky, threads);
}

static inline void oom_reap_all(const struct oom_case *c, struct oom_row *row, bool threads)
{
    for (int slot = 0; slot < OOM_AT_ONCE; slot++) {
        while (oom_slots[slot].child != 0)
            oom_reap(c, row, threads);
    }
}

static inline void oom_sweep(const struct oom_case *c, bool threads)
{
    struct oom_row row = { 0 };
    char name[64] = "";
    snprintf(name, sizeof(name), "%s%s", c->name, threads ? " (threads)" : "");
    oom_add(c, OOM_NO_POINT, false, threads, &row);
    oom_reap_all(c, &row, threads);
    row.allocations = oom_result->asked;
    for (long at = 0; at < row.allocations; at += oom_step(false), row.once++)
        oom_add(c, at, false, threads, &row);
    for (long at = 0; at < row.allocations; at += oom_step(true), row.sticky++)
        oom_add(c, at, true, threads, &row);
    oom_reap_all(c, &row, threads);
    oom_print(name, &row);
    oom_sum.allocations += row.allocations;
    oom_sum.once += row.once;
    oom_sum.sticky += row.sticky;
    for (int i = 0; i < OOM_KINDS; i++)
        oom_sum.found[i] += row.found[i];
}

static inline void oom_one_point(const struct oom_case *c, const char *point)
{
    const bool threads = strstr(point, "thread") != NULL;
    oom_once(c, strtol(point, NULL, 10), strstr(point, "sticky") != NULL, threads);
    printf("%s: %ld allocations, %s, found: %s\n", c->name, oom_result->asked,
           oom_result->reached ? "reached" : "not reached", oom_result->words);
}

static inline bool oom_chosen(const struct oom_case *c)
{
    const char *only = getenv("DCDDNS_OOM_ONLY");
    return !only || strcmp(only, c->name) == 0;
}

/* Before anything else in main(). */
static inline void oom_install(void)
{
    mem_calls = (struct mem_calls){ oom_alloc, oom_resize, oom_release };
    oom_results = mmap(NULL, OOM_AT_ONCE * sizeof(*oom_results), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    oom_result = oom_results;
}

/* Exit status of the program. */
static inline int oom_cases(const struct oom_case *cases, size_t count)
{
    struct timespec began = { 0 }, ended = { 0 };
    const char *point = getenv("DCDDNS_OOM_POINT");
    clock_gettime(CLOCK_MONOTONIC, &began);
    printf("%-28s %6s %6s %6s", "case", "alloc", "once", "sticky");
    for (int i = 0; i < OOM_KINDS; i++)
        printf(" %6s", oom_kinds[i]);
    printf("\n");
    for (size_t i = 0; i < count; i++) {
        if (!oom_chosen(&cases[i]))
            continue;
        /* What libraries keep for good is made now, not in a run that is counted. */
        oom_once(&cases[i], OOM_NO_POINT, false, false);
        if (point) {
            oom_one_point(&cases[i], point);
            continue;
        }
        oom_sweep(&cases[i], false);
        if (cases[i].threads)
            oom_sweep(&cases[i], true);
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    oom_print("sum", &oom_sum);
    printf("oom: %ld points, %d with findings, %ld s\n", oom_sum.once + oom_sum.sticky, oom_bad,
           (long)(ended.tv_sec - began.tv_sec));
    return oom_bad == 0 && oom_sum.once + oom_sum.sticky + (point != NULL) > 0 ? 0 : 1;
}

#endif
