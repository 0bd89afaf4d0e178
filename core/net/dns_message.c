/* Reads one DNS answer, strictly: header, question, CNAME chain, records.  Pure; knows neither
 * sockets nor c-ares. */
#include "net/dns_message.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { HEADER = 12, NAME_MAX_WIRE = 255, LABEL_MAX = 63, CLASS_IN = 1, RR_FIXED = 10 };
enum { RR_A = 1, RR_NS = 2, RR_CNAME = 5, RR_TXT = 16, RR_AAAA = 28 };
enum { RCODE_OK = 0, RCODE_NXDOMAIN = 3 };

static const unsigned wanted[] = {
    [DNS_A] = RR_A, [DNS_AAAA] = RR_AAAA, [DNS_TXT] = RR_TXT, [DNS_NS] = RR_NS
};

/* A name as labels with their lengths, upper case folded, ended by the root's 0. */
struct name {
    uint8_t wire[NAME_MAX_WIRE];
    size_t len;
};

struct reader {
    const uint8_t *data;
    size_t len, at;
};

struct record {
    struct name owner;
    unsigned type, class;
    size_t data, data_len; /* offset of its data in the message */
};

const char *dns_type_name(enum dns_type type)
{
    static const char *const names[] = {
        [DNS_A] = "A", [DNS_AAAA] = "AAAA", [DNS_TXT] = "TXT", [DNS_NS] = "NS"
    };
    return names[type];
}

const char *dns_rcode_name(int rcode)
{
    static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
                                         "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
                                         "NXRRSET", "NOTAUTH", "NOTZONE" };
    size_t count = sizeof(names) / sizeof(names[0]);
    return rcode >= 0 && (size_t)rcode < count ? names[rcode] : "an unknown code";
}

void dns_answer_fail(struct dns_answer *out, enum dns_status status, enum error_class class,
                     const char *format, ...)
{
    char text[ERROR_TEXT_MAX] = "";
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    *out = (struct dns_answer){ .status = status };
    error_set(&out->error, class, "%s", text);
}

/* -- names ----------------------------------------------------------------------------------- */

