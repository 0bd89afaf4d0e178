/* The notification server on the session's message bus (Desktop Notifications Specification 1.2),
 * by sd-bus: one connection, made when it is needed and again after it broke. */
#include "desktop_bus.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <time.h>

#include "desktop_portal.h"
#include "desktop_shown.h"

#define SERVER      "org.freedesktop.Notifications"
#define SERVER_PATH "/org/freedesktop/Notifications"

enum { REAP_MS = 1000 };

struct desktop_bus {
    const struct dcddns_host *host;
    desktop_bus_done done;
    void *ctx;
    sd_bus *bus;                      /* NULL: not connected */
    sd_bus_slot *call;                /* what the delivery waits for */
    const struct dcddns_event *event; /* being delivered, or NULL */
    uint64_t until_us;                /* monotonic */
    int knows;                        /* CAN is of the server that runs now */
    struct desktop_can can;
    struct desktop_bubble bubble;
    struct desktop_shown shown;
    struct desktop_openers openers;
};

static uint64_t now_us(void)
{
    struct timespec now = { 0 };
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Another server has other numbers and other abilities. */
static void forget_server(struct desktop_bus *d)
{
    memset(&d->shown, 0, sizeof(d->shown)); /* too large for a copy on the stack */
    d->knows = 0;
}

/* -- clicks ----------------------------------------------------------------------------------- */

static int on_action(sd_bus_message *message, void *ctx, sd_bus_error *error)
{
    struct desktop_bus *d = ctx;
    const char *action = NULL;
    uint32_t id = 0;
    (void)error;

    if (sd_bus_message_read(message, "us", &id, &action) < 0)
        return 0;
    const struct desktop_place *shown = desktop_shown_by_id(&d->shown, id);
    if (shown)
        desktop_portal_open(d->bus, &d->openers, d->host, shown->url);
    return 0;
}

static int on_closed(sd_bus_message *message, void *ctx, sd_bus_error *error)
{
    struct desktop_bus *d = ctx;
    uint32_t id = 0, reason = 0;
    (void)error;

    if (sd_bus_message_read(message, "uu", &id, &reason) < 0)
        return 0;
    struct desktop_place *shown = desktop_shown_by_id(&d->shown, id);
    if (shown)
        *shown = (struct desktop_place){ 0 };
    return 0;
}

static int on_owner(sd_bus_message *message, void *ctx, sd_bus_error *error)
{
    (void)message;
    (void)error;
    forget_server(ctx);
    return 0;
}

/* -- the connection --------------------------------------------------------------------------- */

static void drop(struct desktop_bus *d)
{
    d->call = sd_bus_slot_unref(d->call);
    d->bus = sd_bus_close_unref(d->bus); /* does not wait, unlike a flush */
    forget_server(d);
}

static int listen_to(struct desktop_bus *d)
{
    int rc = sd_bus_match_signal_async(d->bus, NULL, SERVER, SERVER_PATH, SERVER, "ActionInvoked",
                                       on_action, NULL, d);
    if (rc >= 0)
        rc = sd_bus_match_signal_async(d->bus, NULL, SERVER, SERVER_PATH, SERVER,
                                       "NotificationClosed", on_closed, NULL, d);
    if (rc >= 0)
        rc = sd_bus_add_match_async(d->bus, NULL,
                                    "type='signal',sender='org.freedesktop.DBus',"
                                    "member='NameOwnerChanged',arg0='" SERVER "'",
                                    on_owner, NULL, d);
    return rc;
}

static int connect_bus(struct desktop_bus *d)
{
    if (d->bus)
        return 0;
    int rc = sd_bus_open_user(&d->bus);
    if (rc >= 0)
        rc = listen_to(d);
    if (rc < 0)
        drop(d);
    return rc;
}

struct desktop_bus *desktop_bus_new(const struct dcddns_host *host, desktop_bus_done done,
                                    void *ctx)
{
    struct desktop_bus *d = calloc(1, sizeof(*d));
    if (!d)
        return NULL;
    d->host = host;
    d->done = done;
    d->ctx = ctx;
    return d;
}

void desktop_bus_free(struct desktop_bus *d)
{
    if (!d)
        return;
    drop(d);
    desktop_openers_reap(&d->openers, d->host);
    free(d);
}

/* -- one delivery ----------------------------------------------------------------------------- */

static void finish(struct desktop_bus *d, const char *why)
{
    d->call = sd_bus_slot_unref(d->call);
    if (!d->event)
        return;
    d->event = NULL;
    d->done(d->ctx, why);
}

static void finish_code(struct desktop_bus *d, int rc)
{
    char why[256] = "";
    snprintf(why, sizeof(why), "the session bus cannot be used: %s; is this a desktop session?",
             strerror(-rc));
    finish(d, why);
}

static void finish_error(struct desktop_bus *d, const sd_bus_error *error)
{
    char why[256] = "";

    if (sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
        sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
        snprintf(why, sizeof(why),
                 "the session has no notification server (" SERVER "); "
                 "start one");
    else if (sd_bus_error_get_errno(error) == ETIMEDOUT)
        snprintf(why, sizeof(why), "the notification server does not answer");
    else
        snprintf(why, sizeof(why), "the notification server says: %.160s",
                 error->message ? error->message : error->name);
    finish(d, why);
}

static uint64_t time_left(const struct desktop_bus *d)
{
    uint64_t now = now_us();
    return d->until_us > now ? d->until_us - now : 1;
}

static int on_shown(sd_bus_message *reply, void *ctx, sd_bus_error *error)
{
    struct desktop_bus *d = ctx;
    uint32_t id = 0;
    (void)error;

    if (sd_bus_message_is_method_error(reply, NULL)) {
        finish_error(d, sd_bus_message_get_error(reply));
        return 0;
    }
    if (sd_bus_message_read(reply, "u", &id) >= 0)
        desktop_shown_add(&d->shown, &d->bubble, id);
    finish(d, NULL);
    return 0;
}

static int add_actions(sd_bus_message *message, const char *label)
{
    /* "default" is a click on the bubble itself. */
    if (!label)
        return sd_bus_message_append(message, "as", 0);
    return sd_bus_message_append(message, "as", 4, "default", label, "open", label);
}

static int fill(const struct desktop_bus *d, sd_bus_message *message, uint32_t replaces)
{
    const struct desktop_bubble *bubble = &d->bubble;
    const char *category = bubble->urgency == DESKTOP_CRITICAL ? "network.error" : "network";

    int rc = sd_bus_message_append(message, "susss", "dcddns", replaces, bubble->icon,
                                   bubble->title, bubble->body);
    if (rc >= 0)
        rc = add_actions(message, bubble->action);
    if (rc >= 0)
        rc = sd_bus_message_append(message, "a{sv}", 2, "urgency", "y", (int)bubble->urgency,
                                   "category", "s", category);
    return rc < 0 ? rc : sd_bus_message_append(message, "i", -1);
}

/* Its number means nothing any more, whether the server hears of it or not. */
static void take_away(struct desktop_bus *d, struct desktop_place *place)
{
    sd_bus_message *message = NULL;
    int rc = sd_bus_message_new_method_call(d->bus, &message, SERVER, SERVER_PATH, SERVER,
                                            "CloseNotification");
    if (rc >= 0)
        rc = sd_bus_message_append(message, "u", place->id);
    if (rc >= 0)
        rc = sd_bus_message_set_expect_reply(message, 0);
    if (rc >= 0)
        sd_bus_send(d->bus, message, NULL);
    sd_bus_message_unref(message);
    *place = (struct desktop_place){ 0 };
}

static void notify(struct desktop_bus *d)
{
    sd_bus_message *message = NULL;

    desktop_show(d->event, &d->can, &d->bubble);
    struct desktop_place *ended = desktop_shown_by_key(&d->shown, d->bubble.ends);
    if (ended)
        take_away(d, ended);
    const struct desktop_place *before = desktop_shown_by_key(&d->shown, d->bubble.key);
    int rc =
        sd_bus_message_new_method_call(d->bus, &message, SERVER, SERVER_PATH, SERVER, "Notify");
    if (rc >= 0)
        rc = fill(d, message, before ? before->id : 0);
    d->call = sd_bus_slot_unref(d->call);
    if (rc >= 0)
        rc = sd_bus_call_async(d->bus, &d->call, message, on_shown, d, time_left(d));
    sd_bus_message_unref(message);
    if (rc < 0)
        finish_code(d, rc);
}

static int on_can(sd_bus_message *reply, void *ctx, sd_bus_error *error)
{
    struct desktop_bus *d = ctx;
    const char *word = NULL;
    (void)error;

    if (sd_bus_message_is_method_error(reply, NULL)) {
        finish_error(d, sd_bus_message_get_error(reply));
        return 0;
    }
    d->can = (struct desktop_can){ 0 };
    d->knows = 1;
    if (sd_bus_message_enter_container(reply, 'a', "s") >= 0) {
        while (sd_bus_message_read(reply, "s", &word) > 0) {
            d->can.actions |= strcmp(word, "actions") == 0;
            d->can.markup |= strcmp(word, "body-markup") == 0;
        }
    }
    notify(d);
    return 0;
}

void desktop_bus_deliver(struct desktop_bus *d, const struct dcddns_event *event,
                         uint64_t timeout_us)
{
    d->event = event;
    d->until_us = now_us() + timeout_us;
    int rc = connect_bus(d);
    if (rc >= 0 && d->knows) {
        notify(d);
        return;
    }
    if (rc >= 0) {
        sd_bus_message *message = NULL;
        rc = sd_bus_message_new_method_call(d->bus, &message, SERVER, SERVER_PATH, SERVER,
                                            "GetCapabilities");
        if (rc >= 0)
            rc = sd_bus_call_async(d->bus, &d->call, message, on_can, d, time_left(d));
        sd_bus_message_unref(message);
    }
    if (rc < 0)
        finish_code(d, rc);
}

void desktop_bus_give_up(struct desktop_bus *d)
{
    if (!d->event)
        return;
    d->event = NULL;
    drop(d);
}

/* -- the loop --------------------------------------------------------------------------------- */

int desktop_bus_wait(struct desktop_bus *d, short *events, int *timeout_ms)
{
    uint64_t at = UINT64_MAX;

    *events = 0;
    *timeout_ms = desktop_openers_reap(&d->openers, d->host) > 0 ? REAP_MS : -1;
    if (!d->bus)
        return -1;
    int ready = sd_bus_get_events(d->bus);
    *events = (short)(ready > 0 ? ready : 0);
    if (sd_bus_get_timeout(d->bus, &at) >= 0 && at != UINT64_MAX) {
        uint64_t now = now_us();
        uint64_t left = at > now ? (at - now + 999) / 1000 : 0;
        if (*timeout_ms < 0 || left < (uint64_t)*timeout_ms)
            *timeout_ms = left < INT_MAX ? (int)left : INT_MAX;
    }
    return sd_bus_get_fd(d->bus);
}

void desktop_bus_process(struct desktop_bus *d)
{
    int rc = 0;

    if (!d->bus)
        return;
    do
        rc = sd_bus_process(d->bus, NULL);
    while (rc > 0);
    if (rc == 0)
        return;
    drop(d); /* the bus went away; the next event connects again */
    if (d->event)
        finish_code(d, rc);
}
