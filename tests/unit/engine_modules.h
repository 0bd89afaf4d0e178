/* For the tests of core/engine/: modules built into the test, whose behaviour it changes while they
 * run.  Their state is shared with worker threads: everything goes through one mutex. */
#ifndef DCDDNS_TESTS_ENGINE_MODULES_H
#define DCDDNS_TESTS_ENGINE_MODULES_H

#include <pthread.h>

#include "engine_rig.h"
#include "modules/instance.h"

enum { RIG_SOURCES = 4, RIG_EVENTS = 512 };

enum rig_mode {
    RIG_SAY,    /* its addresses, or E_NOADDR */
    RIG_GUESS,  /* the same, unproven */
    RIG_FAIL,   /* E_TEMP */
    RIG_BUG,    /* a result that is none */
    RIG_BLOCK,  /* waits until it is told to stop */
    RIG_IGNORE, /* ignores that too, until rig_release() */
    RIG_HOLD    /* as RIG_IGNORE, then says its addresses */
};

struct rig_source {
    enum rig_mode mode;
    struct dcddns_addr addr[2];
    char wan[16]; /* asked through this device it says another IPv4 address */
    struct dcddns_addr wan_addr;
    bool refused_private; /* whether the last call refused 10.0.0.1 */
    int queries[2], finished, inside, watched, destroyed;
    const struct dcddns_host *host;
};

struct rig_event {
    char to[32], id[32], record[128], message[700], source[64], url[1100];
    int level;
    struct dcddns_addr before, after;
};

static pthread_mutex_t rig_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct rig_source rig_sources[RIG_SOURCES];
static struct rig_event rig_events[RIG_EVENTS]; /* the first ones */
static int rig_event_count;
static atomic_bool rig_released, rig_notify_blocks, rig_notify_hangs;
static void (*rig_on_event)(const struct dcddns_event *);         /* notifier's thread */
static void (*rig_on_answer)(int id, const struct dcddns_addr *); /* source's, under the mutex */
static const char *rig_hanging = "";  /* one notifier that hangs; set before it is told anything */
static atomic_int rig_notify_code;    /* instead of success */
static atomic_int rig_notify_refuses; /* the event whose message is this number; 0 = none */
static atomic_int rig_notify_failed, rig_notify_entered;
static int rig_auth_code;
static atomic_bool rig_auth_pkce; /* a challenge, and a verifier that is kept: "verifier-N" */
static atomic_int rig_auth_verifiers;
static int rig_pipe = -1; /* queries and events are lines in it: for a daemon in a child */

static inline void rig_release(void)
{
    atomic_store(&rig_released, true);
}

static struct dcddns_addr
    rig_refused; /* sources ask whether it may be; set before they are asked */

static int rig_create(const struct dcddns_host *host, void **self)
{
    const char *id = host->option(host, "id");
    struct rig_source *s = &rig_sources[id ? rig_number(id) : 0];
    pthread_mutex_lock(&rig_mutex);
    s->host = host;
    pthread_mutex_unlock(&rig_mutex);
    *self = s;
    return DCDDNS_OK;
}

static void rig_destroy(void *self)
{
    struct rig_source *s = self;
    pthread_mutex_lock(&rig_mutex);
    s->destroyed++;
    pthread_mutex_unlock(&rig_mutex);
}

static int rig_ask(struct rig_source *s, enum rig_mode mode, const struct dcddns_host *host,
                   struct dcddns_call *call)
{
    while ((mode == RIG_IGNORE || mode == RIG_HOLD) && !atomic_load(&rig_released))
        usleep(500);
    if (mode == RIG_BLOCK)
        return host->wait(call, UINTPTR_MAX, 0, UINT32_MAX);
    if (mode == RIG_FAIL)
        return (host->fail)(host, DCDDNS_E_TEMP, "the test says no");
    if (mode == RIG_BUG)
        return 77;
    (void)s;
    return DCDDNS_OK;
}

