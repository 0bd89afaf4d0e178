/* What was read of grants for a status, kept for the next one: a thousand of them are a thousand
 * files, and whoever asks again and again must not hold up the loop.  Must not read any itself. */
#include <string.h>

#include "base/mem.h"
#include "engine/status_inside.h"
#include "platform/os.h"

/* COST_SHARE: of the time, 1/50 is spent on reading. */
enum { LEAST_MS = 1000, COST_SHARE = 50 };

struct status_kept {
    int64_t since_ms; /* boot clock: the first was read */
    int64_t cost_ms;  /* of all that were */
    size_t count;
    struct kept_grant {
        bool known;
        struct status_grant grant;
    } hosts[]; /* as those of the engine */
};

static bool is_stale(const struct status_kept *kept)
{
    const int64_t age = os.boot_ms() - kept->since_ms, paid = kept->cost_ms * COST_SHARE;
    return age < 0 || age >= (paid > LEAST_MS ? paid : LEAST_MS);
}

static void forget_all(struct status_kept *kept)
{
    for (size_t i = 0; i < kept->count; i++)
        kept->hosts[i].known = false;
    kept->since_ms = os.boot_ms();
    kept->cost_ms = 0;
}

void status_kept_begin(struct engine *e)
{
    struct status_kept *kept = e->status_kept;
    const size_t size = sizeof(*kept) + e->host_count * sizeof(kept->hosts[0]);

    if (!kept)
        kept = mem_new(1, size); /* without memory every status reads them */
    else if (!is_stale(kept))
        return;
    if (!kept)
        return;
    kept->count = e->host_count;
    forget_all(kept);
    e->status_kept = kept;
}

const struct status_grant *status_kept_find(const struct engine *e, const struct host *h)
{
    const size_t at = (size_t)(h - e->hosts);
    return e->status_kept && e->status_kept->hosts[at].known ? &e->status_kept->hosts[at].grant
                                                             : NULL;
}

void status_kept_put(struct engine *e, const struct host *h, const struct status_grant *grant)
{
    if (e->status_kept)
        e->status_kept->hosts[h - e->hosts] = (struct kept_grant){ .known = true, .grant = *grant };
}

void status_kept_paid(struct engine *e, int64_t ms)
{
    if (e->status_kept)
        e->status_kept->cost_ms += ms;
}

void status_kept_drop(struct engine *e, const char *id)
{
    struct status_kept *kept = e->status_kept;

    for (size_t i = 0; kept && i < kept->count; i++) {
        const struct engine_grant *grant = e->hosts[i].grant;
        if (!id || (grant && strcmp(grant->id, id) == 0))
            kept->hosts[i].known = false;
    }
}

void status_kept_free(struct engine *e)
{
    mem_free(e->status_kept);
    e->status_kept = NULL;
}
