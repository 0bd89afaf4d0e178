/* For the cases that publish: a provider that rotates its refresh tokens, and whoever sends an old
 * one later than its grace loses the grant; and what it may be sent.  Allocates nothing. */
#ifndef DCDDNS_TESTS_OOM_PROVIDER_H
#define DCDDNS_TESTS_OOM_PROVIDER_H

#include "oom.h"
#include "unit/engine_world.h"

enum { OOM_GRACE = 5 * SECOND };
#define OLD4 "8.8.4.4"
#define OLD6 "2a00:1450::1"
#define NEW4 "9.9.9.9"
#define NEW6 "2a00:1450::9"

static struct {
    int newest, access; /* numbers of the tokens */
    int64_t rotated_ms;
    bool revoked, in_window; /* the last rotation was answered while memory lacked */
    int status, stale_401, token_status;
    char v4[64], v6[64]; /* published */
} oom_provider;
static char oom_body[256];

static inline int oom_number(const char *text, const char *mark)
{
    const char *at = strstr(text, mark);
    return at ? rig_number(at + strlen(mark)) : -1;
}

static inline void oom_token(const struct rig_request *r, struct http_answer *out)
{
    int sent = oom_number(r->post, "refresh-");
    if (sent < 0)
        sent = oom_number(r->url, "refresh-");
    if (oom_provider.token_status != 200) {
        rig_reply(out, oom_provider.token_status, "{\"error\":\"invalid_grant\"}");
        return;
    }
    if (sent == oom_provider.newest) {
        oom_provider.newest++;
        oom_provider.rotated_ms = rig_boot_ms();
        oom_provider.in_window = atomic_load(&oom.armed) && oom.sticky;
    } else if (sent != oom_provider.newest - 1 ||
               rig_boot_ms() - oom_provider.rotated_ms > OOM_GRACE) {
        oom_provider.revoked = true;
    }
    if (oom_provider.revoked) {
        oom_found(OOM_LOST, "an old refresh token was sent");
        if (oom_provider.in_window && !atomic_load(&oom_kept))
            oom_found(OOM_WINDOW, "its successor could not be read");
        rig_reply(out, 400, "{\"error\":\"invalid_grant\"}");
        return;
    }
    oom_provider.access++;
    snprintf(oom_body, sizeof(oom_body),
             "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"access-%d-x\","
             "\"refresh_token\":\"refresh-%d-x\"}",
             oom_provider.access, oom_provider.newest);
    rig_reply(out, 200, oom_body);
}

/* Value of a parameter of the URL; "" when it has none. */
static inline void oom_param(const char *url, const char *name, char out[64])
{
    const char *at = strstr(url, name);
    size_t n = 0;
    at = at ? at + strlen(name) : "";
    for (; *at && *at != '&' && n < 63; at++) {
        bool colon = strncmp(at, "%3A", 3) == 0 || strncmp(at, "%3a", 3) == 0;
        out[n++] = colon ? ':' : *at;
        at += colon ? 2 : 0;
    }
    out[n] = '\0';
}

static inline void oom_apply(const struct rig_request *r, struct http_answer *out)
{
    char v4[64] = "", v6[64] = "";
    oom_param(r->url, "&IPv4=", v4);
    oom_param(r->url, "&IPv6=", v6);
    if (v4[0] && strcmp(v4, OLD4) != 0 && strcmp(v4, NEW4) != 0)
        oom_found(OOM_WRONG, v4);
    if (v6[0] && strcmp(v6, OLD6) != 0 && strcmp(v6, NEW6) != 0)
        oom_found(OOM_WRONG, v6);
    if (!v4[0] && !v6[0] && !strstr(r->url, "force"))
        oom_found(OOM_WRONG, r->url);
    rig_reply(out, oom_provider.status, "");
    if (oom_number(r->bearer, "access-") != oom_provider.access || oom_provider.stale_401 > 0) {
        oom_provider.stale_401 -= oom_provider.stale_401 > 0;
        rig_reply(out, 401, "");
    }
    if (out->status != 200)
        return;
    if (v4[0])
        snprintf(oom_provider.v4, sizeof(oom_provider.v4), "%s", v4);
    if (v6[0])
        snprintf(oom_provider.v6, sizeof(oom_provider.v6), "%s", v6);
}

static void oom_endpoint(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r))
        oom_token(r, out);
    else
        oom_apply(r, out);
}

static inline void oom_sources(const char *v4, const char *v6)
{
    rig_set(0, RIG_SAY, v4, v6);
    rig_set(1, RIG_SAY, v4, v6);
}

/* Its grant was obtained now, or so long ago that the access token is worth nothing. */
static inline void oom_grant(bool expired)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = grant_example();
    assert_non_null(mine);
    mem_free_secret(g.access_token);
    mem_free_secret(g.refresh_token);
    g.access_token = text("access-1-x");
    g.refresh_token = text("refresh-1-x");
    g.async_url = text("https://consent.example.net/dc");
    if (expired)
        g.expires_in_s = 1;
    grant_store(mine, ID, &g);
    grant_clear(&g);
    grants_close(&mine);
    rig_pass(expired ? MINUTE : 0);
}

/* A world with one grant; nothing is built yet. */
static inline void oom_world(bool expired)
{
    void *state = NULL;
    world_set_up(&state);
    memset(&oom_provider, 0, sizeof(oom_provider));
    oom_provider.newest = oom_provider.access = 1;
    oom_provider.status = oom_provider.token_status = 200;
    rig_http.handle = oom_endpoint;
    oom_grant(expired);
    oom_sources(OLD4, OLD6);
}

/* What is on disk is the newest that the provider knows. */
static inline void oom_check_grant(void)
{
    struct error err = { 0 };
    struct grants *mine = grants_open(rig_dir, &err);
    struct grant g = { 0 };
    bool found = false;
    if (!mine || grants_load(mine, ID, &g, &found, &err) != 0 || !found)
        oom_found(OOM_LOST, "the grant cannot be read");
    else if (oom_number(g.refresh_token, "refresh-") != oom_provider.newest)
        oom_found(OOM_LOST, "the newest refresh token is not on disk");
    grant_clear(&g);
    grants_close(&mine);
}

static inline void oom_end(void)
{
    void *state = NULL;
    world_tear_down(&state);
    module_table_free(&rig_table);
    rig_table = (struct module_table){ 0 };
}

static inline bool oom_right(const char *v4, const char *v6)
{
    return strcmp(oom_provider.v4, v4) == 0 && strcmp(oom_provider.v6, v6) == 0;
}

/* With memory, the daemon comes to the right addresses by itself. */
static inline void oom_comes_right(const char *v4, const char *v6)
{
    char words[200] = "";
    for (int i = 0; i < 24 && !oom_right(v4, v6); i++)
        world_pass(10 * MINUTE);
    snprintf(words, sizeof(words), "published are %s and %s", oom_provider.v4, oom_provider.v6);
    if (!oom_right(v4, v6))
        oom_found(OOM_FAILED, words);
}

#endif