static int rig_query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    struct rig_source *s = self;
    pthread_mutex_lock(&rig_mutex);
    enum rig_mode mode = s->mode;
    const struct dcddns_host *host = s->host;
    s->queries[family == 6]++;
    s->inside++;
    pthread_mutex_unlock(&rig_mutex);
    if (rig_pipe >= 0)
        dprintf(rig_pipe, "query\n");
    const struct dcddns_addr ten = { .family = 4, .ip = { 10, 0, 0, 1 } };
    const struct dcddns_addr met = rig_refused;
    const char *device = host->device(call);
    const bool refused = host->refuses(call, &ten) != NULL;
    if (met.family == family)
        (void)host->refuses(call, &met);
    int code = rig_ask(s, mode, host, call);
    pthread_mutex_lock(&rig_mutex);
    s->refused_private = refused;
    *out = s->addr[family == 6];
    if (device && family == 4 && strcmp(device, s->wan) == 0)
        *out = s->wan_addr;
    if (rig_on_answer && code == DCDDNS_OK && out->family != 0)
        rig_on_answer((int)(s - rig_sources), out);
    s->inside--;
    s->finished++;
    pthread_mutex_unlock(&rig_mutex);
    if (code == DCDDNS_OK && mode == RIG_GUESS && out->family != 0)
        return DCDDNS_UNPROVEN;
    if (code != DCDDNS_OK || out->family != 0)
        return code;
    return (host->fail)(host, DCDDNS_E_NOADDR, "there is none");
}

static int rig_watch(void *self)
{
    struct rig_source *s = self;
    pthread_mutex_lock(&rig_mutex);
    s->watched++;
    pthread_mutex_unlock(&rig_mutex);
    return DCDDNS_OK;
}

static void rig_unwatch(void *self)
{
    struct rig_source *s = self;
    pthread_mutex_lock(&rig_mutex);
    s->watched--;
    pthread_mutex_unlock(&rig_mutex);
}

static int rig_consent(void *self, struct dcddns_fields *params, struct dcddns_fields *keep)
{
    const struct rig_source *s = self;
    char verifier[32] = "";
    if (!atomic_load(&rig_auth_pkce))
        return rig_auth_code;
    snprintf(verifier, sizeof(verifier), "verifier-%d", atomic_fetch_add(&rig_auth_verifiers, 1));
    if (s->host->field_set(params, "code_challenge", "challenge", 0) != DCDDNS_OK)
        return DCDDNS_E_NOMEM;
    return s->host->field_set(keep, "code_verifier", verifier, DCDDNS_SECRET);
}

static int rig_token(void *self, const struct dcddns_fields *keep, struct dcddns_fields *body)
{
    const struct rig_source *s = self;
    const char *verifier = s->host->field_get(keep, "code_verifier");
    if (rig_auth_code != DCDDNS_OK)
        return rig_auth_code;
    if (atomic_load(&rig_auth_pkce))
        return s->host->field_set(body, "code_verifier", verifier, DCDDNS_SECRET);
    return s->host->field_set(body, "client_secret", "published", 0);
}

static int rig_notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    const struct rig_source *s = self;
    atomic_fetch_add(&rig_notify_entered, 1);
    if (atomic_load(&rig_notify_blocks))
        (void)s->host->wait(call, UINTPTR_MAX, 0, UINT32_MAX);
    const bool mine = strcmp(event->profile, rig_hanging) == 0;
    while ((atomic_load(&rig_notify_hangs) || mine) && !atomic_load(&rig_released))
        usleep(500);
    int code = atomic_load(&rig_notify_code);
    if (rig_notify_refuses != 0 && rig_number(event->message) == rig_notify_refuses)
        code = DCDDNS_E_TEMP;
    if (code != DCDDNS_OK) {
        atomic_fetch_add(&rig_notify_failed, 1);
        return (s->host->fail)(s->host, code, "the receiver is away");
    }
    if (rig_pipe >= 0)
        dprintf(rig_pipe, "%s: %s\n", event->id, event->message);
    pthread_mutex_lock(&rig_mutex);
    if (rig_event_count < RIG_EVENTS) {
        struct rig_event *e = &rig_events[rig_event_count];
        snprintf(e->to, sizeof(e->to), "%s", event->profile);
        snprintf(e->id, sizeof(e->id), "%s", event->id);
        snprintf(e->record, sizeof(e->record), "%s", event->record);
        snprintf(e->message, sizeof(e->message), "%s", event->message);
        snprintf(e->url, sizeof(e->url), "%s", event->url);
        snprintf(e->source, sizeof(e->source), "%s", event->source);
        e->level = (int)event->level;
        e->before = event->before;
        e->after = event->after;
    }
    rig_event_count++;
    void (*also)(const struct dcddns_event *) = rig_on_event;
    pthread_mutex_unlock(&rig_mutex);
    if (also)
        also(event);
    return DCDDNS_OK;
}

static const struct dcddns_option rig_options[] = {
    { "id", "0", "which of the test's", DCDDNS_OPT_INT, 0 },
};
static const struct dcddns_ip_source rig_ip_source = {
    .size = sizeof(rig_ip_source), .query = rig_query, .watch = rig_watch, .unwatch = rig_unwatch
};
static const struct dcddns_auth rig_auth = { .size = sizeof(rig_auth),
                                             .consent = rig_consent,
                                             .token = rig_token };
