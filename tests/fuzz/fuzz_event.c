/* A line of the daemon to the agent: an event as JSON. */
#include "fuzz.h"

#include "base/mem.h"
#include "engine/event_json.h"

/* What was read and written again reads as the same. */
static void round_trip(const struct event *event)
{
    static struct event_ids ids;
    struct event again = { 0 };
    char *text = event_to_json(event);

    FUZZ_CHECK(text);
    struct json *json = json_parse(text, strlen(text));
    ids.count = 0;
    FUZZ_CHECK(json && event_from_json(json, &ids, &again));
    char *twice = event_to_json(&again);
    FUZZ_CHECK(twice && strcmp(text, twice) == 0);
    json_free(&json);
    mem_free(text);
    mem_free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct event_ids ids;
    struct event event = { 0 };
    char *text = fuzz_text(data, size);
    struct json *json = json_parse(text, size);

    ids.count = 0;
    if (event_from_json(json, &ids, &event)) {
        FUZZ_CHECK(event.id && event.id[0] && strlen(event.id) < EVENT_ID_MAX);
        round_trip(&event);
    }
    json_free(&json);
    free(text);
    return 0;
}
