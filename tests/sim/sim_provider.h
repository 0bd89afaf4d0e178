/* For simulations: a provider with grants that rotate their tokens and notice old ones, the hosts
 * of their zones, and the DNS that shows them.  Each request is held against the rules. */
#ifndef DCDDNS_TESTS_SIM_PROVIDER_H
#define DCDDNS_TESTS_SIM_PROVIDER_H

#include "net/http_wire.h"
#include "sim_rules.h"

enum { SIM_GRANTS = 3, SIM_HOSTS = 100, SIM_READINGS = 128, SIM_TOKEN_S = 3600 };

/* How much of it: sanitizers are many times slower, and see as much in a smaller world. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SIM_MANY = 30, SIM_SEEDS = 1 };
#else
enum { SIM_MANY = SIM_HOSTS, SIM_SEEDS = 3 };
#endif

enum sim_token_mood {
    TOKENS_WELL,
    TOKENS_FAIL,   /* 500 */
    TOKENS_REFUSE, /* invalid_grant, each time */
    TOKENS_REFUSE_ONCE,
    TOKENS_LOSE_ONCE, /* rotates, and the answer does not arrive */
    TOKENS_FILL_DISK  /* rotates, and from then on the disk is full */
};

struct sim_grant {
    char id[64], zone[64];
    int serial;    /* of the newest tokens */
    int delivered; /* of those that arrived */
    int64_t access_until_ms, refreshed_ms;
    enum sim_token_mood mood;
    bool dead; /* refuses for good, until a person consents again */
    int calls; /* consent.needed in this spell and run */
    struct sim_times tries, refreshes;
};

struct sim_host {
    char fqdn[64];
    size_t grant;
    int confirm;                 /* as configured */
    char v4[64], v6[64];         /* acknowledged */
    char shown4[64], shown6[64]; /* by the name servers */
    int64_t acked_ms;            /* in this run of the daemon; 0 = not */
    bool both;                   /* an apply had both families */
    struct sim_times applies;
};

struct sim_reading { /* what a source said */
    int source;
    struct dcddns_addr addr;
    int64_t at_ms;
};

static struct {
    struct sim_grant grants[SIM_GRANTS];
    struct sim_host hosts[SIM_HOSTS];
    size_t grant_count, host_count;
    int status;           /* of applies; 0: silence */
    const char *wait;     /* Retry-After, with status 429; NULL = none */
    bool token_status;    /* of the token endpoint too */
    bool conflict;        /* 409, a TXT record */
    bool replaceable;     /* 409, an A record at the host: force is allowed */
    int token_life_s;     /* as it really is; what is told is an hour */
    int64_t lag_until_ms; /* name servers show nothing new until then */
    int applies, refreshes, requests;
    char body[512];
} sim;

static struct sim_reading sim_readings[SIM_READINGS]; /* under rig_mutex */
static int sim_reading_count;

static void sim_on_answer(int id, const struct dcddns_addr *addr)
{
    sim_readings[sim_reading_count++ % SIM_READINGS] =
        (struct sim_reading){ .source = id, .addr = *addr, .at_ms = rig_boot_ms() };
}

/* Seen by two sources or, when one is enough, by one that was read twice. */
static inline bool sim_was_confirmed(const struct sim_host *h, const struct dcddns_addr *addr)
{
    int64_t first[2] = { INT64_MAX, INT64_MAX }, last[2] = { 0 };

    pthread_mutex_lock(&rig_mutex);
    for (int i = 0; i < sim_reading_count && i < SIM_READINGS; i++) {
        const struct sim_reading *r = &sim_readings[i];
        if (r->source > 1 || r->at_ms < rig_boot_ms() - 10 * MINUTE || !addr_equal(&r->addr, addr))
            continue;
        first[r->source] = r->at_ms < first[r->source] ? r->at_ms : first[r->source];
        last[r->source] = r->at_ms > last[r->source] ? r->at_ms : last[r->source];
    }
    pthread_mutex_unlock(&rig_mutex);
    if (last[0] > 0 && last[1] > 0)
        return true;
    return h->confirm == 1 && ((last[0] > 0 && last[0] - first[0] >= 5 * SECOND) ||
                               (last[1] > 0 && last[1] - first[1] >= 5 * SECOND));
}

static inline struct sim_host *sim_find_host(const char *fqdn)
{
    for (size_t i = 0; i < sim.host_count; i++) {
        if (strcmp(sim.hosts[i].fqdn, fqdn) == 0)
            return &sim.hosts[i];
    }
    return NULL;
}

/* Copies: rig_param() keeps one value only. */
static inline void sim_param(const struct rig_request *r, const char *name, char out[64])
{
    const char *value = rig_param(r, name);
    snprintf(out, 64, "%.63s", strcmp(value, "(none)") == 0 ? "" : value);
}

/* -- tokens ------------------------------------------------------------------------------------ */