static const struct dcddns_notifier rig_notifier = { .size = sizeof(rig_notifier),
                                                     .notify = rig_notify };

static struct module_table rig_table;

static inline const struct module *rig_module(uint32_t kind)
{
    static const void *const ops[] = { NULL, &rig_ip_source, &rig_auth, &rig_notifier };
    const struct dcddns_plugin plugin = {
        .size = sizeof(plugin),
        .kind = kind,
        .name = "rig",
        .version = "1",
        .summary = "the test's",
        .options = rig_options,
        .option_count = 1,
        .option_size = sizeof(rig_options[0]),
        .create = rig_create,
        .destroy = rig_destroy,
        .ops = ops[kind],
    };
    struct error err = { 0 };
    const struct module *module = module_adopt(&rig_table, kind, NULL, "(test)", &plugin, &err);
    if (!module)
        fail_msg("%s", err.text);
    return module;
}

static inline struct instance *rig_instance(uint32_t kind, const char *name, const char *id,
                                            struct net *net)
{
    const struct instance_env env = { .net = net };
    const struct schema_value values[] = { { .name = "id", .value = id } };
    struct error err = { 0 };
    struct instance *made = instance_new(rig_module(kind), name, values, 1, &env, &err);
    if (!made)
        fail_msg("%s", err.text);
    return made;
}

/* -- reading and changing what threads share ----------------------------------------------------
 */

static inline void rig_set(int id, enum rig_mode mode, const char *v4, const char *v6)
{
    pthread_mutex_lock(&rig_mutex);
    rig_sources[id].mode = mode;
    rig_sources[id].addr[0] = ip(v4);
    rig_sources[id].addr[1] = ip(v6);
    pthread_mutex_unlock(&rig_mutex);
}

static inline void rig_set_wan(int id, const char *device, const char *v4)
{
    pthread_mutex_lock(&rig_mutex);
    snprintf(rig_sources[id].wan, sizeof(rig_sources[id].wan), "%s", device);
    rig_sources[id].wan_addr = ip(v4);
    pthread_mutex_unlock(&rig_mutex);
}

static inline struct rig_source rig_get(int id)
{
    pthread_mutex_lock(&rig_mutex);
    struct rig_source copy = rig_sources[id];
    pthread_mutex_unlock(&rig_mutex);
    return copy;
}

static inline int rig_queries(int id)
{
    struct rig_source s = rig_get(id);
    return s.queries[0] + s.queries[1];
}

static inline int rig_events_seen(void)
{
    pthread_mutex_lock(&rig_mutex);
    int count = rig_event_count;
    pthread_mutex_unlock(&rig_mutex);
    return count;
}

/* How many events of ID there were; the last one in OUT unless NULL. */
static inline int rig_events_of(const char *id, struct rig_event *out)
{
    int count = 0;
    pthread_mutex_lock(&rig_mutex);
    for (int i = 0; i < rig_event_count && i < RIG_EVENTS; i++) {
        if (strcmp(rig_events[i].id, id) != 0)
            continue;
        count++;
        if (out)
            *out = rig_events[i];
    }
    pthread_mutex_unlock(&rig_mutex);
    return count;
}

static inline void rig_modules_reset(void)
{
    pthread_mutex_lock(&rig_mutex);
    memset(rig_sources, 0, sizeof(rig_sources));
    rig_event_count = 0;
    rig_auth_code = DCDDNS_OK;
    atomic_store(&rig_auth_pkce, false);
    atomic_store(&rig_auth_verifiers, 1);
    rig_on_event = NULL;
    rig_on_answer = NULL;
    rig_hanging = "";
    rig_refused = (struct dcddns_addr){ 0 };
    pthread_mutex_unlock(&rig_mutex);
    atomic_store(&rig_released, false);
    atomic_store(&rig_notify_blocks, false);
    atomic_store(&rig_notify_hangs, false);
    atomic_store(&rig_notify_code, DCDDNS_OK);
    atomic_store(&rig_notify_refuses, 0);
    atomic_store(&rig_notify_failed, 0);
    atomic_store(&rig_notify_entered, 0);
}

/* Really waits for something another thread does. */
#define RIG_AWAIT(condition)                                                                       \
    for (int64_t rig_await_ = rig_real_ms() + 10000 * TEST_SCALE; !(condition);) {                 \
        usleep(500);                                                                               \
        if (rig_real_ms() > rig_await_)                                                            \
            fail_msg("never came: %s", #condition);                                                \
    }

#endif
