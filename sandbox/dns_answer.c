/*
 * Authoritative answers with ldns. Must not know sockets.
 */
#include "dns_answer.h"

#include "names.h"
#include "zone.h"

#include <ctype.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER       12
#define UDP_SMALL    512
#define UDP_LARGE    1232 /* what dnsflagday.net/2020 recommends as the most */
#define CNAME_HOPS   8
#define NEGATIVE_TTL 60
#define INNER        "10.53.53.53" /* what a resolver of an inner network says */

/* One question on its way to an answer. */
struct lookup {
    struct sandbox *s;
    ldns_pkt *answer;
    const ldns_rdf *owner; /* the asked name in its asked spelling, for the first owner */
    uint16_t type;
    bool recursive; /* asked as a resolver is */
    bool failed;
};

/* Lower case, no final dot; escapes of odd bytes stay and so match nothing. False: too long. */
static bool name_text(const ldns_rdf *name, char out[SBX_NAME_MAX])
{
    char *text = ldns_rdf2str(name);
    size_t n = text ? strlen(text) : 0;
    bool ok = n > 0 && n <= SBX_NAME_MAX;
    if (ok) {
        n -= text[n - 1] == '.' ? 1 : 0;
        for (size_t i = 0; i < n; i++) {
            out[i] = (char)tolower((unsigned char)text[i]);
        }
        out[n] = '\0';
    }
    free(text);
    return ok;
}

static ldns_rr *make_rr(const char *name, uint32_t ttl, const char *type, const char *data)
{
    struct buf line = { .max = SBX_BODY_MAX };
    ldns_rr *rr = NULL;
    buf_printf(&line, "%s. %u IN %s %s", name, ttl, type, data);
    if (line.failed || ldns_rr_new_frm_str(&rr, line.data, ttl, NULL, NULL) != LDNS_STATUS_OK) {
        rr = NULL;
    }
    buf_free(&line);
    return rr;
}

static void push(struct lookup *lookup, ldns_pkt_section section, ldns_rr *rr)
{
    if (!rr || !ldns_pkt_push_rr(lookup->answer, section, rr)) {
        ldns_rr_free(rr);
        lookup->failed = true;
    }
}

static void push_record(struct lookup *lookup, const struct record *record, bool first)
{
    char type[16];
    ldns_rr *rr =
        make_rr(record->name, record->ttl, zone_type_name(record->type, type), record->data);
    if (rr && first) {
        ldns_rdf_deep_free(ldns_rr_owner(rr));
        ldns_rr_set_owner(rr, ldns_rdf_clone(lookup->owner));
    }
    push(lookup, LDNS_SECTION_ANSWER, rr);
}

static void push_soa(struct lookup *lookup, const struct zone *zone, ldns_pkt_section section,
                     uint32_t ttl)
{
    struct buf data = { .max = 1024 };
    zone_soa(zone, &data);
    push(lookup, section, make_rr(zone->name, ttl, "SOA", buf_text(&data)));
    buf_free(&data);
}

static size_t push_type(struct lookup *lookup, const struct zone *zone, const char *name,
                        uint16_t type, bool first)
{
    size_t count = 0;
    size_t index = 0;
    uint16_t wanted = type == LDNS_RR_TYPE_ANY ? 0 : type;
    const struct record *record = zone_next(zone, name, wanted, &index);
    for (; record; record = zone_next(zone, name, wanted, &index)) {
        push_record(lookup, record, first);
        count++;
    }
    bool soa = type == LDNS_RR_TYPE_SOA || type == LDNS_RR_TYPE_ANY;
    if (soa && strcmp(name, zone->name) == 0) {
        push_soa(lookup, zone, LDNS_SECTION_ANSWER, 3600);
        count++;
    }
    return count;
}

/* RFC 2308: the SOA in the authority section, for no such name and for no such type. */
static void push_negative(struct lookup *lookup, const struct zone *zone, const char *name)
{
    push_soa(lookup, zone, LDNS_SECTION_AUTHORITY, NEGATIVE_TTL);
    if (!zone_has_name(zone, name)) {
        ldns_pkt_set_rcode(lookup->answer, LDNS_RCODE_NXDOMAIN);
    }
}

/* The name a CNAME points to, if there is one at `name`; it is pushed. False: none. */
static bool follow(struct lookup *lookup, const struct zone *zone, char name[SBX_NAME_MAX],
                   bool first)
{
    size_t index = 0;
    const struct record *record = zone_next(zone, name, LDNS_RR_TYPE_CNAME, &index);
    if (!record) {
        return false;
    }
    push_record(lookup, record, first);
    ldns_rdf *target = ldns_dname_new_frm_str(record->data);
    bool ok = target && name_text(target, name);
    ldns_rdf_deep_free(target);
    lookup->failed = lookup->failed || !ok;
    return ok;
}

