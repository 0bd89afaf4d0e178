/* The event consent.needed, with a URL that a person can open: a pending consent is on disk before
 * the event is told, so that the code of that page can be given to setup.  Must not send requests.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "connect/protocol.h"
#include "engine/consent_request.h"
#include "engine/engine_grants.h"

enum {
    AGAIN_MS = 3600 * 1000, /* a page that setup showed lately is the page to open */
    STOPS_MAX = 160,
    NAMES_SHOWN = 3
};

/* What the host would publish; an address that it refuses is not for the provider's eyes. */
static const struct dcddns_addr *known(const struct host *h, int family)
{
    const struct record_family *record = family == 4 ? &h->record->v4 : &h->record->v6;
    const bool usable = record->observed.family != 0 && h->refused[family == 6] == 0;
    return usable ? &record->observed : &record->published;
}

/* A consent for which somebody may have a page open already. */
static bool still_open(struct engine *e, const char *name, struct pending *p)
{
    struct error err = { 0 };
    enum pending_found found = PENDING_NONE;
    if (pending_load(e->state, name, p, &found, &err) < 0)
        log_debug("%s", err.text);
    int64_t age = found == PENDING_FOUND ? pending_age_ms(p) : -1;
    if (found == PENDING_FOUND && age >= 0 && age < AGAIN_MS)
        return true;
    pending_clear(p);
    return false;
}

/* The families that any of its hosts publishes, and the addresses of the first that knows one. */
static int ask_anew(const struct engine_grant *g, const struct grant *grant, struct pending *p,
                    struct error *err)
{
    const struct dcddns_addr none = { 0 };
    const struct dcddns_addr *v4 = &none, *v6 = &none;
    struct instance *auth = engine_auth(g->engine, NULL);

    if (!auth)
        return error_set(err, ERR_CONSENT, "there is no auth module to ask with");
    if (consent_request_from_grant(p, grant, err) < 0)
        return -1;
    for (const struct host *h = g->hosts; h; h = h->beside) {
        p->ipv4 = p->ipv4 || h->config->ipv4;
        p->ipv6 = p->ipv6 || h->config->ipv6;
        v4 = h->config->ipv4 && v4->family == 0 ? known(h, 4) : v4;
        v6 = h->config->ipv6 && v6->family == 0 ? known(h, 6) : v6;
    }
    if (p->ipv6 && strcmp(p->service_id, CONNECT_SERVICE_V1) == 0)
        return error_set(err, ERR_CONSENT, "its template has no IPv6; setup must look again");
    if (consent_request_make(p, auth, v4, v6, err) < 0)
        return -1;
    if (strlen(p->url) >= EVENT_URL_MAX)
        return error_set(err, ERR_LOCAL, "its URL is longer than an event can carry");
    return pending_save(g->engine->state, p, err);
}

/* Into NAME what setup is to be run with, into P a page that is open to consent on, if any. */
static int find_page(const struct engine_grant *g, char name[FQDN_MAX], struct pending *p,
                     struct error *err)
{
    struct grant grant = { 0 };
    bool found = false;
    int rc = grants_load(g->engine->grants, g->id, &grant, &found, err);

    if (rc == 0 && !found)
        rc = error_set(err, ERR_CONSENT, "there is no grant that knows the provider");
    if (rc == 0)
        grant_setup_name(&grant, name);
    if (rc == 0 && !still_open(g->engine, name, p))
        rc = ask_anew(g, &grant, p, err);
    grant_clear(&grant);
    return rc;
}

/* Who has to wait for that, when it is not only the one that is named. */
static void say_stopped(const struct engine_grant *g, char stops[STOPS_MAX])
{
    struct buf names = BUF_MAX(STOPS_MAX - 40);

    if (g->host_count < 2)
        return;
    engine_grants_say_hosts(g, NAMES_SHOWN, &names);
    snprintf(stops, STOPS_MAX, "; it stops %zu hosts%s%s", g->host_count,
             buf_ok(&names) ? ": " : "", buf_ok(&names) ? buf_text(&names) : "");
    buf_free(&names);
}

/* The whole way to a new grant, in place of the end of a text that is too long for it. */
static void put_message(struct event *event, const struct error *why, const char *stops,
                        const char *name)
{
    struct buf way = BUF_MAX(sizeof(event->message) - 1);

    buf_puts(&way, stops);
    if (event->url[0])
        buf_printf(
            &way, "; or open the page that this event names, then run: dcddns setup %s --code CODE",
            name);
    int room = (int)(sizeof(event->message) - 1 - way.len);
    snprintf(event->message, sizeof(event->message), "%.*s%s", room, why->text, buf_text(&way));
    buf_free(&way);
}

void consent_event_tell(struct engine_grant *g, const struct error *why)
{
    struct event event = { .id = EVENT_CONSENT_NEEDED, .level = DCDDNS_LOG_ERROR };
    struct pending pending = { 0 };
    struct error err = { 0 };
    char stops[STOPS_MAX] = "", name[FQDN_MAX] = "";

    g->consent_told = true;
    memcpy(event.record, g->id, sizeof(event.record));
    if (find_page(g, name, &pending, &err) == 0)
        snprintf(event.url, sizeof(event.url), "%s",
                 strlen(pending.url) < sizeof(event.url) ? pending.url : "");
    else
        log_debug("%s: no consent page can be named: %s", g->id, err.text);
    say_stopped(g, stops);
    put_message(&event, why, stops, name);
    cycle_queue_event(g->engine, &event);
    pending_clear(&pending);
}

void consent_event_tell_host(struct host *h, const struct error *why)
{
    struct event event = { .id = EVENT_CONSENT_NEEDED, .level = DCDDNS_LOG_ERROR };

    if (h->grant) {
        consent_event_tell(h->grant, why);
        return;
    }
    memcpy(event.record, h->config->fqdn, sizeof(event.record));
    put_message(&event, why, "", h->config->fqdn);
    cycle_queue_event(h->engine, &event);
}

/* After the event, not with it: a crash in between tells it twice rather than never. */
void consent_event_sent(struct engine *e, const struct event *event)
{
    if (strcmp(event->id, EVENT_CONSENT_NEEDED) != 0)
        return;
    for (size_t i = 0; i < e->host_count; i++) {
        struct host *h = &e->hosts[i];
        if (!h->grant || !h->grant->consent_told || strcmp(h->grant->id, event->record) != 0)
            continue;
        h->record->called = true;
        cycle_mark_dirty(h);
    }
}

void consent_event_over(struct engine_grant *g)
{
    g->consent_told = false;
    for (struct host *h = g->hosts; h; h = h->beside) {
        if (!h->record->called)
            continue;
        h->record->called = false;
        cycle_mark_dirty(h);
    }
}

void consent_event_restore(struct host *h)
{
    if (h->grant && h->record->called)
        h->grant->consent_told = true;
}
