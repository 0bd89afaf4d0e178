/* A pending consent as a value: its memory, to and from JSON.  Must not know of files. */
#include "state/pending_json.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"

enum { SCHEMA = 1, VALUE_ROOM = 64 /* bytes for each byte of text */ };
#define INTEGER_MAX (INT64_C(1) << 53) /* JSON numbers are doubles */

static const struct {
    const char *name;
    size_t offset;
    bool required;
} texts[] = {
    { "host", offsetof(struct pending, hosts), true },
    { "named", offsetof(struct pending, named), false },
    { "grant", offsetof(struct pending, grant), false },
    { "provider_id", offsetof(struct pending, provider_id), true },
    { "provider_name", offsetof(struct pending, provider_name), true },
    { "api_url", offsetof(struct pending, api_url), true },
    { "async_url", offsetof(struct pending, async_url), true },
    { "control_panel", offsetof(struct pending, control_panel), false },
    { "service_id", offsetof(struct pending, service_id), true },
    { "auth", offsetof(struct pending, auth), true },
    { "url", offsetof(struct pending, url), true },
};
enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };

static const struct {
    const char *name;
    size_t offset, cap;
} names[] = {
    { "id", offsetof(struct pending, id), FQDN_MAX },
    { "state", offsetof(struct pending, state), PENDING_STATE_MAX },
    { "zone", offsetof(struct pending, zone), FQDN_MAX },
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static char *text_get(const struct pending *pending, size_t i)
{
    char *text = NULL;
    memcpy(&text, (const char *)pending + texts[i].offset, sizeof(text));
    return text;
}

static void text_set(struct pending *pending, size_t i, char *text)
{
    memcpy((char *)pending + texts[i].offset, &text, sizeof(text));
}

void pending_clear(struct pending *pending)
{
    for (size_t i = 0; i < TEXTS; i++)
        mem_free_secret(text_get(pending, i));
    fields_free(&pending->keep);
    mem_wipe(pending, sizeof(*pending));
    *pending = (struct pending){ 0 };
}

static bool put_keep(struct json *json, const struct dcddns_fields *keep)
{
    struct json *list = json_new_array();
    bool ok = list != NULL;

    for (size_t i = 0; ok && i < keep->count; i++) {
        struct json *field = json_new_object();
        bool complete = json_set_string(field, "name", keep->list[i].name) &&
                        json_set_string(field, "value", keep->list[i].value) &&
                        json_set_integer(field, "flags", keep->list[i].flags);
        ok = json_append(list, field) && complete;
    }
    return json_set(json, "keep", list) && ok;
}

char *pending_to_json(const struct pending *pending)
{
    struct json *json = json_new_object();
    char *text = NULL;
    bool ok = json_set_integer(json, "schema", SCHEMA);

    for (size_t i = 0; i < NAMES; i++)
        ok = ok && json_set_string(json, names[i].name, (const char *)pending + names[i].offset);
    for (size_t i = 0; i < TEXTS; i++)
        ok = ok && json_set_string(json, texts[i].name, text_get(pending, i));
    ok = ok && json_set_bool(json, "ipv4", pending->ipv4) &&
         json_set_bool(json, "ipv6", pending->ipv6) &&
         json_set_bool(json, "chosen", pending->chosen) &&
         json_set_bool(json, "challenged", pending->challenged) &&
         json_set_integer(json, "created_wall_ms", pending->created_wall_ms) &&
         json_set_integer(json, "created_boot_ms", pending->created_boot_ms) &&
         json_set_string(json, "boot_id", pending->boot_id) && put_keep(json, &pending->keep);
    if (ok)
        text = json_print(json, false);
    json_free(&json);
    return text;
}

static int get_names(const struct json *json, struct pending *pending, struct error *err)
{
    for (size_t i = 0; i < NAMES; i++) {
        const char *text = json_string(json, names[i].name);
        size_t len = text ? strlen(text) : names[i].cap;
        if (len >= names[i].cap)
            return error_set(err, ERR_LOCAL, "\"%s\" is missing in it, or too long", names[i].name);
        memcpy((char *)pending + names[i].offset, text, len + 1);
    }
    return 0;
}

static int get_texts(const struct json *json, struct pending *pending, bool *damaged,
                     struct error *err)
{
    for (size_t i = 0; i < TEXTS; i++) {
        const char *text = json_string(json, texts[i].name);
        char *copy = mem_strdup(text);
        *damaged = !text && texts[i].required;
        if (*damaged)
            return error_set(err, ERR_LOCAL, "\"%s\" is missing in it", texts[i].name);
        if (text && !copy)
            return error_set(err, ERR_LOCAL, "out of memory");
        text_set(pending, i, copy);
    }
    return 0;
}

static int get_keep(const struct json *json, struct pending *pending, bool *damaged,
                    struct error *err)
{
    for (const struct json *at = json_first(json_get(json, "keep")); at; at = json_next(at)) {
        int64_t flags = 0;
        bool whole = json_integer(at, "flags", 0, DCDDNS_SECRET, &flags);
        const char *value = json_string(at, "value");
        int code = DCDDNS_E_BUG;
        if (whole && value)
            code = fields_set(&pending->keep, json_string(at, "name"), value, (uint32_t)flags);
        *damaged = code == DCDDNS_E_BUG;
        if (code != DCDDNS_OK)
            return error_set(err, ERR_LOCAL, "what the auth module kept cannot be read from it");
    }
    return 0;
}

/* Files of earlier versions have none. */
static void get_boot(const struct json *json, struct pending *pending)
{
    const char *id = json_string(json, "boot_id");
    size_t len = id ? strlen(id) : sizeof(pending->boot_id);

    if (len < sizeof(pending->boot_id) &&
        json_integer(json, "created_boot_ms", 0, INTEGER_MAX, &pending->created_boot_ms))
        memcpy(pending->boot_id, id, len + 1);
}

/* NULL: no JSON, or *NO_MEMORY.  The parser does not say which, so it is asked twice, and the
 * second time only when all that it can need is there: each value takes two bytes of text at least.
 */
static struct json *parse(const char *text, size_t len, bool *no_memory)
{
    struct json *json = json_parse(text, len);
    if (json)
        return json;
    void *room = mem_new(len + 1, VALUE_ROOM);
    *no_memory = !room;
    if (!room)
        return NULL;
    mem_free(room);
    return json_parse(text, len);
}

int pending_from_json(const char *text, size_t len, struct pending *pending, bool *damaged,
                      struct error *err)
{
    bool no_memory = false;
    struct json *json = parse(text, len, &no_memory);
    int64_t schema = 0;
    int rc = -1;

    *damaged = !no_memory;
    if (no_memory)
        error_set(err, ERR_LOCAL, "out of memory");
    else if (!json_integer(json, "schema", SCHEMA, SCHEMA, &schema))
        error_set(err, ERR_LOCAL, "it is not JSON of schema %d", SCHEMA);
    else if (!json_integer(json, "created_wall_ms", 0, INTEGER_MAX, &pending->created_wall_ms))
        error_set(err, ERR_LOCAL, "\"created_wall_ms\" is missing in it");
    else if (get_names(json, pending, err) == 0 && get_texts(json, pending, damaged, err) == 0)
        rc = get_keep(json, pending, damaged, err);
    get_boot(json, pending);
    pending->ipv4 = json_bool(json, "ipv4", false);
    pending->ipv6 = json_bool(json, "ipv6", false);
    pending->chosen = json_bool(json, "chosen", false);
    pending->challenged = json_bool(json, "challenged", false);
    json_free(&json);
    if (rc < 0)
        pending_clear(pending);
    return rc;
}
