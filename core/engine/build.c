/* Instances, sources, chains, hosts of an engine from its configuration. */
#include "engine/build.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/engine_grants.h"

enum { WORKER_GRACE_MS = 2000 };

/* What one instance posts: made beforehand and used again, so that a module that hints without end
 * costs no memory. */
struct hint {
    struct hints *hints;
    const struct instance *from;
    atomic_bool posted; /* and not taken yet */
    struct net_posted post;
    struct hint *next;
};

enum { HINT_DEBOUNCE_MS = 2000 };

/* Runs in the engine thread: the answer of an instance may have changed. */
static void take_hint(void *arg)
{
    struct hint *hint = arg;
    struct engine *e = hint->hints->engine;
    const struct instance *from = hint->from;

    atomic_store(&hint->posted, false); /* first: what is hinted from now on is news */

    for (size_t i = 0; e && e->daemon && i < e->slot_count; i++) {
        const struct config_list *names = e->slots[i].names;
        for (size_t n = 0; n < names->count; n++) {
            if (strcmp(names->items[n], instance_name(from)) != 0)
                continue;
            e->slots[i].fresh = true;
            scheduler_put_earlier(&e->scheduler,
                                  (struct job){ .due_ms = os.boot_ms() + HINT_DEBOUNCE_MS,
                                                .kind = JOB_CHAIN,
                                                .index = i });
        }
    }
}

/* Any thread. */
static void on_hint(void *ctx, struct instance *from)
{
    struct hint *hint = ctx;
    if (atomic_exchange(&hint->posted, true))
        return;
    hint->from = from;
    hint->post = (struct net_posted){ .fn = take_hint, .arg = hint };
    net_post_prepared(hint->hints->net, &hint->post); /* fails when closing: no more hints then */
}

static struct hint *new_hint(struct hints *hints)
{
    struct hint *hint = mem_new(1, sizeof(*hint));
    if (!hint)
        return NULL;
    hint->hints = hints;
    hint->next = hints->list;
    hints->list = hint;
    return hint;
}

static void free_hints(struct hints *hints)
{
    while (hints && hints->list) {
        struct hint *hint = hints->list;
        hints->list = hint->next;
        mem_free(hint);
    }
    mem_free(hints);
}

struct instance *build_instance(const struct config_instance *from, struct module_table *modules,
                                const struct instance_env *env, struct error *err)
{
    const struct module *module = module_find(modules, from->kind, from->module, err);
    if (!module)
        return NULL;
    struct instance *made =
        instance_new(module, from->name, from->options, from->option_count, env, err);
    if (!made)
        error_prefix(err, "%s %s", module_kind_name(from->kind), from->name);
    return made;
}

static bool named(const struct config_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], name) == 0)
            return true;
    }
    return false;
}

/* Sources and notifiers are made when somebody names them; auth strategies always: an old grant may
 * need one that is not the default any more. */
static bool is_used(const struct config *config, const struct config_instance *instance)
{
    if (instance->kind == DCDDNS_KIND_AUTH)
        return true;
    if (instance->kind == DCDDNS_KIND_NOTIFIER)
        return named(&config->notifiers, instance->name);
    if (named(&config->sources, instance->name))
        return true;
    for (size_t i = 0; i < config->host_count; i++) {
        if (named(&config->hosts[i].sources, instance->name))
            return true;
    }
    return false;
}

static void on_source_out(void *ctx, const char *words)
{
    struct event event = { .id = EVENT_SOURCE_STUCK, .level = DCDDNS_LOG_ERROR };
    snprintf(event.message, sizeof(event.message), "%s", words);
    cycle_queue_event(ctx, &event);
}

static int add_instance(struct engine *e, const struct config_instance *from,
                        struct module_table *modules, struct error *err)
{
    struct hint *hint = new_hint(e->hints);
    const struct instance_env env = { .net = e->net, .hint = on_hint, .ctx = hint };
    if (!hint)
        return error_set(err, ERR_LOCAL, "out of memory");
    struct instance *made = build_instance(from, modules, &env, err);
    if (!made)
        return -1;
    if (from->kind == DCDDNS_KIND_AUTH) {
        e->auths[e->auth_count++] = made;
    } else if (from->kind == DCDDNS_KIND_NOTIFIER) {
        e->notifiers[e->notifier_count++] = made;
    } else {
        e->source_instances[e->source_count] = made;
        e->sources[e->source_count] =
            source_new(e->net, made, e->config->query_timeout_s * 1000, on_source_out, e);
        e->source_count++;
        if (!e->sources[e->source_count - 1])
            return error_set(err, ERR_LOCAL, "out of memory");
    }
    return 0;
}

