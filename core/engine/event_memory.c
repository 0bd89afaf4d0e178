/* Digests of what was told last; see event_memory.h.  Must not read a clock. */
#include "engine/event_memory.h"

#include <string.h>

#include "base/event_id.h"
#include "engine/event.h"

static const int64_t FORGET_MS = INT64_C(24) * 3600 * 1000;

/* FNV-1a, with the end of the text, so that two texts are not one. */
static uint64_t digest(uint64_t hash, const char *text)
{
    for (const char *at = text;; at++) {
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
        if (!*at)
            return hash;
    }
}

/* The slot of SUBJECT, or the one to forget for it. */
static struct event_memory_slot *slot_of(struct event_memory *memory, uint64_t subject)
{
    struct event_memory_slot *oldest = NULL;

    for (size_t i = 0; i < EVENT_MEMORY_REACH; i++) {
        struct event_memory_slot *slot = &memory->slots[(subject + i) % EVENT_MEMORY_SLOTS];
        if (slot->subject == subject)
            return slot;
        if (!oldest || slot->at_ms < oldest->at_ms)
            oldest = slot;
    }
    return oldest;
}

bool event_memory_is_news(struct event_memory *memory, const struct event *event, int64_t now_ms)
{
    const struct event_kind *kind = event_kind_find(event->id);
    const uint64_t record = digest(UINT64_C(0xcbf29ce484222325), event->record);
    const uint64_t subject = record != 0 ? record : 1;
    const uint64_t told = digest(digest(subject, event->id), event->message);
    struct event_memory_slot *slot = slot_of(memory, subject);

    if (kind && kind->traits & EVENT_ALWAYS)
        return true;
    if (slot->subject == subject && slot->told == told && now_ms - slot->at_ms < FORGET_MS)
        return false;
    *slot = (struct event_memory_slot){ .subject = subject, .told = told, .at_ms = now_ms };
    return true;
}
