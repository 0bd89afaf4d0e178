/* Following the events of a daemon; see feed.h. */
#include "engine/feed.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/event_json.h"
#include "platform/os.h"

/* Lines of the daemon are longer than ours: every byte of an event may be escaped. */
enum { LINE_MAX_BYTES = 64 * 1024, READ_SIZE = 4096, FIRST_WAIT_MS = 1000, LAST_WAIT_MS = 60000 };

static const char hello[] = "{\"v\":1,\"do\":\"events\"}\n";

struct feed {
    struct net *net;
    const char *const *paths;
    events_tap event;
    void *ctx;
    int fd; /* -1: not connected */
    struct net_watch *watch;
    struct net_timer *timer;
    int64_t wait_ms;
    struct buf in;
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

static void lose(struct feed *feed, const struct error *err)
{
    bool again = strcmp(feed->said.text, err->text) == 0;
    log_line(again ? DCDDNS_LOG_DEBUG : DCDDNS_LOG_WARN, "%s; trying again", err->text);
    feed->said = *err;
    net_watch_remove(feed->net, &feed->watch);
    if (feed->fd >= 0)
        os_local_close(feed->fd);
    feed->fd = -1;
    buf_free(&feed->in);
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

static bool on_line(struct feed *feed, const char *text, size_t len, struct error *err)
{
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

static bool read_lines(struct feed *feed, struct error *err)
{
    struct buf *in = &feed->in;
    size_t done = 0;

    for (const char *end = memchr(in->data, '\n', in->len); end;
         end = memchr(in->data + done, '\n', in->len - done)) {
        if (!on_line(feed, in->data + done, (size_t)(end - in->data) - done, err))
            return false;
        done = (size_t)(end - in->data) + 1;
    }
    in->len -= done;
    memmove(in->data, in->data + done, in->len);
    return true;
}

static void on_ready(void *ctx, int fd, int ready)
{
    struct feed *feed = ctx;
    char data[READ_SIZE];
    struct error err = { 0 };
    (void)ready;

    int64_t got = os_local_read(fd, data, sizeof(data));
    if (got == -EAGAIN || got == -EINTR)
        return;
    if (got > 0)
        buf_add(&feed->in, data, (size_t)got);
    if (got > 0 && buf_ok(&feed->in) && read_lines(feed, &err))
        return;
    if (got > 0 && !err.text[0])
        error_set(&err, ERR_TEMP, "the daemon sends a line that is too long");
    if (got <= 0)
        error_set(&err, ERR_TEMP, "the daemon is gone");
    lose(feed, &err);
}

/* What a person can mend is worth more than that there is nobody. */
static int connect_any(const struct feed *feed, struct error *err)
{
    for (size_t i = 0; feed->paths[i]; i++) {
        struct error here = { 0 };
        int fd = os_local_connect(feed->paths[i], &here);
        if (fd >= 0)
            return fd;
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
    feed->fd = connect_any(feed, &err);
    if (feed->fd >= 0) {
        feed->watch = net_watch_add(feed->net, feed->fd, DCDDNS_READ, on_ready, feed);
        if (feed->watch &&
            os_local_write(feed->fd, hello, sizeof(hello) - 1) == (int64_t)sizeof(hello) - 1)
            return;
        error_set(&err, ERR_TEMP, "the daemon cannot be asked for its events just now");
    }
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
                           .fd = -1,
                           .wait_ms = FIRST_WAIT_MS,
                           .in = BUF_MAX(LINE_MAX_BYTES) };
    try_now(feed);
    return feed;
}

void feed_close(struct feed **feed)
{
    struct feed *f = *feed;
    if (!f)
        return;
    net_timer_cancel(f->net, &f->timer);
    net_watch_remove(f->net, &f->watch);
    if (f->fd >= 0)
        os_local_close(f->fd);
    buf_free(&f->in);
    mem_free(f);
    *feed = NULL;
}
