/* Taking a status; see status.h.  Asks nobody and publishes nothing. */
#include "engine/status.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/daemon.h"
#include "engine/status_inside.h"
#include "state/grant_index.h"

struct taking {
    const struct config *config;
    struct os_dir *dir; /* NULL: there is no state yet; then neither are the next two */
    struct records *records;
    struct grants *grants;
    struct engine *engine;     /* knows which grant serves whom, or NULL */
    struct grant_index *index; /* without one */
    const struct status_names *names;
    struct status *out;
    const char *last_id; /* grant of the host before, or NULL */
    const struct status_host *last;
    bool has_read;
};

static bool is_named(const struct status_names *names, const char *fqdn)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], fqdn) == 0)
            return true;
    }
    return names->count == 0;
}

static void take_family(struct status_family *out, bool wanted, const struct record_family *from)
{
    out->wanted = wanted;
    out->published = from->published;
    out->observed = from->observed;
    out->published_at_ms = from->published_wall_ms;
    out->observed_at_ms = from->observed_wall_ms;
    out->lost_at_ms = from->loss.since_wall_ms;
    memcpy(out->source, from->source, sizeof(out->source));
}

static void take_dns(struct status_dns *out, const struct record_dns *from)
{
    out->state = from->state;
    out->asked_at_ms = from->asked_wall_ms;
    out->current_at_ms = from->current_wall_ms;
    out->drifts = from->drifts;
    out->gave_up = from->gave_up;
    memcpy(out->says, from->says, sizeof(out->says));
}

/* NULL: none serves it. */
static const char *grant_id_of(const struct taking *t, const struct host *h, const char *fqdn)
{
    if (h)
        return h->grant ? h->grant->id : NULL;
    const struct grant_entry *entry = t->index ? grant_index_find(t->index, fqdn) : NULL;
    return entry ? entry->id : NULL;
}

/* Hosts of one grant follow each other: it is read once for them. */
static void read_grant(struct taking *t, const struct host *h, struct status_host *out)
{
    const char *id = grant_id_of(t, h, out->name);

    if (id && t->last_id && strcmp(id, t->last_id) == 0)
        out->grant = t->last->grant;
    else
        status_grant_of(t->grants, t->dir, id, out->name, t->out->taken_at_ms, &out->grant);
    t->last_id = id;
    t->last = out;
}

static void take_grant(struct taking *t, struct status_host *out)
{
    const struct host *h = t->engine ? engine_find_host(t->engine, out->name) : NULL;
    const struct status_grant *kept = h ? status_kept_find(t->engine, h) : NULL;

    if (kept) {
        out->grant = *kept;
        return;
    }
    read_grant(t, h, out);
    t->has_read = true;
    if (h)
        status_kept_put(t->engine, h, &out->grant);
}

static void take_host(struct taking *t, const struct config_host *host)
{
    struct status_host *out = &t->out->hosts[t->out->host_count++];
    const struct record empty = { 0 };
    const struct record *found = t->records ? records_find(t->records, host->fqdn) : NULL;
    const struct record *r = found ? found : &empty;

    memcpy(out->name, host->fqdn, sizeof(out->name));
    out->state = r->state;
    take_family(&out->v4, host->ipv4, &r->v4);
    take_family(&out->v6, host->ipv6, &r->v6);
    out->checked_at_ms = r->checked_wall_ms;
    out->success_at_ms = r->success_wall_ms;
    out->next_at_ms = r->next_wall_ms;
    out->failures = r->failures;
    out->error_class = r->error_class;
    memcpy(out->error, r->error, sizeof(out->error));
    take_dns(&out->dns, &r->dns);
    take_grant(t, out);
}

