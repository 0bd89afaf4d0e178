/* A family that a host has published and that nobody sees any more: when that is told, and when it
 * is long enough to leave the family out.  Pure: no clock, no file. */
#ifndef DCDDNS_ENGINE_LOST_FAMILY_H
#define DCDDNS_ENGINE_LOST_FAMILY_H

#include <stdbool.h>
#include <stdint.h>

#include "state/records.h"

enum lost_sight {
    LOST_FOUND,   /* an address that may be published */
    LOST_MISSING, /* nothing at all */
    LOST_UNSURE   /* not asked, or something that is contested or must not be published */
};

struct lost_look {
    enum lost_sight seen, other; /* this family, and the other one of the host */
    bool published;              /* this family */
    int64_t elapsed_ms;          /* since the look before; counted when the family is missing */
    int64_t wall_ms;             /* now; for display only */
};

enum lost_news {
    LOST_NOTHING,
    LOST_TELL,   /* missing for three rounds and 15 minutes, told once a spell */
    LOST_IS_BACK /* and was told as lost */
};

/* Enters one round.  Only time counts in which the other family was there: when both are gone it is
 * the network, not the family. */
enum lost_news lost_family_look(struct record_loss *, const struct lost_look *);
/* Missing for AFTER_S (0: never long enough) while the other family was there. */
bool lost_family_is_over(const struct record_loss *, int64_t after_s);

#endif
