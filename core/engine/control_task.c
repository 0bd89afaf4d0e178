/* Requests on the control socket that take a while: updates are answered when their cycles are
 * over, reloads when the daemon has one engine again.  A client that goes takes only its answer
 * with it. Must not know how lines come and go. */
#include <string.h>

#include "base/addr.h"
#include "base/mem.h"
#include "engine/control_inside.h"

struct control_task {
    bool reload; /* else an update */
    bool force;
    char **names; /* empty: all hosts */
    size_t count;
    unsigned generation; /* of the engine that was asked */
    size_t at;           /* hosts before it are over */
};

void control_task_free(struct control_task **task)
{
    struct control_task *t = *task;
    if (!t)
        return;
    for (size_t i = 0; i < t->count; i++)
        mem_free(t->names[i]);
    mem_free(t->names);
    mem_free(t);
    *task = NULL;
}

static size_t hosts_of(const struct control_task *t, const struct engine *e)
{
    return t->count > 0 ? t->count : engine_config(e)->host_count;
}

static const char *host_at(const struct control_task *t, const struct engine *e, size_t i)
{
    return t->count > 0 ? t->names[i] : engine_config(e)->hosts[i].fqdn;
}

/* A host that is not configured any more is told as never checked. */
static void ask(struct control_task *t, const struct control_desk *desk)
{
    for (size_t i = 0; i < hosts_of(t, desk->engine); i++)
        engine_ask(desk->engine, host_at(t, desk->engine, i), t->force);
    t->generation = desk->generation;
    t->at = 0;
}

bool control_task_update(struct control_client *client, const char *const *names, size_t count,
                         bool force)
{
    struct control_task *t = mem_new(1, sizeof(*t));
    if (!t)
        return false;
    t->force = force;
    t->names = mem_new(count, sizeof(*t->names));
    for (; t->names && t->count < count; t->count++) {
        t->names[t->count] = mem_strdup(names[t->count]);
        if (!t->names[t->count])
            break;
    }
    if (!t->names || t->count < count) {
        control_task_free(&t);
        return false;
    }
    ask(t, control_desk_of(client->control));
    client->task = t;
    return true;
}

bool control_task_reload(struct control_client *client)
{
    client->task = mem_new(1, sizeof(*client->task));
    if (client->task)
        client->task->reload = true;
    return client->task != NULL;
}

static bool set_addr(struct json *json, const char *name, const struct dcddns_addr *addr)
{
    char text[ADDR_TEXT_MAX] = "";
    addr_text(addr, text);
    return !text[0] || json_set_string(json, name, text);
}

static bool add_result(struct json *list, struct engine *e, const char *fqdn)
{
    const struct record empty = { 0 };
    const struct record *found = records_find(engine_records(e), fqdn);
    const struct record *r = found ? found : &empty;
    const struct engine_result result = engine_result(e, fqdn);
    struct json *json = json_new_object();

    bool good = json_set_string(json, "name", fqdn) &&
                json_set_string(json, "verdict", engine_verdict_name(result.verdict)) &&
                set_addr(json, "ipv4", &r->v4.published) &&
                set_addr(json, "ipv6", &r->v6.published) &&
                json_set_string(json, "error_class", error_class_name(result.error.class)) &&
                (!result.error.text[0] || json_set_string(json, "error", result.error.text));
    return json_append(list, json) && good;
}

/* The task is over; an answer that cannot be made ends the connection. */
static void finish(struct control_client *client, struct json *answer, bool complete)
{
    control_task_free(&client->task);
    if (!control_send_answer(client, answer, complete))
        control_client_end(client);
}

/* The results stand; a restart would not know of them. */
static bool set_unwritten(struct json *json, const struct error *why)
{
    struct error told = *why;

    error_prefix(&told, "what came of it is not on disk");
    return json_set_string(json, "error", told.text) &&
           json_set_string(json, "error_class", error_class_name(told.class));
}

static void answer_update(struct control_client *client, struct engine *e)
{
    const struct control_task *t = client->task;
    struct error why = { 0 };
    bool written = true;

    for (size_t i = 0; written && i < hosts_of(t, e); i++)
        written = !engine_is_unwritten(e, host_at(t, e, i), &why);
    struct json *json = control_answer(written), *list = json_new_array();
    bool good = written || set_unwritten(json, &why);
    for (size_t i = 0; good && i < hosts_of(t, e); i++)
        good = add_result(list, e, host_at(t, e, i));
    good = json_set(json, "results", list) && good;
    finish(client, json, good);
}

bool control_task_turn(struct control_client *client)
{
    const struct control_desk *desk = control_desk_of(client->control);
    struct engine *e = desk->engine;
    struct control_task *t = client->task;

    if (t->reload || !e)
        return false;
    if (t->generation != desk->generation)
        ask(t, desk);
    while (t->at < hosts_of(t, e) && !engine_is_asked(e, host_at(t, e, t->at)))
        t->at++;
    if (t->at < hosts_of(t, e))
        return false;
    answer_update(client, e);
    return true;
}

bool control_task_reloaded(struct control_client *client, const struct config_errors *errors)
{
    const struct control_desk *desk = control_desk_of(client->control);

    if (!client->task->reload)
        return false;
    struct json *json = control_answer(!errors);
    bool good = false;
    if (errors)
        good = json_set_string(json, "error", "the new configuration is not used") &&
               json_set_string(json, "error_class", error_class_name(ERR_CONFIG)) &&
               json_set_string(json, "errors", config_errors_text(errors)) &&
               json_set_integer(json, "count", errors->count);
    else
        good = json_set_integer(json, "hosts", (int64_t)engine_config(desk->engine)->host_count);
    finish(client, json, good);
    return true;
}
