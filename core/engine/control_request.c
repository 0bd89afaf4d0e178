/* What can be asked on the control socket, one row for each request.  Must not know how lines come
 * and go. */
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/control_inside.h"

enum { VERSION = 1 };

/* Adds OBJECT as a line and frees it; false when out of memory or too much is waiting. */
static bool answer(struct control_client *client, struct json *object, bool complete)
{
    char *text = complete ? json_print(object, false) : NULL;
    json_free(&object);
    if (!text)
        return false;
    buf_puts(&client->out, text);
    buf_putc(&client->out, '\n');
    mem_free(text);
    return buf_ok(&client->out);
}

static bool refuse(struct control_client *client, const char *error)
{
    struct json *json = json_new_object();
    return answer(client, json,
                  json && json_set_integer(json, "v", VERSION) &&
                      json_set_bool(json, "ok", false) && json_set_string(json, "error", error));
}

static bool do_events(struct control_client *client, const struct json *request)
{
    struct json *json = json_new_object();
    (void)request;
    client->follows = true;
    return answer(client, json,
                  json && json_set_integer(json, "v", VERSION) && json_set_bool(json, "ok", true) &&
                      json_set_string(json, "version", DCDDNS_VERSION));
}

static const struct {
    const char *name;
    bool (*run)(struct control_client *, const struct json *request);
} requests[] = {
    { "events", do_events },
};

static bool run(struct control_client *client, const struct json *request)
{
    const char *name = json_string(request, "do");
    int64_t version = 0;

    if (!json_is_object(request) || !name || !json_integer(request, "v", 0, INT32_MAX, &version))
        return false;
    if (version != VERSION)
        return refuse(client, "this daemon speaks version 1 of the protocol only");
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        if (strcmp(requests[i].name, name) == 0)
            return requests[i].run(client, request);
    }
    return refuse(client, "this daemon does not know that request");
}

bool control_request(struct control_client *client, const char *line, size_t len)
{
    struct json *request = json_parse(line, len);
    bool good = request && run(client, request);
    json_free(&request);
    return good;
}
