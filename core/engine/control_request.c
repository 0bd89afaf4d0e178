/* What can be asked on the control socket, one row for each request.  Must not know how lines come
 * and go. */
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/control_inside.h"
#include "engine/status.h"

enum { NAMED_MAX = CONTROL_LINE_MAX / 6 }; /* "a.b", is six bytes */

struct named { /* "hosts" of a request */
    char names[NAMED_MAX][FQDN_MAX];
    const char *items[NAMED_MAX];
    size_t count;
};

/* More than the client takes, or we keep for him, is never begun. */
static const char too_large[] =
    "{\"v\":1,\"ok\":false,\"error\":\"the answer is too large; name fewer hosts\"}";

bool control_send_answer(struct control_client *client, struct json *object, bool complete)
{
    char *text = complete ? json_print(object, false) : NULL;
    json_free(&object);
    if (!text)
        return false;
    const size_t room = client->out.max - client->out.len;
    buf_puts(&client->out, strlen(text) < room ? text : too_large);
    buf_putc(&client->out, '\n');
    mem_free(text);
    return buf_ok(&client->out);
}

struct json *control_answer(bool ok)
{
    struct json *json = json_new_object();
    if (!json_set_integer(json, "v", CONTROL_VERSION) || !json_set_bool(json, "ok", ok))
        json_free(&json);
    return json;
}

bool control_refuse(struct control_client *client, const char *error)
{
    struct json *json = control_answer(false);
    return control_send_answer(client, json, json_set_string(json, "error", error));
}

bool control_refuse_as(struct control_client *client, const struct error *err)
{
    const struct control_desk *desk = control_desk_of(client->control);
    struct json *json = control_answer(false);
    return control_send_answer(
        client, json,
        json_set_string(json, "error", err->text) &&
            json_set_string(json, "error_class", error_class_name(err->class)) &&
            json_set_string(json, "state", desk ? desk->state_dir : NULL));
}

static bool do_events(struct control_client *client, const struct json *request)
{
    struct json *json = control_answer(true);
    (void)request;
    client->follows = true;
    return control_send_answer(client, json, json_set_string(json, "version", DCDDNS_VERSION));
}

/* Whether the engine of DESK is the one that is meant; ERR says why not. */
static bool is_meant(const struct control_desk *desk, const struct json *request, struct error *err)
{
    const char *state = json_string(request, "state");

    if (!desk || !desk->engine)
        error_set(err, ERR_TEMP, "the daemon is not ready yet");
    else if (state && strcmp(state, desk->state_dir) != 0)
        error_set(err, ERR_PERM, "this daemon works on %s", desk->state_dir);
    else
        return true;
    return false;
}

static bool read_names(const struct control_desk *desk, const struct json *hosts,
                       struct named *named, struct error *err)
{
    if (!hosts)
        return true;
    for (const struct json *at = json_first(hosts); at && named->count < NAMED_MAX;
         at = json_next(at)) {
        char *name = named->names[named->count];
        if (!json_text(at) || !text_fqdn(json_text(at), name))
            break;
        if (!config_find_host(engine_config(desk->engine), name)) {
            error_set(err, ERR_PERM,
                      "%s is not configured in the running daemon; if it is new, "
                      "run: dcddns reload, else: dcddns setup %s",
                      name, name);
            return false;
        }
        named->items[named->count++] = name;
        if (json_is_array(hosts) && !json_next(at))
            return true;
    }
    error_set(err, ERR_USAGE, "hosts is to be a list of names; leave it out for all");
    return false;
}

/* The hosts that a request names, in mem_ memory; NULL: refused, with ERR. */
static struct named *meant(const struct control_client *client, const struct json *request,
                           struct error *err)
{
    const struct control_desk *desk = control_desk_of(client->control);
    struct named *named = NULL;

    if (!is_meant(desk, request, err))
        return NULL;
    named = mem_new(1, sizeof(*named));
    if (!named)
        error_set(err, ERR_LOCAL, "out of memory");
    else if (read_names(desk, json_get(request, "hosts"), named, err))
        return named;
    mem_free(named);
    return NULL;
}

static bool do_status(struct control_client *client, const struct json *request)
{
    const struct control_desk *desk = control_desk_of(client->control);
    struct status status = { 0 };
    struct error err = { 0 };
    struct named *named = meant(client, request, &err);
    const struct status_names names = { .items = named ? named->items : NULL,
                                        .count = named ? named->count : 0 };

    if (!named || status_of_engine(desk->engine, &names, &status, &err) < 0) {
        mem_free(named);
        return control_refuse_as(client, &err);
    }
    status.daemon_since_at_ms = desk->since_wall_ms;
    struct json *json = control_answer(true);
    bool complete = json_set(json, "status", status_to_json(&status));
    status_free(&status);
    mem_free(named);
    return control_send_answer(client, json, complete);
}

static bool do_check(struct control_client *client, const struct json *request)
{
    struct error err = { 0 };
    struct named *named = meant(client, request, &err);

    if (!named)
        return control_refuse_as(client, &err);
    struct engine *e = control_desk_of(client->control)->engine;
    size_t count = named->count > 0 ? named->count : engine_config(e)->host_count;
    if (named->count == 0)
        engine_check_now(e);
    for (size_t i = 0; i < named->count; i++)
        engine_check_one(e, named->items[i]);
    mem_free(named);
    log_debug("control socket: user %u asks for a check", (unsigned)client->peer.uid);
    struct json *json = control_answer(true);
    return control_send_answer(client, json, json_set_integer(json, "hosts", (int64_t)count));
}

static bool is_flag(const struct json *request, const char *name)
{
    return !json_get(request, name) ||
           json_bool(request, name, true) == json_bool(request, name, false);
}

static bool do_update(struct control_client *client, const struct json *request)
{
    struct error err = { 0 };

    if (!is_flag(request, "force"))
        return control_refuse(client, "force is to be true or false");
    struct named *named = meant(client, request, &err);
    if (!named)
        return control_refuse_as(client, &err);
    log_debug("control socket: user %u asks for an update", (unsigned)client->peer.uid);
    bool good =
        control_task_update(client, named->items, named->count, json_bool(request, "force", false));
    mem_free(named);
    return good || control_refuse(client, "out of memory");
}

static bool do_reload(struct control_client *client, const struct json *request)
{
    struct control_desk *desk = control_desk_of(client->control);
    struct error err = { 0 };

    if (!is_meant(desk, request, &err))
        return control_refuse_as(client, &err);
    if (!control_task_reload(client))
        return control_refuse(client, "out of memory");
    log_info("control socket: user %u asks for a reload", (unsigned)client->peer.uid);
    desk->reload = true;
    return true;
}

static const struct {
    const char *name;
    bool (*run)(struct control_client *, const struct json *request);
} requests[] = {
    { "events", do_events }, { "status", do_status }, { "check", do_check },
    { "update", do_update }, { "reload", do_reload },
};

static bool run(struct control_client *client, const struct json *request)
{
    const char *name = json_string(request, "do");
    int64_t version = 0;

    if (!json_is_object(request) || !name || !json_integer(request, "v", 0, INT32_MAX, &version))
        return false;
    if (version != CONTROL_VERSION)
        return control_refuse(client, "this daemon speaks version 1 of the protocol only");
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        if (strcmp(requests[i].name, name) == 0)
            return requests[i].run(client, request);
    }
    return control_refuse(client, "this daemon does not know that request");
}

bool control_request(struct control_client *client, const char *line, size_t len)
{
    struct json *request = json_parse(line, len);
    bool good = request && run(client, request);
    json_free(&request);
    return good;
}
