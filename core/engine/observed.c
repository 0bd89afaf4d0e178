/* What a host makes of what its chain observed: its own suffix and blocks, what its record shows,
 * and what is told of addresses that it refuses.  Publishes nothing. */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"
#include "engine/engine_inside.h"
#include "platform/os.h"

bool observed_wants6(const struct host *h)
{
    return h->config->ipv6 && !h->no_ipv6;
}

static struct decide_rules rules_of(const struct engine *e, const struct config_host *host)
{
    const struct config *config = e->config;
    const struct config_blocks *expect = host ? config_expect_of(config, host) : &config->expect;
    struct decide_rules rules = { .allow_private = config->allow_private,
                                  .expect = expect->items,
                                  .expect_count = expect->count };
    if (host) {
        rules.allow_private = host->allow_private;
        rules.suffix = host->ipv6_suffix.addr;
        rules.prefix_bits = host->ipv6_suffix.bits;
    }
    return rules;
}

static struct record_family *record_of(const struct host *h, int family)
{
    return family == 4 ? &h->record->v4 : &h->record->v6;
}

static bool is_change(const struct host *h, const struct observation *seen)
{
    const struct decide_rules rules = rules_of(h->engine, h->config);
    struct dcddns_addr value = { 0 };
    const bool wanted = seen->addr.family == 4 ? h->config->ipv4 : observed_wants6(h);

    return wanted && decide_value_for(&rules, seen, &value, NULL) == 0 &&
           decide_is_change(&value, &record_of(h, seen->addr.family)->published);
}

bool observed_would_change(void *ctx, const struct dcddns_addr *addr)
{
    const struct slot *slot = ctx;
    const struct engine *e = slot->engine;
    const struct observation seen = { .addr = *addr };

    for (size_t i = 0; i < e->host_count; i++) {
        const struct host *h = &e->hosts[i];
        if (h->selected && &e->slots[h->slot] == slot && is_change(h, &seen))
            return true;
    }
    return false;
}

static bool is_unconfirmed_change(const struct host *h, bool asked, const struct observation *seen)
{
    return asked && addr_is_set(&seen->addr) && !seen->confirmed && is_change(h, seen);
}

bool observed_needs_round(const struct host *h)
{
    const struct slot *slot = &h->engine->slots[h->slot];
    return is_unconfirmed_change(h, slot->asked4, &slot->v4) ||
           is_unconfirmed_change(h, slot->asked6, &slot->v6);
}

static void note(struct host *h, const struct observation *seen)
{
    struct record_family *family = record_of(h, seen->addr.family);

    family->observed_wall_ms = os.wall_ms();
    if (addr_equal(&family->observed, &seen->addr) && strcmp(family->source, seen->source) == 0)
        return;
    family->observed = seen->addr;
    snprintf(family->source, sizeof(family->source), "%s", seen->source);
    cycle_mark_dirty(h);
}

static void tell(const struct host *h, const char *id, int level, const struct observation *seen,
                 const char *message)
{
    struct event event = { .id = id, .level = level };
    snprintf(event.record, sizeof(event.record), "%s", h->config->fqdn);
    snprintf(event.message, sizeof(event.message), "%s", message);
    snprintf(event.source, sizeof(event.source), "%s", seen->source);
    cycle_queue_event(h->engine, &event);
}

static void refuse(struct host *h, int *count, const struct observation *seen,
                   const struct error *why)
{
    ++*count;
    if (spell_is_marked(*count))
        tell(h, EVENT_FAILED, DCDDNS_LOG_WARN, seen, why->text);
    else
        log_debug("%s: %s", h->config->fqdn, why->text);
}

static void accept(struct host *h, int *count, const struct observation *seen)
{
    char addr[ADDR_TEXT_MAX] = "", message[ERROR_TEXT_MAX] = "";

    if (*count == 0)
        return;
    *count = 0;
    snprintf(message, sizeof(message), "%s (from %s) may be published again",
             addr_text(&seen->addr, addr), seen->source);
    tell(h, EVENT_RECOVERED, DCDDNS_LOG_NOTICE, seen, message);
}

void observed_judge(const struct engine *e, const struct config_host *host,
                    struct observation *seen)
{
    const struct decide_rules rules = rules_of(e, host);
    const struct observation raw = *seen;

    if (decide_value_for(&rules, &raw, &seen->addr, &seen->error) < 0)
        seen->addr = (struct dcddns_addr){ 0 };
}

bool observed_by(struct host *h, int family, struct observation *out)
{
    const struct slot *slot = &h->engine->slots[h->slot];
    const struct decide_rules rules = rules_of(h->engine, h->config);
    const bool wanted = family == 4 ? h->config->ipv4 : h->config->ipv6;
    int *count = &h->refused[family == 4 ? 0 : 1];
    struct error why = { 0 };

    if (!wanted || !(family == 4 ? slot->asked4 : slot->asked6))
        return false;
    *out = family == 4 ? slot->v4 : slot->v6;
    if (!addr_is_set(&out->addr))
        return true;
    const struct observation seen = *out;
    int rc = decide_value_for(&rules, &seen, &out->addr, &why);
    note(h, out);
    if (rc == 0) {
        accept(h, count, out);
        return true;
    }
    refuse(h, count, out, &why);
    out->addr = (struct dcddns_addr){ 0 };
    out->error = why;
    return true;
}