/* "access-G-S-x" and "refresh-G-S-x" */
static inline bool sim_token_in(const char *text, const char *kind, size_t *grant, int *serial)
{
    const char *at = strstr(text, kind);
    unsigned g = 0;
    if (!at || sscanf(at + strlen(kind), "%u-%d-x", &g, serial) != 2 || g >= sim.grant_count)
        return false;
    *grant = g;
    return true;
}

static inline void sim_watch_in_flight(const struct sim_grant *g)
{
    for (const struct update *u = engine->updater->running; u; u = u->next) {
        if (u->call && u->first && strcmp(u->id, g->id) == 0)
            sim_broken(RULE_ONE_REFRESH, "%s: a second one is sent", g->id);
    }
}

static inline size_t sim_hosts_of(size_t grant)
{
    size_t count = 0;
    for (size_t i = 0; i < sim.host_count; i++)
        count += sim.hosts[i].grant == grant;
    return count;
}

static inline void sim_rotate(struct sim_grant *g, struct http_answer *out)
{
    size_t number = (size_t)(g - sim.grants);
    g->serial++;
    g->access_until_ms = rig_boot_ms() + (int64_t)sim.token_life_s * 1000;
    snprintf(sim.body, sizeof(sim.body),
             "{\"access_token\":\"access-%zu-%d-x\",\"refresh_token\":\"refresh-%zu-%d-x\","
             "\"expires_in\":%d,\"token_type\":\"Bearer\"}",
             number, g->serial, number, g->serial, SIM_TOKEN_S);
    if (g->mood == TOKENS_LOSE_ONCE) {
        g->mood = TOKENS_WELL;
        rig_silence(out);
        return;
    }
    if (g->mood == TOKENS_FILL_DISK) {
        g->mood = TOKENS_WELL;
        rig_disk_code = -ENOSPC;
    }
    g->delivered = g->serial;
    g->refreshed_ms = rig_boot_ms();
    g->calls = 0;
    sim.refreshes++;
    int day = sim_count(&g->refreshes, DAY);
    if (day > sim_watch.most_refreshes_day)
        sim_watch.most_refreshes_day = day;
    if (day > SIM_REFRESHES_DAY)
        sim_broken(RULE_REFRESHES, "%s: %d in a day", g->id, day);
    rig_reply(out, 200, sim.body);
}

static inline void sim_trouble(struct http_answer *out, int status)
{
    if (status == 0) {
        rig_silence(out);
        return;
    }
    rig_reply(out, status, "{\"message\":\"not now\"}");
    if (status == 429 && sim.wait)
        out->retry_after_s = http_retry_after(sim.wait, rig_wall_ms());
}

static void (*sim_on_refresh)(struct sim_grant *); /* for planted defects; NULL = none */

static inline void sim_token(const struct rig_request *r, struct http_answer *out)
{
    size_t number = 0;
    int serial = 0;
    if (!sim_token_in(r->post, "refresh-", &number, &serial) &&
        !sim_token_in(r->url, "refresh-", &number, &serial))
        fail_msg("a refresh without a token of ours: %s", r->post);
    struct sim_grant *g = &sim.grants[number];
    if (sim_on_refresh)
        sim_on_refresh(g);
    sim_watch_in_flight(g);
    if (serial != g->delivered)
        sim_broken(RULE_NEWEST_TOKEN, "%s: %d was sent, %d was the last one", g->id, serial,
                   g->delivered);
    int hour = sim_count(&g->tries, HOUR);
    if (hour > SIM_TOKEN_TRIES_HOUR * (int)sim_hosts_of(number))
        sim_broken(RULE_REFRESHES, "%s: asked %d times in an hour", g->id, hour);
    if (sim.token_status && sim.status != 200)
        sim_trouble(out, sim.status);
    else if (g->mood == TOKENS_FAIL)
        sim_trouble(out, 500);
    else if (g->dead || g->mood == TOKENS_REFUSE_ONCE || serial != g->delivered)
        rig_reply(out, 400, "{\"error\":\"invalid_grant\"}");
    else
        sim_rotate(g, out);
    if (g->mood == TOKENS_REFUSE_ONCE)
        g->mood = TOKENS_WELL;
}

/* -- applies ----------------------------------------------------------------------------------- */

static inline void sim_watch_address(const struct sim_host *h, const char *value, const char *acked)
{
    const struct dcddns_addr addr = ip(value);
    if (!value[0])
        return;
    if (addr_special(&addr))
        sim_broken(RULE_ADDRESS, "%s: %s", h->fqdn, value);
    if (strcmp(value, acked) != 0 && !sim_was_confirmed(h, &addr))
        sim_broken(RULE_CONFIRMED, "%s: %s, after %s", h->fqdn, value, acked);
}

