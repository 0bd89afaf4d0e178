/* `dcddns doctor`: what the zone's own name servers say, one by one, beside what was published. */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "cli/doctor.h"
#include "connect/protocol.h"
#include "engine/drift.h"
#include "state/grant_index.h"

struct case_of { /* one name */
    const char *fqdn;
    char zone[FQDN_MAX];
    bool v1;
    const struct record *record; /* NULL: nothing is known */
    struct dcddns_addr v4, v6;   /* published; family 0 = not */
};

/* Zone and template as consented to, else as discovered. */
static void find_case(struct runtime *rt, const char *fqdn, const char *zone, struct case_of *c)
{
    struct grant grant = { 0 };
    struct error err = { 0 };
    bool found = false;

    *c = (struct case_of){ .fqdn = fqdn, .record = records_find(engine_records(rt->engine), fqdn) };
    snprintf(c->zone, sizeof(c->zone), "%s", zone);
    if (grants_find(engine_grants(rt->engine), fqdn, &grant, &found, &err) == 0 && found) {
        snprintf(c->zone, sizeof(c->zone), "%s", grant.zone);
        c->v1 = grant.service_id && strcmp(grant.service_id, CONNECT_SERVICE_V1) == 0;
    }
    grant_clear(&grant);
    if (c->record) {
        c->v4 = c->record->v4.published;
        c->v6 = c->record->v6.published;
    }
}

static void list_addrs(const struct authority_answer *answer, struct buf *out)
{
    char text[ADDR_TEXT_MAX] = "";
    for (size_t i = 0; i < answer->count && i < AUTHORITY_ADDRS_MAX; i++)
        buf_printf(out, "%s%s", i > 0 ? ", " : "", addr_text(&answer->addrs[i], text));
    if (answer->count == 0)
        buf_puts(out, "no such record");
    if (answer->count > AUTHORITY_ADDRS_MAX)
        buf_puts(out, " and more");
    buf_puts(out, ", with authority");
}

static bool is_published(const struct authority_answer *answer, const struct dcddns_addr *published)
{
    if (!addr_is_set(published))
        return answer->count == 0;
    return answer->count == 1 && addr_equal(&answer->addrs[0], published);
}

static void print_answer(const struct authority_server *server, const char *asked,
                         const struct authority_answer *answer, const struct dcddns_addr *published,
                         struct steps *steps)
{
    struct buf text = BUF_MAX(ERROR_TEXT_MAX);
    char was[ADDR_TEXT_MAX] = "", means[160] = "";

    addr_text(published, was);
    if (answer->kind == AUTHORITY_ALIAS) {
        doctor_step(steps, 0, asked, "an alias (CNAME)",
                    "nobody sees an address record beside it; remove the CNAME at the provider");
    } else if (answer->kind == AUTHORITY_DELEGATED) {
        buf_printf(&text, "%s is served by other name servers (NS records)", answer->text);
        doctor_step(steps, 0, asked, buf_text(&text),
                    "nobody sees what the provider publishes here; remove the NS records there, or "
                    "set the name up where they lead");
    } else if (answer->kind == AUTHORITY_NONE) {
        doctor_step(steps, -1, asked, answer->text,
                    addr_is_set(&server->addr) ? "this server says nothing that counts"
                                               : "this server cannot be asked");
    } else {
        list_addrs(answer, &text);
        if (is_published(answer, published))
            snprintf(means, sizeof(means), "%s", was[0] ? "as published" : "nothing was published");
        else if (was[0])
            snprintf(means, sizeof(means), "published was %s", was);
        else
            snprintf(means, sizeof(means), "not published from here");
        int ok = is_published(answer, published) ? 1 : was[0] ? 0 : -1;
        doctor_step(steps, ok, asked, buf_text(&text), means);
    }
    buf_free(&text);
}

static void print_server(const struct case_of *c, const struct authority_server *server,
                         struct steps *steps)
{
    char asked[2 * FQDN_MAX + ADDR_TEXT_MAX + 32] = "", text[ADDR_TEXT_MAX] = "";
    const char *addr = addr_is_set(&server->addr) ? addr_text(&server->addr, text) : "no address";

    snprintf(asked, sizeof(asked), "%s (%s): %s A", server->name, addr, c->fqdn);
    print_answer(server, asked, &server->v4, &c->v4, steps);
    snprintf(asked, sizeof(asked), "%s (%s): %s AAAA", server->name, addr, c->fqdn);
    print_answer(server, asked, &server->v6, &c->v6, steps);
}

static const char *meaning(enum record_dns_state state)
{
    static const char *const words[] = {
        [RECORD_DNS_UNKNOWN] = "nothing is done on this account; a resolver in between, or a name "
                               "served differently inside, can be the cause",
        [RECORD_DNS_CURRENT] = "everybody sees it, once caches are over",
        [RECORD_DNS_LAGGING] = "wait: the update is young, or some servers are behind",
        [RECORD_DNS_DIFFERENT] = "somebody else sets it, or the provider did not carry the update "
                                 "out; the daemon sends it again twice at most, or run: dcddns "
                                 "update --force",
        [RECORD_DNS_GONE] =
            "somebody removed it, or the provider did not carry the update out; "
            "the daemon sends it again twice at most, or run: dcddns update --force",
        [RECORD_DNS_ALIAS] = "an update cannot change that",
        [RECORD_DNS_DELEGATED] = "an update cannot change that",
    };
    return words[state];
}

static void print_verdict(const struct case_of *c, const struct authority_result *result,
                          struct steps *steps)
{
    const struct record *r = c->record;
    if (!addr_is_set(&c->v4) && !addr_is_set(&c->v6))
        return;
    int64_t published = r->v4.published_wall_ms > r->v6.published_wall_ms ? r->v4.published_wall_ms
                                                                          : r->v6.published_wall_ms;
    const struct drift_input in = {
        .answers = result,
        .v4 = c->v4,
        .v6 = c->v6,
        .allow_private = true, /* shown as it is */
        .age_ms = os.wall_ms() - published,
        .settle_ms = drift_settle_ms(c->v1),
    };
    const struct drift d = drift_judge(&in);
    int ok = d.state == RECORD_DNS_CURRENT ? 1 : drift_is_wrong(d.state) ? 0 : -1;
    doctor_step(steps, ok, "whether DNS shows what was published",
                d.says[0] ? d.says : "all that answered do", meaning(d.state));
}

void doctor_dns(struct runtime *rt, const char *fqdn, const char *zone, struct steps *steps)
{
    struct case_of c = { 0 };
    struct authority_result result = { 0 };
    struct error err = { 0 };

    find_case(rt, fqdn, zone, &c);
    if (!c.zone[0])
        return; /* said already: the zone could not be found */
    const struct authority_question question = {
        .zone = c.zone, .fqdn = fqdn, .want4 = true, .want6 = true, .servers = AUTHORITY_SERVERS_MAX
    };
    if (authority_await(engine_net(rt->engine), &question, &result, &err) < 0)
        result.error = err;
    if (result.count == 0)
        doctor_step(steps, -1, "the name servers of the zone", result.error.text,
                    "whether DNS shows what is published cannot be said now");
    for (size_t i = 0; i < result.count; i++)
        print_server(&c, &result.servers[i], steps);
    print_verdict(&c, &result, steps);
}
