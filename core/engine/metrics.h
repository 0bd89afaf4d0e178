/* The state as metrics: Prometheus' text format, for the textfile collector of node-exporter.  The
 * names are an interface, documented in dcddns(1). */
#ifndef DCDDNS_ENGINE_METRICS_H
#define DCDDNS_ENGINE_METRICS_H

#include "engine/engine.h"
#include "engine/status.h"

/* metrics.c; pure.  COUNTS over all engines of this daemon; UP: it does not end just now.
 * mem_free() it; NULL: out of memory. */
char *metrics_text(const struct status *, const struct engine_counts *counts, bool up);

/* metrics_file.c: the file and when it is written: a second after a change, and within a minute
 * after anything else is new.  What goes wrong is warned of once and disturbs nothing.  Engine
 * thread only. */
struct metrics_file { /* a zeroed struct writes nothing */
    char *path;
    int64_t since_wall_ms;       /* start of the daemon */
    struct engine_counts before; /* of the engines that have ended */
    struct engine_counts seen;   /* of the present one, when it was written */
    int64_t written_ms;          /* boot clock; 0 = never */
    int64_t cost_ms;             /* how long that took */
    bool failed;
};

/* A new engine: takes the path of its configuration; a file that is not the one any more says so in
 * a last write.  ENDED: counts of the one before, or NULL. */
void metrics_file_begin(struct metrics_file *, struct engine *, const struct engine_counts *ended);
/* After each turn of the engine. */
void metrics_file_turn(struct metrics_file *, struct engine *);
/* Ms until it must turn again; -1: not before something happens. */
int64_t metrics_file_wait(const struct metrics_file *, const struct engine *);
/* The daemon ends: writes that, with its last engine (NULL: none), and frees. */
void metrics_file_end(struct metrics_file *, struct engine *);

#endif