/* The zone cut at or above `name` and below the apex (RFC 1034 4.3.2, step 3b), or NULL. */
static const char *find_cut(const struct zone *zone, const char *name)
{
    while (strcmp(name, zone->name) != 0 && name_is_under(name, zone->name)) {
        size_t index = 0;
        if (zone_next(zone, name, LDNS_RR_TYPE_NS, &index)) {
            return name;
        }
        name = strchr(name, '.') + 1;
    }
    return NULL;
}

static void push_referral(struct lookup *lookup, const struct zone *zone, const char *cut)
{
    size_t index = 0;
    const struct record *record = zone_next(zone, cut, LDNS_RR_TYPE_NS, &index);
    for (; record; record = zone_next(zone, cut, LDNS_RR_TYPE_NS, &index)) {
        push(lookup, LDNS_SECTION_AUTHORITY, make_rr(cut, record->ttl, "NS", record->data));
    }
}

/* What a resolver inside says, where the zone has a second face (split horizon). */
static bool push_inner(struct lookup *lookup, const char *name)
{
    bool address = lookup->type == LDNS_RR_TYPE_A || lookup->type == LDNS_RR_TYPE_AAAA;
    const struct zone *zone = zone_find(lookup->s, name);
    if (!lookup->s->options.dns_split || !lookup->recursive || !address ||
        zone != &lookup->s->zones[ZONE_MANAGED]) {
        return false;
    }
    if (lookup->type == LDNS_RR_TYPE_A) {
        push(lookup, LDNS_SECTION_ANSWER, make_rr(name, NEGATIVE_TTL, "A", INNER));
    }
    return true;
}

static void resolve(struct lookup *lookup, char name[SBX_NAME_MAX])
{
    for (int hop = 0; hop < CNAME_HOPS; hop++) {
        const struct zone *zone = zone_find(lookup->s, name);
        zone = zone ? zone_shown(lookup->s, zone) : NULL;
        if (!zone && hop == 0) {
            ldns_pkt_set_rcode(lookup->answer, LDNS_RCODE_REFUSED);
            return;
        }
        const char *cut = zone ? find_cut(zone, name) : NULL;
        if (cut) {
            push_referral(lookup, zone, cut);
            return;
        }
        if (!zone) {
            return; /* the rest of the chain is for others to tell */
        }
        ldns_pkt_set_aa(lookup->answer, true);
        if (push_type(lookup, zone, name, lookup->type, hop == 0) > 0) {
            return;
        }
        if (!follow(lookup, zone, name, hop == 0)) {
            push_negative(lookup, zone, name);
            return;
        }
    }
}

static bool plain_question(const ldns_pkt *query, ldns_pkt *answer)
{
    if (ldns_pkt_get_opcode(query) != LDNS_PACKET_QUERY) {
        ldns_pkt_set_rcode(answer, LDNS_RCODE_NOTIMPL);
        return false;
    }
    if (ldns_pkt_qdcount(query) != 1) {
        ldns_pkt_set_rcode(answer, LDNS_RCODE_FORMERR);
        return false;
    }
    const ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(query), 0);
    ldns_rr_type type = ldns_rr_get_type(question);
    if (ldns_rr_get_class(question) != LDNS_RR_CLASS_IN || type == LDNS_RR_TYPE_AXFR ||
        type == LDNS_RR_TYPE_IXFR) {
        ldns_pkt_set_rcode(answer, LDNS_RCODE_REFUSED);
        return false;
    }
    return true;
}

/* RFC 2181 9: a cut answer needs no records; the client asks again over TCP. */
static void cut(ldns_pkt *answer)
{
    ldns_rr_list_deep_free(ldns_pkt_answer(answer));
    ldns_pkt_set_answer(answer, ldns_rr_list_new());
    ldns_pkt_set_ancount(answer, 0);
    ldns_rr_list_deep_free(ldns_pkt_authority(answer));
    ldns_pkt_set_authority(answer, ldns_rr_list_new());
    ldns_pkt_set_nscount(answer, 0);
    ldns_pkt_set_tc(answer, true);
}

/* What `ctl set dns-answers` makes of an answer. False: silence. */
static bool spoil(enum dns_answers how, ldns_pkt *answer)
{
    if (how == DNS_NO_AA) {
        ldns_pkt_set_aa(answer, false);
    } else if (how == DNS_SERVFAIL || how == DNS_REFUSED) {
        cut(answer);
        ldns_pkt_set_tc(answer, false);
        ldns_pkt_set_aa(answer, false);
        ldns_pkt_set_rcode(answer, how == DNS_REFUSED ? LDNS_RCODE_REFUSED : LDNS_RCODE_SERVFAIL);
    }
    return how != DNS_SILENT;
}

