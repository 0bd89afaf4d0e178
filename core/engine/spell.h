/* Failures in a row, and who hears of which: the log of the first and then ever more seldom;
 * notifiers when it lasts, or at once when it will not pass by itself.  Pure: `now` is an argument.
 */
#ifndef DCDDNS_ENGINE_SPELL_H
#define DCDDNS_ENGINE_SPELL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/event.h"

struct spell {           /* a zeroed struct: all is well */
    int count;           /* failures in a row */
    int64_t since_ms;    /* boot clock of the first */
    bool told;           /* notifiers heard of it */
    bool told_permanent; /* and that it will not pass by itself */
};

struct spell_rule {
    int after;           /* failures in a row before notifiers hear of one that may pass, 1.. */
    int64_t patience_ms; /* time before it counts as lasting: till then one line is all; 0 = none */
    bool permanent;      /* it will not pass by itself */
};

/* One more failure: whom it concerns. */
enum event_audience spell_failed(struct spell *, const struct spell_rule *, int64_t now_ms);
/* The end of the spell: whom that concerns; EVENT_NOBODY when there was none. */
enum event_audience spell_over(struct spell *);
/* Power of two: the first time, then ever more seldom. */
bool spell_is_marked(int count);

#endif
