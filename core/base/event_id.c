/* Ids of events and sets of them; see event_id.h. */
#include "base/event_id.h"

#include <string.h>

const struct event_kind event_kinds[EVENT_KINDS] = {
    { EVENT_APPLIED, 0 },
    { EVENT_FAILED, 0 },
    { EVENT_RECOVERED, 0 },
    { EVENT_CONSENT_NEEDED, EVENT_URGENT },
    { EVENT_SOURCE_FAILED, 0 },
    { EVENT_SOURCE_STUCK, EVENT_URGENT },
    { EVENT_NOTIFIER_STUCK, EVENT_URGENT },
    { EVENT_CGNAT, 0 },
    { EVENT_FAMILY_LOST, 0 },
    { EVENT_DRIFT, 0 },
    { EVENT_SUMMARY, EVENT_QUIET | EVENT_ALWAYS },
    { EVENT_STARTED, EVENT_ALWAYS },
    { EVENT_STOPPING, EVENT_ALWAYS },
    { EVENT_RELOADED, EVENT_ALWAYS },
    { EVENT_REJECTED, EVENT_ALWAYS },
};

static const uint32_t other = UINT32_C(1) << EVENT_KINDS;

const struct event_kind *event_kind_find(const char *id)
{
    for (size_t i = 0; i < EVENT_KINDS; i++) {
        if (strcmp(event_kinds[i].id, id) == 0)
            return &event_kinds[i];
    }
    return NULL;
}

uint32_t event_set_all(void)
{
    return (other << 1) - 1;
}

uint32_t event_set_default(void)
{
    uint32_t set = event_set_all();
    for (size_t i = 0; i < EVENT_KINDS; i++) {
        if (event_kinds[i].traits & EVENT_QUIET)
            set &= ~(UINT32_C(1) << i);
    }
    return set;
}

uint32_t event_set_named(const char *name)
{
    const size_t len = strlen(name);
    uint32_t set = 0;

    if (strcmp(name, "all") == 0)
        return event_set_all();
    for (size_t i = 0; i < EVENT_KINDS; i++) {
        const char *id = event_kinds[i].id;
        if (strncmp(id, name, len) == 0 && (id[len] == '\0' || id[len] == '.'))
            set |= UINT32_C(1) << i;
    }
    return set;
}

bool event_filter_passes(const struct event_filter *filter, const char *id, int level)
{
    const struct event_kind *kind = event_kind_find(id);
    const uint32_t bit = kind ? UINT32_C(1) << (kind - event_kinds) : other;
    const uint32_t events = filter->events != 0 ? filter->events : event_set_default();

    return (events & bit) != 0 && (filter->min_level == 0 || level <= filter->min_level);
}
