/* The tray's connection to a daemon; see tray_link.h.  All but the functions marked so are called
 * on the thread of the link. */
#include "windows/tray_link.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/control.h"
#include "engine/control_ask.h"
#include "engine/control_link.h"
#include "engine/event_json.h"
#include "engine/runtime.h"
#include "platform/os.h"

enum { FIRST_WAIT_MS = 1000, LAST_WAIT_MS = 15 * 1000, LOOK_MS = 30 * 1000, SOON_MS = 300 };

static const char events[] = "{\"v\":1,\"do\":\"events\"}\n";
static const char status[] = "{\"v\":1,\"do\":\"status\"}\n";
static const char check[] = "{\"v\":1,\"do\":\"check\"}\n";

struct tray_link {
    HWND to;
    struct net *net;
    struct os_thread *thread;
    char *places[CONTROL_PLACES_MAX + 1];
    struct control_link link;
    struct net_timer *again, *look;
    int64_t wait_ms;
    struct event_ids ids;
    bool greeted; /* the daemon answered */
    bool stop;
};

static void try_now(void *ctx);
static void ask_status(void *ctx);

/* -- news ------------------------------------------------------------------------------------- */

void tray_news_free(struct tray_news **news)
{
    if (!*news)
        return;
    status_free(&(*news)->status);
    mem_free(*news);
    *news = NULL;
}

static struct tray_news *new_news(enum tray_news_kind kind)
{
    struct tray_news *news = mem_new(1, sizeof(*news));
    if (news)
        news->kind = kind;
    return news;
}

static void tell(const struct tray_link *link, struct tray_news *news)
{
    if (news && !PostMessageW(link->to, TRAY_NEWS, 0, (LPARAM)news))
        tray_news_free(&news);
}

static void tell_words(const struct tray_link *link, enum tray_news_kind kind, const char *words)
{
    struct tray_news *news = new_news(kind);
    if (news)
        snprintf(news->words, sizeof(news->words), "%s", words);
    tell(link, news);
}

/* -- lines ------------------------------------------------------------------------------------ */

static void look_in(struct tray_link *link, int64_t ms)
{
    net_timer_cancel(link->net, &link->look);
    link->look = net_timer_add(link->net, os.boot_ms() + ms, ask_status, link);
}

static void on_event(struct tray_link *link, const struct json *json)
{
    struct tray_news *news = new_news(TRAY_NEWS_EVENT);

    if (news && event_from_json(json, &link->ids, &news->event)) {
        snprintf(news->event_id, sizeof(news->event_id), "%s", news->event.id);
        news->event.id = news->event_id;
        tell(link, news);
        news = NULL;
    }
    tray_news_free(&news);
    look_in(link, SOON_MS); /* it changed something */
}

static void on_status(struct tray_link *link, const struct json *json)
{
    struct tray_news *news = new_news(TRAY_NEWS_STATUS);

    if (news && status_from_json(json, &news->status) == 0) {
        tell(link, news);
        news = NULL;
    }
    tray_news_free(&news);
    look_in(link, LOOK_MS);
}

/* Answers say themselves what they answer. */
static bool on_line(void *ctx, const char *text, size_t len, struct error *err)
{
    struct tray_link *link = ctx;
    struct json *json = json_parse(text, len);
    const struct json *event = json_get(json, "event"), *state = json_get(json, "status");
    const char *error = json_string(json, "error");
    const bool good = json_is_object(json) && (link->greeted || !error);

    if (!good)
        error_set(err, ERR_TEMP, "%s",
                  error ? error : "what listens there does not speak as dcddns");
    else if (event)
        on_event(link, event);
    else if (state)
        on_status(link, state);
    if (good && !link->greeted) {
        link->greeted = true;
        link->wait_ms = FIRST_WAIT_MS;
        tell_words(link, TRAY_NEWS_CONNECTED, "");
        look_in(link, 0);
    }
    json_free(&json);
    return good;
}

static void try_later(struct tray_link *link)
{
    net_timer_cancel(link->net, &link->look);
    net_timer_cancel(link->net, &link->again);
    link->again = net_timer_add(link->net, os.boot_ms() + link->wait_ms, try_now, link);
    link->wait_ms = link->wait_ms * 2 < LAST_WAIT_MS ? link->wait_ms * 2 : LAST_WAIT_MS;
}

static void on_lost(void *ctx, const struct error *err)
{
    struct tray_link *link = ctx;

    control_link_close(&link->link);
    tell_words(link, TRAY_NEWS_LOST, err->text);
    try_later(link);
}