static inline void sim_watch_apply(struct sim_host *h, const char *v4, const char *v6)
{
    int hour = sim_count(&h->applies, HOUR);
    if (hour > sim_watch.most_applies_hour)
        sim_watch.most_applies_hour = hour;
    if (hour > SIM_APPLIES_HOUR)
        sim_broken(RULE_REQUESTS, "%s: %d in an hour", h->fqdn, hour);
    if (h->acked_ms > 0 && rig_boot_ms() - h->acked_ms < SIM_GAP_MS)
        sim_broken(RULE_GAP, "%s: %lld ms", h->fqdn, (long long)(rig_boot_ms() - h->acked_ms));
    if (!v4[0] && !v6[0])
        sim_broken(RULE_ADDRESS, "%s: none at all", h->fqdn);
    if (h->both && (!v4[0] || !v6[0]))
        sim_broken(RULE_FAMILIES, "%s: IPv%d alone", h->fqdn, v4[0] ? 4 : 6);
    sim_watch_address(h, v4, h->v4);
    sim_watch_address(h, v6, h->v6);
}

static inline void sim_show(struct sim_host *h)
{
    snprintf(h->shown4, sizeof(h->shown4), "%s", h->v4);
    snprintf(h->shown6, sizeof(h->shown6), "%s", h->v6);
}

static inline bool sim_takes_token(const struct rig_request *r, const struct sim_host *h)
{
    size_t number = 0;
    int serial = 0;
    if (!sim_token_in(r->bearer, "access-", &number, &serial) || number != h->grant)
        return false;
    const struct sim_grant *g = &sim.grants[number];
    return serial == g->serial && rig_boot_ms() < g->access_until_ms;
}

static inline void sim_apply(const struct rig_request *r, struct http_answer *out)
{
    char zone[64] = "", name[64] = "", fqdn[130] = "", v4[64] = "", v6[64] = "", force[64] = "";
    sim_param(r, "domain", zone);
    sim_param(r, "host", name);
    sim_param(r, "IPv4", v4);
    sim_param(r, "IPv6", v6);
    sim_param(r, "force", force);
    snprintf(fqdn, sizeof(fqdn), "%s.%s", name, zone);
    struct sim_host *h = sim_find_host(fqdn);
    assert_non_null(h);
    sim_watch_apply(h, v4, v6);
    if (sim.status != 200) {
        sim_trouble(out, sim.status);
    } else if (!sim_takes_token(r, h)) {
        rig_reply(out, 401, "");
    } else if (sim.conflict) {
        snprintf(sim.body, sizeof(sim.body),
                 "{\"records\":[{\"type\":\"CNAME\",\"host\":\"%s\",\"data\":\"elsewhere.\"}]}",
                 name);
        rig_reply(out, 409, sim.body);
    } else if (sim.replaceable && !force[0]) {
        snprintf(sim.body, sizeof(sim.body),
                 "{\"records\":[{\"type\":\"A\",\"host\":\"%s\",\"data\":\"9.9.9.9\"}]}", name);
        rig_reply(out, 409, sim.body);
    } else {
        snprintf(h->v4, sizeof(h->v4), "%s", v4);
        snprintf(h->v6, sizeof(h->v6), "%s", v6);
        h->both = h->both || (v4[0] && v6[0]);
        h->acked_ms = rig_boot_ms();
        sim.applies++;
        if (rig_boot_ms() >= sim.lag_until_ms)
            sim_show(h);
        rig_reply(out, 200, "");
    }
}

static void sim_answer(const struct rig_request *r, struct http_answer *out)
{
    sim.requests++;
    if (rig_is_token(r))
        sim_token(r, out);
    else
        sim_apply(r, out);
}

/* -- DNS: ns1 and ns2 at 8.8.0.1 and 8.8.0.2 serve every zone ------------------------------------
 */

static inline void sim_resolve(const char *name, enum dns_type type, struct dns_answer *out)
{
    static char names[2][32];
    out->error = (struct error){ 0 };
    out->status = DNS_OK;
    if (type == DNS_NS) {
        for (; out->count < 2; out->count++) {
            snprintf(names[out->count], sizeof(names[0]), "ns%zu.example.net", out->count + 1);
            out->txts[out->count] = names[out->count];
        }
    } else if (type == DNS_A) {
        char addr[32] = "";
        snprintf(addr, sizeof(addr), "8.8.0.%c", name[2]);
        out->addrs[out->count++] = ip(addr);
    } else {
        out->status = DNS_NODATA;
    }
}

static void sim_dns(const struct dcddns_addr *server, const char *name, enum dns_type type,
                    struct dns_answer *out)
{
    if (sim.status == 0) /* no Internet */
        return;
    if (!server) {
        sim_resolve(name, type, out);
        return;
    }
    struct sim_host *h = sim_find_host(name);
    assert_non_null(h);
    if (sim.lag_until_ms > 0 && rig_boot_ms() >= sim.lag_until_ms) {
        sim.lag_until_ms = 0;
        for (size_t i = 0; i < sim.host_count; i++)
            sim_show(&sim.hosts[i]);
    }
    const char *shown = type == DNS_A ? h->shown4 : h->shown6;
    *out = (struct dns_answer){ .replied = true, .authoritative = true, .status = DNS_OK };
    if (shown[0])
        out->addrs[out->count++] = ip(shown);
    else
        out->status = DNS_NODATA;
}

#endif