static int build_instances(struct engine *e, struct module_table *modules, struct error *err)
{
    size_t count = e->config->instance_count;

    e->sources = mem_new(count, sizeof(struct source *));
    e->source_instances = mem_new(count, sizeof(struct instance *));
    e->auths = mem_new(count, sizeof(struct instance *));
    e->notifiers = mem_new(count, sizeof(struct instance *));
    if (!e->sources || !e->source_instances || !e->auths || !e->notifiers)
        return error_set(err, ERR_LOCAL, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const struct config_instance *from = &e->config->instances[i];
        if (is_used(e->config, from) && add_instance(e, from, modules, err) < 0)
            return -1;
    }
    return 0;
}

static struct source *find_source(const struct engine *e, const char *name)
{
    for (size_t i = 0; i < e->source_count; i++) {
        if (strcmp(source_name(e->sources[i]), name) == 0)
            return e->sources[i];
    }
    return NULL;
}

static bool same_list(const struct config_list *a, const struct config_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    }
    return true;
}

static int build_slot(struct engine *e, struct slot *slot, struct error *err)
{
    struct source **list = mem_new(slot->names->count + 1, sizeof(struct source *));
    for (size_t i = 0; list && i < slot->names->count; i++)
        list[i] = find_source(e, slot->names->items[i]);
    const struct chain_options options = {
        .sources = list,
        .terms = slot->terms,
        .confirm = slot->confirm,
        .prefix_bits = slot->prefix_bits,
        .confirm_delay_ms = e->config->confirm_delay_s * 1000,
        .would_change = observed_would_change,
        .done = round_plan_done,
        .ctx = slot,
    };
    if (list)
        slot->chain = chain_new(e->net, &options);
    mem_free(list);
    return slot->chain ? 0 : error_set(err, ERR_LOCAL, "out of memory");
}

static bool same_slot(const struct slot *a, const struct slot *b)
{
    return a->terms.allow_private == b->terms.allow_private && a->confirm == b->confirm &&
           a->prefix_bits == b->prefix_bits && strcmp(a->terms.device, b->terms.device) == 0 &&
           same_list(a->names, b->names);
}

/* The slot of the chain that HOST names (NULL: the default chain), made when it is the first;
 * SIZE_MAX when out of memory. */
static size_t slot_for(struct engine *e, const struct config_host *host, struct error *err)
{
    const struct config *config = e->config;
    struct slot like = {
        .engine = e,
        .names = host ? config_sources_of(config, host) : &config->sources,
        .terms.allow_private = host ? host->allow_private : config->allow_private,
        .confirm = (int)(host ? host->confirm : config->confirm),
        .prefix_bits = host ? host->ipv6_suffix.bits : 0,
    };
    if (host && host->device)
        snprintf(like.terms.device, sizeof(like.terms.device), "%s", host->device);
    for (size_t i = 0; i < e->slot_count; i++) {
        if (same_slot(&e->slots[i], &like))
            return i;
    }
    struct slot *slot = &e->slots[e->slot_count];
    *slot = like;
    if (build_slot(e, slot, err) < 0)
        return SIZE_MAX;
    return e->slot_count++;
}

static int build_hosts(struct engine *e, struct error *err)
{
    const struct config *config = e->config;

    e->slots = mem_new(config->host_count + 1, sizeof(*e->slots));
    e->hosts = mem_new(config->host_count, sizeof(*e->hosts));
    if (!e->slots || !e->hosts)
        return error_set(err, ERR_LOCAL, "out of memory");
    /* The first slot is the default chain, which setup looks through for a host not yet there. */
    if (slot_for(e, NULL, err) == SIZE_MAX)
        return -1;
    for (size_t i = 0; i < config->host_count; i++) {
        const struct config_host *from = &config->hosts[i];
        struct host *h = &e->hosts[i];
        *h = (struct host){ .engine = e, .config = from };
        h->record = records_get(e->records, from->fqdn);
        h->slot = slot_for(e, from, err);
        if (!h->record || h->slot == SIZE_MAX)
            return error_set(err, ERR_LOCAL, "out of memory");
        chain_want(e->slots[h->slot].chain, from->ipv4, from->ipv6);
        e->host_count++;
    }
    return 0;
}

