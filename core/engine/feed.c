/* Following the events of a daemon; see feed.h. */
#include "engine/feed.h"

#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/control_link.h"
#include "engine/event_json.h"
#include "platform/os.h"

/* Lines of the daemon are longer than ours: every byte of an event may be escaped. */
enum { LINE_MAX_BYTES = 64 * 1024, FIRST_WAIT_MS = 1000, LAST_WAIT_MS = 60000 };

static const char hello[] = "{\"v\":1,\"do\":\"events\"}\n";

struct feed {
    struct net *net;
    const char *const *paths;
    events_tap event;
    void *ctx;
    struct control_link link;
    struct net_timer *timer;
    int64_t wait_ms;
    struct error said; /* what was logged last; none: connected */
    struct event_ids ids;
};

static void try_now(void *ctx);

static void try_later(struct feed *feed)
{
    feed->timer = net_timer_add(feed->net, os.boot_ms() + feed->wait_ms, try_now, feed);
    if (!feed->timer)
        log_error("out of memory: the daemon is not followed any more; start this again");
    feed->wait_ms = feed->wait_ms * 2 < LAST_WAIT_MS ? feed->wait_ms * 2 : LAST_WAIT_MS;
}

static void lose(void *ctx, const struct error *err)
{
    struct feed *feed = ctx;
    bool again = strcmp(feed->said.text, err->text) == 0;
    log_line(again ? DCDDNS_LOG_DEBUG : DCDDNS_LOG_WARN, "%s; trying again", err->text);
    feed->said = *err;
    control_link_close(&feed->link);
    try_later(feed);
}

static bool on_answer(struct feed *feed, const struct json *json, struct error *err)
{
    const char *version = json_string(json, "version");
    const char *error = json_string(json, "error");
    char shown[TEXT_ESCAPED_MAX] = "";

    if (!json_bool(json, "ok", false)) {
        error_set(err, ERR_TEMP, "the daemon refuses: %s",
                  text_escape(error ? error : "", error ? strlen(error) : 0, shown));
        return false;
    }
    log_notice("following dcddns %s",
               text_escape(version ? version : "", version ? strlen(version) : 0, shown));
    feed->said = (struct error){ 0 };
    feed->wait_ms = FIRST_WAIT_MS;
    return true;
}

static void on_event(struct feed *feed, const struct json *line, const struct json *json)
{
    struct event event = { 0 };
    int64_t dropped = 0;

    if (json_integer(line, "dropped", 1, UINT32_MAX, &dropped))
        log_warn("%lld events of the daemon were lost: this machine was too busy to read them",
                 (long long)dropped);
    if (event_from_json(json, &feed->ids, &event))
        feed->event(feed->ctx, &event);
    else
        log_debug("the daemon sent an event that cannot be read");
}

static bool on_line(void *ctx, const char *text, size_t len, struct error *err)
{
    struct feed *feed = ctx;
    struct json *json = json_parse(text, len);
    const struct json *event = json_get(json, "event");
    bool good = json_is_object(json);

    if (!good)
        error_set(err, ERR_TEMP, "what listens at the control socket does not speak as dcddns");
    else if (event)
        on_event(feed, json, event);
    else
        good = on_answer(feed, json, err);
    json_free(&json);
    return good;
}

static const struct control_link_calls calls = { .line = on_line, .lost = lose };

/* What a person can mend is worth more than that there is nobody. */
static int connect_any(struct feed *feed, struct error *err)
{
    for (size_t i = 0; feed->paths[i]; i++) {
        struct error here = { 0 };
        if (control_link_open(&feed->link, feed->net, feed->paths[i], hello, LINE_MAX_BYTES,
                              &here) == 0)
            return 0;
        if (err->class != ERR_PERM)
            *err = here;
    }
    return -1;
}

static void try_now(void *ctx)
{
    struct feed *feed = ctx;
    struct error err = { 0 };

    feed->timer = NULL;
    if (connect_any(feed, &err) < 0)
        lose(feed, &err);
}

struct feed *feed_open(struct net *net, const char *const *paths, events_tap event, void *ctx)
{
    struct feed *feed = mem_new(1, sizeof(*feed));
    if (!feed)
        return NULL;
    *feed = (struct feed){ .net = net,
                           .paths = paths,
                           .event = event,
                           .ctx = ctx,
                           .link = { .fd = -1, .calls = &calls, .ctx = feed },
                           .wait_ms = FIRST_WAIT_MS };
    try_now(feed);
    return feed;
}

void feed_close(struct feed **feed)
{
    struct feed *f = *feed;
    if (!f)
        return;
    net_timer_cancel(f->net, &f->timer);
    control_link_close(&f->link);
    mem_free(f);
    *feed = NULL;
}
