/* The event consent.needed, with a URL that a person can open: a pending consent is on disk before
 * the event is told, so that the code of that page can be given to setup.  Must not send requests.
 */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "connect/protocol.h"
#include "engine/consent_request.h"
#include "engine/engine_inside.h"

enum {
    AGAIN_MS = 3600 * 1000, /* a page that setup showed lately is the page to open */
    WAY_MAX = 100 + FQDN_MAX
};

/* What the host would publish; an address that it refuses is not for the provider's eyes. */
static const struct dcddns_addr *known(const struct host *h, int family)
{
    const struct record_family *record = family == 4 ? &h->record->v4 : &h->record->v6;
    const bool usable = record->observed.family != 0 && h->refused[family == 6] == 0;
    return usable ? &record->observed : &record->published;
}

/* A consent for which somebody may have a page open already. */
static bool still_open(struct host *h, struct pending *p)
{
    struct error err = { 0 };
    enum pending_found found = PENDING_NONE;
    if (pending_load(h->engine->state, h->config->fqdn, p, &found, &err) < 0)
        log_debug("%s", err.text);
    int64_t age = os.wall_ms() - p->created_wall_ms;
    if (found == PENDING_FOUND && age >= 0 && age < AGAIN_MS)
        return true;
    pending_clear(p);
    return false;
}

static int ask_anew(struct host *h, struct pending *p, struct error *err)
{
    struct grant grant = { 0 };
    bool found = false;
    struct instance *auth = engine_auth(h->engine, NULL);
    int rc = -1;

    if (grants_load(h->engine->grants, h->config->fqdn, &grant, &found, err) == 0) {
        if (!found || !auth)
            error_set(err, ERR_CONSENT, "there is no grant that knows the provider");
        else
            rc = consent_request_from_grant(p, h->config->fqdn, &grant, err);
    }
    if (rc == 0) {
        p->ipv4 = h->config->ipv4;
        p->ipv6 = h->config->ipv6;
        if (p->ipv6 && strcmp(p->service_id, CONNECT_SERVICE_V1) == 0)
            rc = error_set(err, ERR_CONSENT, "its template has no IPv6; setup must look again");
    }
    if (rc == 0) {
        rc = consent_request_make(p, auth, known(h, 4), known(h, 6), err);
    }
    if (rc == 0 && strlen(p->url) >= EVENT_URL_MAX)
        rc = error_set(err, ERR_LOCAL, "its URL is longer than an event can carry");
    if (rc == 0)
        rc = pending_save(h->engine->state, p, err);
    grant_clear(&grant);
    return rc;
}

/* The whole way to a new grant, in place of the end of a text that is too long for it. */
static void put_message(struct event *event, const struct error *why, const char *fqdn)
{
    char way[WAY_MAX] = "";
    int len = snprintf(way, sizeof(way),
                       "; or open the page that this event names, then run: dcddns setup %s --code "
                       "CODE",
                       fqdn);
    int room = (int)sizeof(event->message) - 1 - (event->url[0] ? len : 0);
    snprintf(event->message, sizeof(event->message), "%.*s%s", room, why->text,
             event->url[0] ? way : "");
}

void consent_event_tell(struct host *h, const struct error *why)
{
    struct event event = { .id = EVENT_CONSENT_NEEDED, .level = DCDDNS_LOG_ERROR };
    struct pending pending = { 0 };
    struct error err = { 0 };

    memcpy(event.record, h->config->fqdn, sizeof(event.record));
    if (still_open(h, &pending) || ask_anew(h, &pending, &err) == 0)
        snprintf(event.url, sizeof(event.url), "%s",
                 strlen(pending.url) < sizeof(event.url) ? pending.url : "");
    else
        log_debug("%s: no consent page can be named: %s", h->config->fqdn, err.text);
    put_message(&event, why, h->config->fqdn);
    cycle_queue_event(h->engine, &event);
    pending_clear(&pending);
}
