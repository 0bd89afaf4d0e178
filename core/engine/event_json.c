/* Events to JSON and back; see event_json.h. */
#include "engine/event_json.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"

static const char *level_name(int level)
{
    if (level < DCDDNS_LOG_ERROR)
        level = DCDDNS_LOG_ERROR;
    if (level > DCDDNS_LOG_DEBUG)
        level = DCDDNS_LOG_DEBUG;
    return log_level_names[level - DCDDNS_LOG_ERROR];
}

char *event_to_json(const struct event *event)
{
    char before[ADDR_TEXT_MAX] = "", after[ADDR_TEXT_MAX] = "";
    struct json *json = json_new_object();
    char *text = NULL;

    if (json && json_set_string(json, "id", event->id) &&
        json_set_string(json, "level", level_name(event->level)) &&
        json_set_integer(json, "time_ms", event->wall_ms) &&
        json_set_string(json, "record", event->record) &&
        json_set_string(json, "message", event->message) &&
        json_set_string(json, "source", event->source) &&
        json_set_string(json, "url", event->url) &&
        json_set_string(json, "before", addr_text(&event->before, before)) &&
        json_set_string(json, "after", addr_text(&event->after, after)))
        text = json_print(json, false);
    json_free(&json);
    return text;
}

static const char *keep_id(struct event_ids *ids, const char *id)
{
    const struct event_kind *known = event_kind_find(id);
    if (known)
        return known->id;
    for (size_t i = 0; i < ids->count; i++) {
        if (strcmp(ids->names[i], id) == 0)
            return ids->names[i];
    }
    if (ids->count == EVENT_IDS_MAX || strlen(id) >= EVENT_ID_MAX)
        return "other";
    char *name = ids->names[ids->count++];
    snprintf(name, EVENT_ID_MAX, "%s", id);
    return name;
}

static bool read_level(const struct json *json, int *out)
{
    const char *name = json_string(json, "level");
    return name && log_level_parse(name, out);
}

static void read_text(const struct json *json, const char *name, char *out, size_t cap)
{
    const char *text = json_string(json, name);
    snprintf(out, cap, "%s", text ? text : "");
}

static bool read_addr(const struct json *json, const char *name, struct dcddns_addr *out)
{
    const char *text = json_string(json, name);
    return !text || !text[0] || addr_parse(text, out) == 0;
}

bool event_from_json(const struct json *json, struct event_ids *ids, struct event *out)
{
    const char *id = json_string(json, "id");

    *out = (struct event){ 0 };
    if (!id || !id[0] || !read_level(json, &out->level) ||
        !json_integer(json, "time_ms", 0, INT64_MAX / 2, &out->wall_ms) ||
        !read_addr(json, "before", &out->before) || !read_addr(json, "after", &out->after))
        return false;
    out->id = keep_id(ids, id);
    read_text(json, "record", out->record, sizeof(out->record));
    read_text(json, "message", out->message, sizeof(out->message));
    read_text(json, "source", out->source, sizeof(out->source));
    read_text(json, "url", out->url, sizeof(out->url));
    return true;
}
