/* For the tests of updates: a grant on disk, an updater over the scripted provider, and what came
 * out of each update. */
#ifndef DCDDNS_TESTS_UPDATE_RIG_H
#define DCDDNS_TESTS_UPDATE_RIG_H

#include "engine_modules.h"

#include "engine/update_inside.h"
#include "state/grants.h"

#define API "https://api.example.net/dc"
#define ID  "home.example.com"

static struct net *net;
static struct grants *grants;
static struct instance *auth;
static struct updater *updater;
static bool no_auth; /* the module is not configured */

static struct instance *find_auth(void *ctx, const char *name)
{
    assert_ptr_equal(ctx, &net);
    assert_string_equal(name, "rig");
    return no_auth ? NULL : auth;
}

static inline void updater_up(void)
{
    struct error err = { 0 };
    const struct net_options options = { .transport = &rig_net };
    net = net_new(&options, &err);
    assert_non_null(net);
    grants = grants_open(rig_dir, &err);
    assert_non_null(grants);
    auth = rig_instance(DCDDNS_KIND_AUTH, "rig", "0", net);
    const struct updater_options of = {
        .net = net, .grants = grants, .auth = find_auth, .ctx = &net
    };
    updater = updater_new(&of);
    assert_non_null(updater);
}

static inline void updater_down(void)
{
    updater_free(&updater);
    assert_null(updater);
    updater_free(&updater);
    net_free(&net);
    instance_free(&auth);
    grants_close(&grants);
}

static inline char *text(const char *value)
{
    char *copy = mem_strdup(value);
    assert_non_null(copy);
    return copy;
}

/* Access token "a1", refresh token "r1", obtained now, for an hour. */
static inline struct grant grant_example(void)
{
    struct grant g = {
        .zone = "example.com",
        .hosts = text("home"),
        .provider_id = text("example.net"),
        .provider_name = text("Example"),
        .api_url = text(API),
        .service_id = text("dynamicdns-v2"),
        .auth = text("rig"),
        .access_token = text("a1-access"),
        .refresh_token = text("r1-refresh"),
        .expires_in_s = 3600,
        .obtained_wall_ms = rig_wall_ms(),
        .obtained_boot_ms = rig_boot_ms(),
        .refreshed_wall_ms = rig_wall_ms(),
        .granted_wall_ms = rig_wall_ms(),
    };
    snprintf(g.boot_id, sizeof(g.boot_id), "%s", os_boot_id());
    return g;
}

static inline void grant_store(struct grants *in, const char *id, struct grant *g)
{
    struct error err = { 0 };
    struct grant_lock *lock = grants_lock(in, id, &err);
    if (!lock || grants_save(lock, g, &err) != 0)
        fail_msg("%s", err.text);
    grants_unlock(&lock);
}

/* What is on disk; grant_clear() it. */
static inline struct grant grant_of(struct grants *in, const char *id)
{
    struct grant g = { 0 };
    struct error err = { 0 };
    bool found = false;
    if (grants_load(in, id, &g, &found, &err) != 0 || !found)
        fail_msg("%s: not there: %s", id, err.text);
    return g;
}

static inline void assert_stored(const char *access, const char *refresh)
{
    struct grant g = grant_of(grants, ID);
    assert_string_equal(g.access_token, access);
    assert_string_equal(g.refresh_token, refresh);
    grant_clear(&g);
}

struct ended {
    int count;
    struct outcome outcome;
};

static void on_end(void *ctx, const struct outcome *outcome)
{
    struct ended *e = ctx;
    e->count++;
    e->outcome = *outcome;
}

static inline void start(enum update_what what, struct ended *e)
{
    const struct update_request request = {
        .what = what, .grant = ID, .fqdn = ID, .v4 = ip("8.8.4.4"), .v6 = ip("2a00:1450::1")
    };
    *e = (struct ended){ 0 };
    assert_true(update_start(updater, &request, on_end, e));
    assert_int_equal(e->count, 0);
}

/* Turns until the update is over; time stands still. */
static inline void finish(struct ended *e)
{
    for (int i = 0; i < 100 && e->count == 0; i++)
        net_turn(net, 0);
    assert_int_equal(e->count, 1);
}

static inline struct outcome update(enum update_what what)
{
    struct ended e = { 0 };
    start(what, &e);
    finish(&e);
    return e.outcome;
}

static inline int update_set_up(void **state)
{
    struct grant g = { 0 };
    if (rig_begin(state) != 0)
        return -1;
    rig_modules_reset();
    no_auth = false;
    rig_forget();
    rig_http.handle = NULL;
    updater_up();
    g = grant_example();
    grant_store(grants, ID, &g);
    grant_clear(&g);
    return 0;
}

static inline int update_tear_down(void **state)
{
    rig_disk_code = 0;
    updater_down();
    return rig_end(state);
}

#define WITH_UPDATER(test) cmocka_unit_test_setup_teardown(test, update_set_up, update_tear_down)

/* Order of the requests so far: A apply, T token. */
static inline const char *requests_made(void)
{
    static char order[RIG_REQUESTS + 1];
    size_t count = rig_http.count < RIG_REQUESTS ? rig_http.count : RIG_REQUESTS;
    for (size_t i = 0; i < count; i++)
        order[i] = rig_is_token(&rig_http.list[i]) ? 'T' : 'A';
    order[count] = '\0';
    return order;
}

#define GRANTED(access, refresh)                                                                   \
    "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"" access                    \
    "\",\"refresh_token\":\"" refresh "\"}"

#endif