static const struct control_link_calls calls = { .line = on_line, .lost = on_lost };

/* -- connecting ------------------------------------------------------------------------------- */

static void send_line(struct tray_link *link, const char *line)
{
    const struct error gone = { ERR_TEMP, "the daemon is gone" };

    if (link->link.fd < 0 || !link->greeted)
        return;
    if (os_local_write(link->link.fd, line, strlen(line)) != (int64_t)strlen(line))
        on_lost(link, &gone);
}

static void ask_status(void *ctx)
{
    struct tray_link *link = ctx;
    link->look = NULL;
    send_line(link, status);
}

static void try_now(void *ctx)
{
    struct tray_link *link = ctx;
    struct error err = { 0 };

    link->again = NULL;
    if (link->link.fd >= 0)
        return;
    for (size_t i = 0; link->places[i]; i++) {
        struct error here = { 0 };
        link->greeted = false;
        if (control_link_open(&link->link, link->net, link->places[i], events, CONTROL_ANSWER_MAX,
                              &here) == 0)
            return;
        if (err.class != ERR_PERM && err.class != ERR_LOCAL) /* who is there matters more */
            err = here;
    }
    const bool nobody = err.class == ERR_TEMP || err.class == ERR_NONE;
    tell_words(link, nobody ? TRAY_NEWS_NOBODY : TRAY_NEWS_LOST, err.text);
    try_later(link);
}

/* -- asked for by the window ------------------------------------------------------------------ */

static void post(struct tray_link *link, void (*what)(void *))
{
    net_post(link->net, what, link);
}

static void do_check(void *ctx)
{
    struct tray_link *link = ctx;
    send_line(link, check);
    look_in(link, SOON_MS);
}

static void do_refresh(void *ctx)
{
    struct tray_link *link = ctx;
    send_line(link, status);
}

static void do_try(void *ctx)
{
    struct tray_link *link = ctx;
    net_timer_cancel(link->net, &link->again);
    link->wait_ms = FIRST_WAIT_MS;
    try_now(link);
}

static void do_stop(void *ctx)
{
    struct tray_link *link = ctx;
    link->stop = true;
}

void tray_link_check(struct tray_link *link)
{
    post(link, do_check);
}

void tray_link_refresh(struct tray_link *link)
{
    post(link, do_refresh);
}

void tray_link_try_now(struct tray_link *link)
{
    post(link, do_try);
}

/* -- start and end ---------------------------------------------------------------------------- */

static void run(void *arg)
{
    struct tray_link *link = arg;

    try_now(link);
    while (!link->stop)
        net_turn(link->net, -1);
    net_timer_cancel(link->net, &link->again);
    net_timer_cancel(link->net, &link->look);
    control_link_close(&link->link);
}

char *tray_link_usual_config(void)
{
    char *folder = os_place(OS_PLACE_CONFIG, DCDDNS_CONFIG_DIR);
    struct buf path = BUF_MAX(4096);

    if (folder)
        buf_printf(&path, "%s/dcddns.conf", folder);
    mem_free(folder);
    return folder ? buf_take(&path) : NULL;
}

/* As a command finds the daemon that works with this configuration. */
static bool find_places(struct tray_link *link, const char *config, const char *state_dir)
{
    char *usual = config ? NULL : tray_link_usual_config();
    struct runtime rt = { .config_path = config ? config : usual,
                          .config_optional = !config,
                          .state_override = state_dir };
    const bool good = rt.config_path && runtime_peek(&rt) == 0;

    if (good)
        control_places(rt.config, rt.state_dir, link->places);
    runtime_free(&rt);
    mem_free(usual);
    return good;
}

struct tray_link *tray_link_start(HWND to, const char *config, const char *state_dir)
{
    struct tray_link *link = mem_new(1, sizeof(*link));
    struct error err = { 0 };

    if (!link)
        return NULL;
    link->to = to;
    link->wait_ms = FIRST_WAIT_MS;
    link->link = (struct control_link){ .fd = -1, .calls = &calls, .ctx = link };
    if (find_places(link, config, state_dir))
        link->net = net_new(NULL, &err);
    if (link->net)
        link->thread = os_thread_start("link", run, link);
    if (!link->thread)
        tray_link_stop(&link);
    return link;
}

void tray_link_stop(struct tray_link **link)
{
    struct tray_link *l = *link;

    if (!l)
        return;
    if (l->thread) {
        post(l, do_stop);
        os_thread_join(&l->thread);
    }
    if (l->net)
        net_free(&l->net);
    control_places_free(l->places);
    mem_free(l);
    *link = NULL;
}
