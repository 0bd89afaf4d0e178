/* What is due when: a heap of jobs on the boot clock.  Pure: `now` is an argument, random numbers
 * are given.  One entry a (kind, index). */
#ifndef DCDDNS_ENGINE_SCHEDULER_H
#define DCDDNS_ENGINE_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum job_kind {
    JOB_CHAIN,  /* ask a chain of sources */
    JOB_FAMILY, /* ask it for the one family that was not found */
    JOB_HOST,   /* try a host again: back-off or waiting time is over */
    JOB_GRANT,  /* keep a grant alive */
    JOB_DNS,    /* look whether DNS shows what was published */
    JOB_KINDS
};

struct job {
    int64_t due_ms;
    enum job_kind kind;
    size_t index;
};

struct scheduler { /* zeroed = empty */
    struct job *heap;
    size_t count, cap;
    size_t *places[JOB_KINDS]; /* index -> position in the heap + 1; 0 = not there */
    size_t place_counts[JOB_KINDS];
};

/* Room for all jobs with an index below COUNTS of their kind: then adding them never fails.  False:
 * out of memory. */
bool scheduler_reserve(struct scheduler *, const size_t counts[JOB_KINDS]);
/* Adds the job or moves it to another time.  False: out of memory, and it is not there. */
bool scheduler_put(struct scheduler *, struct job);
/* As scheduler_put(), but never later than it was. */
bool scheduler_put_earlier(struct scheduler *, struct job);
void scheduler_remove(struct scheduler *, enum job_kind, size_t index);
/* Takes the earliest job that is due at NOW. */
bool scheduler_take(struct scheduler *, int64_t now_ms, struct job *out);
/* Due time of (kind, index), or INT64_MAX. */
int64_t scheduler_due(const struct scheduler *, enum job_kind, size_t index);
/* Due time of the earliest job, or INT64_MAX. */
int64_t scheduler_next(const struct scheduler *);
void scheduler_free(struct scheduler *);

/* MS moved by at most 20 % either way; RANDOM is uniform. */
int64_t scheduler_jitter(int64_t ms, uint32_t random);
/* 30 s doubling to 1 h, with jitter; FAILURES in a row, from 1. */
int64_t scheduler_backoff(int failures, uint32_t random);
/* 30 s, then 40 s, with jitter: no source has answered for FAILURES rounds, from 1.  With the round
 * itself, an address is known again within a minute of the network's return, however long it was
 * away. */
int64_t scheduler_outage_delay(int failures, uint32_t random);
/* 2, 4, 8 ... 60 s: first answers after start, when the network may not be up yet. */
int64_t scheduler_startup_delay(int failures);

#endif
