/* Cycles that somebody asks for while the daemon keeps its schedule, and when they are over.  A
 * round that is under way when they are asked for does not answer them: its answers may be older.
 */
#include "engine/engine_inside.h"

static bool begin_round(const struct host *h)
{
    h->engine->slots[h->slot].fresh = true;
    return scheduler_put_earlier(
        &h->engine->scheduler,
        (struct job){ .due_ms = os.boot_ms(), .kind = JOB_CHAIN, .index = h->slot });
}

bool engine_check_one(struct engine *e, const char *fqdn)
{
    const struct host *h = engine_find_host(e, fqdn);
    return h && begin_round(h);
}

bool engine_ask(struct engine *e, const char *fqdn, bool force)
{
    struct host *h = engine_find_host(e, fqdn);
    if (!h || !begin_round(h))
        return false;
    const struct slot *slot = &e->slots[h->slot];
    h->asked_round = slot->rounds + (chain_is_busy(slot->chain) && slot->retrying == 0 ? 2 : 1);
    h->asked_force = force || (h->asked && h->asked_force);
    h->asked = true;
    return true;
}

/* Another process that writes is soon over; else the next try may be far away. */
static bool cannot_write(const struct engine *e)
{
    return e->unwritten.class != ERR_NONE && e->unwritten.class != ERR_TEMP;
}

/* What was queued is told with the commit. */
bool engine_is_asked(const struct engine *e, const char *fqdn)
{
    const struct host *h = engine_find_host(e, fqdn);
    return h && (h->asked || h->ripe || e->events_first || (h->record->dirty && !cannot_write(e)));
}

bool engine_is_unwritten(const struct engine *e, const char *fqdn, struct error *err)
{
    const struct host *h = engine_find_host(e, fqdn);
    if (!h || !h->record->dirty || !cannot_write(e))
        return false;
    *err = e->unwritten;
    return true;
}

void asked_round_over(struct slot *slot)
{
    struct engine *e = slot->engine;

    slot->rounds++;
    for (size_t i = 0; i < e->host_count; i++) {
        struct host *h = &e->hosts[i];
        if (!h->asked || &e->slots[h->slot] != slot || (int)(slot->rounds - h->asked_round) < 0)
            continue;
        h->force = h->force || h->asked_force;
        h->ripe = true;
        h->asked = h->asked_force = false;
    }
}

void asked_over(struct host *h)
{
    struct engine *e = h->engine;

    if (h->ripe && h->record->dirty) {
        cycle_commit_soon(e); /* somebody waits for it; and a new try, where one failed */
        e->unwritten = (struct error){ 0 };
    }
    h->ripe = false;
}
