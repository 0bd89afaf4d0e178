/* A binary heap of jobs; see scheduler.h.  Must not read a clock. */
#include "engine/scheduler.h"

#include <string.h>

#include "base/mem.h"

static void place(struct scheduler *s, size_t at, struct job job)
{
    s->heap[at] = job;
    s->places[job.kind][job.index] = at + 1;
}

static void rise(struct scheduler *s, size_t at, struct job job)
{
    while (at > 0 && s->heap[(at - 1) / 2].due_ms > job.due_ms) {
        place(s, at, s->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    place(s, at, job);
}

static void sink(struct scheduler *s, size_t at, struct job job)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < s->count && s->heap[child + 1].due_ms < s->heap[child].due_ms)
            child++;
        if (child >= s->count || s->heap[child].due_ms >= job.due_ms)
            break;
        place(s, at, s->heap[child]);
        at = child;
    }
    place(s, at, job);
}

static size_t position(const struct scheduler *s, enum job_kind kind, size_t index)
{
    return index < s->place_counts[kind] ? s->places[kind][index] : 0;
}

static bool heap_room(struct scheduler *s, size_t cap)
{
    if (cap <= s->cap)
        return true;
    struct job *heap = mem_resize(s->heap, cap * sizeof(*heap));
    if (!heap)
        return false;
    s->heap = heap;
    s->cap = cap;
    return true;
}

static bool places_room(struct scheduler *s, size_t kind, size_t want)
{
    const size_t have = s->place_counts[kind];
    if (want <= have)
        return true;
    size_t *places = mem_resize(s->places[kind], want * sizeof(*places));
    if (!places)
        return false;
    memset(places + have, 0, (want - have) * sizeof(*places));
    s->places[kind] = places;
    s->place_counts[kind] = want;
    return true;
}

bool scheduler_reserve(struct scheduler *s, const size_t counts[JOB_KINDS])
{
    size_t sum = 0;
    for (size_t kind = 0; kind < JOB_KINDS; kind++) {
        if (!places_room(s, kind, counts[kind]))
            return false;
        sum += s->place_counts[kind];
    }
    return heap_room(s, sum);
}

static bool make_room(struct scheduler *s, const struct job *job)
{
    if (s->count == s->cap && !heap_room(s, s->cap ? s->cap * 2 : 16))
        return false;
    return job->index < s->place_counts[job->kind] || places_room(s, job->kind, job->index * 2 + 8);
}

static void take_out(struct scheduler *s, size_t at)
{
    struct job gone = s->heap[at];
    struct job last = s->heap[--s->count];
    s->places[gone.kind][gone.index] = 0;
    if (at == s->count)
        return;
    if (at > 0 && s->heap[(at - 1) / 2].due_ms > last.due_ms)
        rise(s, at, last);
    else
        sink(s, at, last);
}

bool scheduler_put(struct scheduler *s, struct job job)
{
    scheduler_remove(s, job.kind, job.index);
    if (!make_room(s, &job))
        return false;
    rise(s, s->count++, job);
    return true;
}

bool scheduler_put_earlier(struct scheduler *s, struct job job)
{
    return scheduler_due(s, job.kind, job.index) <= job.due_ms || scheduler_put(s, job);
}

void scheduler_remove(struct scheduler *s, enum job_kind kind, size_t index)
{
    size_t at = position(s, kind, index);
    if (at > 0)
        take_out(s, at - 1);
}

bool scheduler_take(struct scheduler *s, int64_t now_ms, struct job *out)
{
    if (s->count == 0 || s->heap[0].due_ms > now_ms)
        return false;
    *out = s->heap[0];
    take_out(s, 0);
    return true;
}

int64_t scheduler_due(const struct scheduler *s, enum job_kind kind, size_t index)
{
    size_t at = position(s, kind, index);
    return at > 0 ? s->heap[at - 1].due_ms : INT64_MAX;
}

int64_t scheduler_next(const struct scheduler *s)
{
    return s->count > 0 ? s->heap[0].due_ms : INT64_MAX;
}

void scheduler_free(struct scheduler *s)
{
    for (size_t kind = 0; kind < JOB_KINDS; kind++)
        mem_free(s->places[kind]);
    mem_free(s->heap);
    *s = (struct scheduler){ 0 };
}

int64_t scheduler_jitter(int64_t ms, uint32_t random)
{
    int64_t span = ms / 5;
    return ms - span + (int64_t)((uint64_t)random * (uint64_t)(2 * span + 1) >> 32);
}

int64_t scheduler_backoff(int failures, uint32_t random)
{
    const int64_t first = 30 * 1000, most = 3600 * 1000;
    int64_t ms = first;
    for (int i = 1; i < failures && ms < most; i++)
        ms *= 2;
    return scheduler_jitter(ms < most ? ms : most, random);
}

int64_t scheduler_outage_delay(int failures, uint32_t random)
{
    return scheduler_jitter((failures > 1 ? 40 : 30) * 1000, random);
}

int64_t scheduler_startup_delay(int failures)
{
    return failures < 1 ? 0 : failures > 5 ? 60 * 1000 : (INT64_C(1) << failures) * 1000;
}