static int take(struct taking *t, struct error *err)
{
    const struct config *config = t->config;
    struct status *s = t->out;
    size_t count = 0;

    for (size_t i = 0; i < config->host_count; i++)
        count += is_named(t->names, config->hosts[i].fqdn);
    *s = (struct status){ .taken_at_ms = os.wall_ms() };
    snprintf(s->version, sizeof(s->version), "%s", DCDDNS_VERSION);
    s->hosts = mem_new(count, sizeof(*s->hosts));
    if (!s->hosts)
        return error_set(err, ERR_LOCAL, "out of memory");
    for (size_t i = 0; i < config->host_count; i++) {
        if (is_named(t->names, config->hosts[i].fqdn))
            take_host(t, &config->hosts[i]);
    }
    return 0;
}

static int64_t wall_of(int64_t boot_ms)
{
    return boot_ms == INT64_MAX ? 0 : os.wall_ms() + boot_ms - os.boot_ms();
}

/* As the host would publish it. */
static void add_candidate(const struct host *h, int family, struct status_family *out)
{
    struct observation seen = { 0 };
    if (!out->wanted || !chain_candidate(h->engine->slots[h->slot].chain, family, &seen.addr))
        return;
    observed_judge(h->engine, h->config, &seen);
    if (decide_is_change(&seen.addr, &out->published))
        out->candidate = seen.addr;
}

/* What only a running engine knows. */
static void add_live(const struct engine *e, size_t index, struct status_host *out)
{
    const struct host *h = &e->hosts[index];
    int64_t round = scheduler_due(&e->scheduler, JOB_CHAIN, h->slot);
    int64_t retry = scheduler_due(&e->scheduler, JOB_HOST, index);

    int64_t family = scheduler_due(&e->scheduler, JOB_FAMILY, h->slot);

    round = family < round ? family : round;
    out->next_check_at_ms = wall_of(round < retry ? round : retry);
    add_candidate(h, 4, &out->v4);
    add_candidate(h, 6, &out->v6);
}

int status_of_engine(struct engine *e, const struct status_names *names, struct status *out,
                     struct error *err)
{
    struct taking taking = { .config = e->config,
                             .dir = e->state,
                             .records = e->records,
                             .grants = e->grants,
                             .engine = e,
                             .names = names,
                             .out = out };
    const int64_t began = os.boot_ms();
    status_kept_begin(e);
    if (take(&taking, err) < 0)
        return -1;
    if (taking.has_read)
        status_kept_paid(e, os.boot_ms() - began);
    out->live = true;
    out->daemon_pid = os_pid();
    out->unsaved_tokens = (int64_t)engine_unsaved(e);
    for (size_t i = 0, at = 0; i < e->host_count && at < out->host_count; i++) {
        if (strcmp(e->hosts[i].config->fqdn, out->hosts[at].name) == 0)
            add_live(e, i, &out->hosts[at++]);
    }
    return 0;
}

static int open_state(struct taking *t, const char *state_dir, struct error *err)
{
    t->dir = os_dir_open(state_dir, 0, err);
    if (!t->dir)
        return os_path_is_missing(state_dir) ? 0 : -1;
    t->records = records_open(t->dir, err);
    if (!t->records)
        return -1;
    t->grants = grants_open(t->dir, err);
    if (t->grants)
        t->index = grant_index_new(t->grants, err);
    return t->index ? 0 : -1;
}

int status_of_disk(const struct config *config, const char *state_dir,
                   const struct status_names *names, struct status *out, struct error *err)
{
    struct taking taking = { .config = config, .names = names, .out = out };
    int rc = open_state(&taking, state_dir, err);

    *out = (struct status){ 0 };
    if (rc == 0)
        rc = take(&taking, err);
    out->daemon_pid = daemon_pid(state_dir);
    if (taking.records)
        records_close(&taking.records);
    grant_index_free(&taking.index);
    if (taking.grants)
        grants_close(&taking.grants);
    os_dir_close(&taking.dir);
    return rc;
}

bool status_is_unreadable(const struct status *s)
{
    for (size_t i = 0; i < s->host_count; i++) {
        if (strcmp(s->hosts[i].grant.state, "unreadable") == 0)
            return true;
    }
    return false;
}

void status_free(struct status *s)
{
    mem_free(s->hosts);
    *s = (struct status){ 0 };
}
