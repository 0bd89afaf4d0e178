/*
 * Life and lock of the sandbox's world, and the names of things in it. Must not know any protocol.
 */
#include "sandbox.h"

#include "options.h"
#include "zone.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

static const char *const endpoint_names[EP_COUNT] = {
    [EP_SETTINGS] = "settings", [EP_TEMPLATE] = "template", [EP_CONSENT] = "consent",
    [EP_TOKEN] = "token",       [EP_APPLY] = "apply",       [EP_REVERT] = "revert",
    [EP_ECHO] = "echo",         [EP_CODE] = "code",         [EP_PANEL] = "panel",
    [EP_OTHER] = "other",
};

static const char *const service_names[SERVICE_COUNT] = {
    [SERVICE_V1] = "dynamicdns",
    [SERVICE_V2] = "dynamicdns-v2",
};

static const char *const home_hosts[] = { "dc",    "api",   "consent", "echo", "echo1",
                                          "echo2", "echo3", "echo4",   "stun", "ns1" };

const char *endpoint_name(enum endpoint endpoint)
{
    return endpoint_names[endpoint];
}

enum endpoint endpoint_by_name(const char *name)
{
    for (int i = 0; i < EP_COUNT; i++) {
        if (strcmp(endpoint_names[i], name) == 0) {
            return (enum endpoint)i;
        }
    }
    return EP_COUNT;
}

const char *service_name(enum service service)
{
    return service_names[service];
}

enum service service_by_name(const char *name)
{
    for (int i = 0; i < SERVICE_COUNT; i++) {
        if (strcmp(service_names[i], name) == 0) {
            return (enum service)i;
        }
    }
    return SERVICE_COUNT;
}

enum owner service_owner(enum service service)
{
    return service == SERVICE_V1 ? OWNER_V1 : OWNER_V2;
}

bool sandbox_init(struct sandbox *s, const char *zone)
{
    memset(s, 0, sizeof *s);
    s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->stop_fd < 0) {
        return false;
    }
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->stop_cond, &attr);
    pthread_condattr_destroy(&attr);
    zone_init(&s->zones[ZONE_MANAGED], zone);
    zone_init(&s->zones[ZONE_HOME], SBX_HOME_ZONE);
    zone_init(&s->zones[ZONE_CODE], SBX_CODE_HOST);
    options_defaults(&s->options);
    s->secrets.max = SBX_ANSWER_MAX;
    s->log.max = SBX_ANSWER_MAX;
    return true;
}

static bool fill_home(struct sandbox *s)
{
    struct zone *home = &s->zones[ZONE_HOME];
    bool ok = true;
    for (size_t i = 0; i < sizeof home_hosts / sizeof home_hosts[0]; i++) {
        char name[SBX_NAME_MAX];
        (void)snprintf(name, sizeof name, "%s.%s", home_hosts[i], SBX_HOME_ZONE);
        ok = ok && zone_add(home, name, LDNS_RR_TYPE_A, 60, "127.0.0.1", OWNER_SANDBOX);
        if (s->ipv6 && strcmp(home_hosts[i], "ns1") != 0) { /* DNS listens on 127.0.0.1 only */
            ok = ok && zone_add(home, name, LDNS_RR_TYPE_AAAA, 60, "::1", OWNER_SANDBOX);
        }
    }
    return ok;
}

bool sandbox_fill(struct sandbox *s)
{
    bool ok = fill_home(s);
    for (int i = 0; i < ZONE_COUNT; i++) {
        struct zone *zone = &s->zones[i];
        ok = ok && zone_add(zone, zone->name, LDNS_RR_TYPE_NS, 3600, "ns1." SBX_HOME_ZONE ".",
                            OWNER_SANDBOX);
    }
    ok = ok && zone_add(&s->zones[ZONE_CODE], SBX_CODE_HOST, LDNS_RR_TYPE_A, 60, "127.0.0.1",
                        OWNER_SANDBOX);

    struct zone *managed = &s->zones[ZONE_MANAGED];
    char name[SBX_NAME_MAX + 32];
    char text[64];
    (void)snprintf(name, sizeof name, "_domainconnect.%s", managed->name);
    (void)snprintf(text, sizeof text, "\"dc.%s:%u\"", SBX_HOME_ZONE, s->https_port);
    return ok && zone_add(managed, name, LDNS_RR_TYPE_TXT, 60, text, OWNER_SANDBOX);
}

void ask_free(struct ask *ask)
{
    free(ask->hosts);
    free(ask->redirect_uri);
    free(ask->state);
    free(ask->challenge);
    free(ask->ipv4);
    free(ask->ipv6);
    free(ask->ip);
    memset(ask, 0, sizeof *ask);
}

static void free_grants(struct sandbox *s)
{
    for (size_t i = 0; i < s->consent_count; i++) {
        ask_free(&s->consents[i].ask);
    }
    for (size_t i = 0; i < s->grant_count; i++) {
        ask_free(&s->grants[i].ask);
    }
    free(s->consents);
    free(s->grants);
    free(s->tokens);
    free(s->mark.tokens);
    free(s->mark.grants);
}

void sandbox_free(struct sandbox *s)
{
    for (int i = 0; i < ZONE_COUNT; i++) {
        zone_free(&s->zones[i]);
    }
    for (int i = 0; i < EP_FAULTS; i++) {
        free(s->faults[i].fail_body);
        free(s->faults[i].fail_location);
    }
    for (int i = 0; i < SBX_ECHOES; i++) {
        if (s->echo_bodies[i]) {
            buf_free(s->echo_bodies[i]);
            free(s->echo_bodies[i]);
        }
    }
    zone_free(&s->shown);
    free_grants(s);
    buf_free(&s->secrets);
    buf_free(&s->log);
    pthread_cond_destroy(&s->stop_cond);
    pthread_mutex_destroy(&s->lock);
    close(s->stop_fd);
}

void sandbox_lock(struct sandbox *s)
{
    pthread_mutex_lock(&s->lock);
}

void sandbox_unlock(struct sandbox *s)
{
    pthread_mutex_unlock(&s->lock);
}

void sandbox_stop(struct sandbox *s)
{
    const uint64_t one = 1;
    sandbox_lock(s);
    s->stopping = true;
    pthread_cond_broadcast(&s->stop_cond);
    sandbox_unlock(s);
    /* A full counter is as readable as a new one, so a failed write loses nothing. */
    ssize_t written = write(s->stop_fd, &one, sizeof one);
    (void)written;
}

void sandbox_sleep(struct sandbox *s, unsigned ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    sandbox_lock(s);
    int rc = 0;
    while (!s->stopping && rc != ETIMEDOUT) {
        rc = pthread_cond_timedwait(&s->stop_cond, &s->lock, &until);
    }
    sandbox_unlock(s);
}

int64_t sandbox_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