static uint8_t folded(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

static bool name_add(struct name *name, const uint8_t *label, size_t len)
{
    if (name->len + 1 + len > NAME_MAX_WIRE)
        return false;
    name->wire[name->len++] = (uint8_t)len;
    for (size_t i = 0; i < len; i++)
        name->wire[name->len++] = folded(label[i]);
    return true;
}

static bool name_equal(const struct name *a, const struct name *b)
{
    return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

/* From text; a final dot is allowed. */
static bool name_from_text(const char *text, struct name *out)
{
    *out = (struct name){ 0 };
    while (*text) {
        size_t len = strcspn(text, ".");
        if (len == 0 || len > LABEL_MAX || !name_add(out, (const uint8_t *)text, len))
            return false;
        text += len;
        text += *text == '.';
    }
    return name_add(out, NULL, 0);
}

/* From the message, at R, which moves behind it.  A pointer must lead backwards (RFC 1035, 4.1.4:
 * "a prior occurrence"), so that there is an end. */
static bool name_read(struct reader *r, struct name *out)
{
    size_t at = r->at, limit = r->at;
    bool jumped = false;
    *out = (struct name){ 0 };
    while (at < r->len) {
        size_t len = r->data[at];
        if (len <= LABEL_MAX) {
            if (len > r->len - at - 1 || !name_add(out, r->data + at + 1, len))
                return false;
            at += 1 + len;
            if (!jumped)
                r->at = at;
            if (len == 0)
                return true;
            continue;
        }
        if (len < 0xc0 || r->len - at < 2)
            return false;
        if (!jumped)
            r->at = at + 2;
        jumped = true;
        at = (len & 0x3f) << 8 | r->data[at + 1];
        if (at >= limit)
            return false;
        limit = at;
    }
    return false;
}

/* False: a label has bytes that no name of a host or zone has. */
static bool name_text(const struct name *name, char out[FQDN_MAX])
{
    size_t len = 0;
    for (size_t at = 0; name->wire[at] != 0; at += 1U + name->wire[at]) {
        if (len + name->wire[at] + 2U > FQDN_MAX)
            return false;
        for (size_t i = 1; i <= name->wire[at]; i++) {
            uint8_t byte = name->wire[at + i];
            if (!isalnum(byte) && byte != '-' && byte != '_')
                return false;
            out[len++] = (char)byte;
        }
        out[len++] = '.';
    }
    out[len > 0 ? len - 1 : 0] = '\0';
    return len > 0;
}

/* -- records --------------------------------------------------------------------------------- */

static unsigned u16(const struct reader *r, size_t at)
{
    return (unsigned)r->data[at] << 8 | r->data[at + 1];
}

static bool record_read(struct reader *r, struct record *out)
{
    if (!name_read(r, &out->owner) || r->len - r->at < RR_FIXED)
        return false;
    out->type = u16(r, r->at);
    out->class = u16(r, r->at + 2);
    out->data_len = u16(r, r->at + 8);
    out->data = r->at + RR_FIXED;
    if (out->data_len > r->len - out->data)
        return false;
    r->at = out->data + out->data_len;
    return true;
}

/* Replaces NAME by the target of its CNAME when the answers from R on have one.  False: malformed.
 */
static bool follow(struct reader r, unsigned count, struct name *name, bool *found)
{
    struct record record = { 0 };
    *found = false;
    for (unsigned i = 0; i < count && !*found; i++) {
        if (!record_read(&r, &record))
            return false;
        if (record.type != RR_CNAME || record.class != CLASS_IN || !name_equal(&record.owner, name))
            continue;
        struct reader target = { .data = r.data,
                                 .len = record.data + record.data_len,
                                 .at = record.data };
        if (!name_read(&target, name) || target.at != target.len)
            return false;
        *found = true;
    }
    return true;
}

/* Follows CNAMEs until a name has none.  False: malformed, or more than DNS_CNAMES_MAX of them. */
static bool chain_end(struct reader r, unsigned count, struct name *name)
{
    for (int hops = 0; hops <= DNS_CNAMES_MAX; hops++) {
        bool found = false;
        if (!follow(r, count, name, &found))
            return false;
        if (!found)
            return true;
    }
    return false;
}

static void take_addr(const uint8_t *data, size_t len, int family, struct dns_answer *out)
{
    if (len != (family == 4 ? 4U : 16U))
        return;
    struct dcddns_addr *addr = &out->addrs[out->count++];
    *addr = (struct dcddns_addr){ .family = (uint8_t)family };
    memcpy(addr->ip, data, len);
}

/* Joins the strings of one TXT record into SPACE.  A text that is too long or holds a NUL is left
 * out: what uses it could only misread it. */
static void take_text(const uint8_t *data, size_t len, char **space, struct dns_answer *out)
{
    char *text = *space;
    size_t used = 0;
    for (size_t at = 0; at < len;) {
        size_t part = data[at++];
        if (part > len - at)
            return;
        memcpy(text + used, data + at, part);
        used += part;
        at += part;
    }
    if (used >= DNS_TXT_MAX || memchr(text, '\0', used))
        return;
    text[used] = '\0';
    *space += used + 1;
    out->txts[out->count++] = text;
}

/* A name of a server; one that cannot be asked for is left out. */
static void take_name(const struct reader *r, const struct record *record, char **space,
                      struct dns_answer *out)
{
    struct reader target = { .data = r->data,
                             .len = record->data + record->data_len,
                             .at = record->data };
    struct name name = { 0 };
    char text[FQDN_MAX] = "";
    if (!name_read(&target, &name) || target.at != target.len || !name_text(&name, text))
        return;
    size_t size = strlen(text) + 1;
    memcpy(*space, text, size);
    out->txts[out->count++] = *space;
    *space += size;
}

/* The records of TYPE that NAME owns.  False: malformed; *SEEN counts those left out, too. */
static bool collect(struct reader r, unsigned count, const struct name *name, enum dns_type type,
                    char *space, struct dns_answer *out, size_t *seen)
{
    struct record record = { 0 };
    for (unsigned i = 0; i < count; i++) {
        if (!record_read(&r, &record))
            return false;
        if (record.type != wanted[type] || record.class != CLASS_IN ||
            !name_equal(&record.owner, name) || out->count == DNS_RECORDS_MAX)
            continue;
        ++*seen;
        const uint8_t *data = r.data + record.data;
        if (type == DNS_TXT)
            take_text(data, record.data_len, &space, out);
        else if (type == DNS_NS)
            take_name(&r, &record, &space, out);
        else
            take_addr(data, record.data_len, type == DNS_A ? 4 : 6, out);
    }
    return true;
}

/* -- the message ----------------------------------------------------------------------------- */

/* Why the header or the question is not that of an answer to NAME and TYPE; NULL: it is. */
static const char *header_fault(struct reader *r, const struct name *name, enum dns_type type)
{
    if (r->len < HEADER)
        return "it is too short";
    if (!(r->data[2] & 0x80))
        return "it is a query, not a response";
    if (r->data[2] & 0x78)
        return "its opcode is not QUERY";
    if (u16(r, 4) != 1)
        return "it does not repeat the question";
    struct name asked = { 0 };
    r->at = HEADER;
    if (!name_read(r, &asked) || r->len - r->at < 4)
        return "its question is malformed";
    if (!name_equal(&asked, name) || u16(r, r->at) != wanted[type] || u16(r, r->at + 2) != CLASS_IN)
        return "it answers another question";
    r->at += 4;
    return NULL;
}

static void read_records(struct reader *r, struct name *name, enum dns_type type, char *space,
                         const char *shown, struct dns_answer *out)
{
    unsigned count = u16(r, 6);
    size_t seen = 0;
    if (!chain_end(*r, count, name))
        dns_answer_fail(out, DNS_TEMP, ERR_TEMP,
                        "the DNS answer for %s is malformed or its chain "
                        "of CNAMEs is too long; try again later",
                        shown);
    else if (!collect(*r, count, name, type, space, out, &seen))
        dns_answer_fail(out, DNS_TEMP, ERR_TEMP,
                        "the DNS answer for %s is malformed; try again "
                        "later",
                        shown);
    else if (out->count > 0)
        out->status = DNS_OK;
    else if (seen > 0)
        dns_answer_fail(out, DNS_TEMP, ERR_TEMP,
                        "the %s records of %s are malformed or too long; "
                        "ask whoever runs its DNS to correct them",
                        dns_type_name(type), shown);
    else
        dns_answer_fail(out, DNS_NODATA, ERR_PERM, "%s has no %s record in DNS", shown,
                        dns_type_name(type));
}

/* The owner of the first NS record of the authority section, R being behind the question: where a
 * server that does not speak for a name sends us. */
static void note_referral(struct reader r, struct dns_answer *out)
{
    unsigned answers = u16(&r, 6), authority = u16(&r, 8);
    struct record record = { 0 };
    for (unsigned i = 0; i < answers + authority; i++) {
        if (!record_read(&r, &record))
            return;
        if (i < answers || record.type != RR_NS || record.class != CLASS_IN)
            continue;
        if (!name_text(&record.owner, out->cut))
            out->cut[0] = '\0';
        return;
    }
}

/* What the message says beside records; R is behind the question. */
static void note_message(const struct reader *r, const struct name *name, struct dns_answer *out)
{
    struct name owner = *name;
    out->replied = true;
    out->authoritative = (r->data[2] & 0x04) != 0;
    out->rcode = r->data[3] & 0x0f;
    if (!follow(*r, u16(r, 6), &owner, &out->alias))
        out->alias = false;
    if (out->rcode == RCODE_OK && !out->authoritative && !out->alias && out->count == 0)
        note_referral(*r, out);
}

void dns_message_read(const uint8_t *message, size_t len, const char *name, enum dns_type type,
                      char *space, struct dns_answer *out)
{
    struct reader r = { .data = message, .len = len };
    struct name owner = { 0 };
    char shown[TEXT_ESCAPED_MAX] = "";
    text_escape(name, strlen(name), shown);
    *out = (struct dns_answer){ .status = DNS_TEMP };
    const char *fault =
        name_from_text(name, &owner) ? header_fault(&r, &owner, type) : "the name is not one";
    if (fault) {
        dns_answer_fail(out, DNS_TEMP, ERR_TEMP, "the DNS answer for %s was not used: %s", shown,
                        fault);
        return;
    }
    const struct name asked = owner;
    int rcode = message[3] & 0x0f;
    if (rcode == RCODE_OK)
        read_records(&r, &owner, type, space, shown, out);
    else if (rcode == RCODE_NXDOMAIN)
        dns_answer_fail(out, DNS_NXDOMAIN, ERR_PERM, "%s does not exist in DNS (NXDOMAIN)", shown);
    else
        dns_answer_fail(out, DNS_TEMP, ERR_TEMP,
                        "the DNS server answered %s for %s (%s); try again "
                        "later",
                        dns_rcode_name(rcode), shown, dns_type_name(type));
    note_message(&r, &asked, out);
}
