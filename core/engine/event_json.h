/* Events as JSON, as the control socket carries them: what the daemon writes and what those who
 * follow it read.  No I/O. */
#ifndef DCDDNS_ENGINE_EVENT_JSON_H
#define DCDDNS_ENGINE_EVENT_JSON_H

#include "base/json.h"
#include "engine/event.h"

/* Ids of events that came from elsewhere: struct event only points at them.  Those this program
 * knows need no room; of others the first 32 are kept, the rest is called "other". */
enum { EVENT_IDS_MAX = 32, EVENT_ID_MAX = 48 };
struct event_ids { /* a zeroed struct is empty */
    char names[EVENT_IDS_MAX][EVENT_ID_MAX];
    size_t count;
};

/* {"id","level","time_ms","record","message","source","url","before","after"}; every member is
 * there, "" for nothing.  mem_free() it; NULL: out of memory. */
char *event_to_json(const struct event *);
/* False when it is no event: no id, or members of the wrong kind.  Unknown members are ignored,
 * text that is too long is cut.  OUT points into IDS. */
bool event_from_json(const struct json *, struct event_ids *, struct event *out);

#endif
