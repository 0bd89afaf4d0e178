/* Between the files of the report only. */
#ifndef DCDDNS_ENGINE_BUNDLE_INSIDE_H
#define DCDDNS_ENGINE_BUNDLE_INSIDE_H

#include "engine/bundle.h"
#include "engine/mask.h"

struct bundle {
    struct runtime *rt;
    struct mask mask;
    struct buf *out;
    const char *state_dir;
    int64_t now_ms;
};

void bundle_title(struct bundle *, const char *title);
/* "3 h ago", "in 5 min", "never" for 0. */
void bundle_age(struct bundle *, int64_t wall_ms);
/* Configuration and modules.  bundle_config.c */
void bundle_config(struct bundle *);
void bundle_modules(struct bundle *);
/* Hosts, grants, files.  bundle_state.c */
void bundle_state(struct bundle *);

#endif