static struct instance *find_auth(void *ctx, const char *name)
{
    return engine_auth(ctx, name);
}

static void on_grant_changed(void *ctx, const char *id)
{
    status_kept_drop(ctx, id);
}

static int build_state(struct engine *e, const char *state_dir, struct error *err)
{
    e->state = os_dir_open(state_dir, OS_DIR_MAKE | OS_DIR_PRIVATE, err);
    if (!e->state)
        return -1;
    e->grants = grants_open(e->state, err);
    if (!e->grants)
        return -1;
    grants_tell(e->grants, on_grant_changed, e);
    e->records = records_open(e->state, err);
    return e->records ? 0 : -1;
}

/* A job that cannot be put down would never be done: there is room for all of them. */
static int build_schedule(struct engine *e, struct error *err)
{
    const size_t counts[JOB_KINDS] = { [JOB_CHAIN] = e->slot_count,
                                       [JOB_FAMILY] = e->slot_count,
                                       [JOB_HOST] = e->host_count,
                                       [JOB_GRANT] = e->grant_count,
                                       [JOB_DNS] = e->host_count };
    if (!scheduler_reserve(&e->scheduler, counts))
        return error_set(err, ERR_LOCAL, "out of memory");
    return 0;
}

int build_engine(struct engine *e, const struct engine_options *options, struct error *err)
{
    const struct config *config = options->config;
    const struct net_options net = {
        .resolvers =
            config->resolvers.count > 0 ? (const char *const *)config->resolvers.items : NULL,
        .ca_file = config->ca_file,
        .device = config->device,
        .allow_loopback = config->allow_loopback_provider,
        .transport = options->transport,
        .transport_ctx = options->transport_ctx,
    };
    if (build_state(e, options->state_dir, err) < 0)
        return -1;
    e->net = net_new(&net, err);
    e->hints = mem_new(1, sizeof(*e->hints));
    if (!e->net || !e->hints)
        return e->net ? error_set(err, ERR_LOCAL, "out of memory") : -1;
    *e->hints = (struct hints){ .net = e->net, .engine = e };
    if (build_instances(e, options->modules, err) < 0)
        return -1;
    const struct updater_options updater = {
        .net = e->net, .grants = e->grants, .auth = find_auth, .ctx = e
    };
    e->updater = updater_new(&updater);
    if (!e->updater)
        return error_set(err, ERR_LOCAL, "out of memory");
    if (build_hosts(e, err) < 0 || engine_grants_build(e, options->modules, err) < 0)
        return -1;
    return build_schedule(e, err);
}

void unbuild_sources(struct engine *e)
{
    /* Freeing a source turns the loop: no chain may go on to the next one. */
    for (size_t i = 0; i < e->slot_count; i++)
        chain_stop(e->slots[i].chain);
    for (size_t i = 0; i < e->source_count; i++) {
        if (source_free(&e->sources[i], WORKER_GRACE_MS))
            instance_free(&e->source_instances[i]);
        else
            e->leaking = true;
    }
    for (size_t i = 0; i < e->slot_count; i++)
        chain_free(&e->slots[i].chain);
    mem_free(e->slots);
    mem_free(e->sources);
    mem_free(e->source_instances);
    e->slot_count = e->source_count = 0;
}

void unbuild_engine(struct engine *e)
{
    for (size_t i = 0; i < e->notifier_count && !e->leaking; i++)
        instance_free(&e->notifiers[i]);
    for (size_t i = 0; i < e->auth_count; i++)
        instance_free(&e->auths[i]);
    mem_free(e->notifiers);
    mem_free(e->auths);
    scheduler_free(&e->scheduler);
    mem_free(e->hosts);
    mem_free(e->engine_grants);
    status_kept_free(e);
    if (e->records)
        records_close(&e->records);
    if (e->grants)
        grants_close(&e->grants);
    os_dir_close(&e->state);
    if (e->hints)
        e->hints->engine = NULL;
    if (e->leaking)
        return; /* a thread left behind may still post to the net */
    if (e->net)
        net_free(&e->net);
    free_hints(e->hints);
}