static bool look_up(struct lookup *lookup, char name[SBX_NAME_MAX], bool udp)
{
    struct sandbox *s = lookup->s;
    bool direct = !lookup->recursive && zone_find(s, name) == &s->zones[ZONE_MANAGED];
    enum dns_answers how = direct ? s->options.dns_answers : DNS_NORMAL;
    s->stats.dns_questions++;
    if (push_inner(lookup, name)) {
        return true;
    }
    resolve(lookup, name);
    if (how == DNS_CUT && udp) {
        cut(lookup->answer);
    }
    return spoil(how, lookup->answer);
}

/* False: silence. */
static bool fill(struct sandbox *s, const ldns_pkt *query, ldns_pkt *answer, bool udp)
{
    if (!plain_question(query, answer)) {
        return true;
    }
    const ldns_rr *question = ldns_rr_list_rr(ldns_pkt_question(query), 0);
    char name[SBX_NAME_MAX];
    struct lookup lookup = { .s = s,
                             .answer = answer,
                             .owner = ldns_rr_owner(question),
                             .type = (uint16_t)ldns_rr_get_type(question),
                             .recursive = ldns_pkt_rd(query) };
    if (!name_text(lookup.owner, name)) {
        ldns_pkt_set_rcode(answer, LDNS_RCODE_REFUSED);
        return true;
    }
    sandbox_lock(s);
    bool speaks = look_up(&lookup, name, udp);
    sandbox_unlock(s);
    if (lookup.failed) {
        ldns_pkt_set_rcode(answer, LDNS_RCODE_SERVFAIL);
    }
    return speaks;
}

static ldns_pkt *make_answer(const ldns_pkt *query)
{
    ldns_pkt *answer = ldns_pkt_new();
    if (!answer) {
        return NULL;
    }
    ldns_pkt_set_id(answer, ldns_pkt_id(query));
    ldns_pkt_set_qr(answer, true);
    ldns_pkt_set_opcode(answer, ldns_pkt_get_opcode(query));
    ldns_pkt_set_rd(answer, ldns_pkt_rd(query));
    for (size_t i = 0; i < ldns_pkt_qdcount(query); i++) {
        ldns_rr *question = ldns_rr_clone(ldns_rr_list_rr(ldns_pkt_question(query), i));
        if (!question || !ldns_pkt_push_rr(answer, LDNS_SECTION_QUESTION, question)) {
            ldns_rr_free(question);
        }
    }
    if (ldns_pkt_edns(query)) {
        ldns_pkt_set_edns_udp_size(answer, UDP_LARGE);
    }
    return answer;
}

static size_t udp_limit(const ldns_pkt *query)
{
    size_t limit = ldns_pkt_edns(query) ? ldns_pkt_edns_udp_size(query) : UDP_SMALL;
    limit = limit < UDP_SMALL ? UDP_SMALL : limit;
    return limit > UDP_LARGE ? UDP_LARGE : limit;
}

static uint8_t *wire(ldns_pkt *answer, size_t limit, size_t *size)
{
    uint8_t *out = NULL;
    if (ldns_pkt2wire(&out, answer, size) != LDNS_STATUS_OK) {
        return NULL;
    }
    if (*size <= limit) {
        return out;
    }
    free(out);
    out = NULL;
    cut(answer);
    return ldns_pkt2wire(&out, answer, size) == LDNS_STATUS_OK ? out : NULL;
}

/* A header is all that can be said to a message that cannot be read. */
static uint8_t *format_error(const uint8_t *message, size_t *size)
{
    uint8_t *out = calloc(1, HEADER);
    if (out) {
        memcpy(out, message, 2);
        out[2] = (uint8_t)(0x80u | (message[2] & 0x79u));
        out[3] = LDNS_RCODE_FORMERR;
        *size = HEADER;
    }
    return out;
}

uint8_t *dns_answer(struct sandbox *s, const uint8_t *message, size_t n, bool udp, size_t *size)
{
    ldns_pkt *query = NULL;
    if (n < HEADER || (message[2] & 0x80u)) {
        return NULL; /* answering an answer could start a loop */
    }
    if (ldns_wire2pkt(&query, message, n) != LDNS_STATUS_OK) {
        return format_error(message, size);
    }
    uint8_t *out = NULL;
    ldns_pkt *answer = make_answer(query);
    if (answer && fill(s, query, answer, udp)) {
        out = wire(answer, udp ? udp_limit(query) : 65535, size);
    }
    ldns_pkt_free(answer);
    ldns_pkt_free(query);
    return out;
}
