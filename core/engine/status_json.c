/* A status as JSON and back; see status.h.  The members are tables, read in both directions, so
 * that what is written can be read. */
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/status.h"

#define INTEGER_MAX (INT64_C(1) << 53) /* JSON numbers are doubles */

enum kind {
    TEXT,   /* char[]; left out when empty */
    ADDR,   /* left out when there is none */
    NUMBER, /* int64_t */
    COUNT,  /* int */
    DAYS,   /* int; left out when negative */
    FLAG,
    STATE,     /* enum record_state */
    DNS_STATE, /* enum record_dns_state */
    CLASS      /* enum error_class */
};

struct member {
    const char *name;
    enum kind kind;
    size_t offset, size;
};

#define MEMBER(owner, label, kind, part)                                                           \
    {                                                                                              \
        label, kind, offsetof(struct owner, part), sizeof(((struct owner *)NULL)->part)            \
    }

static const struct member of_status[] = {
    MEMBER(status, "version", TEXT, version),
    MEMBER(status, "live", FLAG, live),
    MEMBER(status, "taken_at_ms", NUMBER, taken_at_ms),
    MEMBER(status, "daemon_pid", NUMBER, daemon_pid),
    MEMBER(status, "daemon_since_at_ms", NUMBER, daemon_since_at_ms),
    MEMBER(status, "unsaved_tokens", NUMBER, unsaved_tokens),
    { 0 },
};

static const struct member of_host[] = {
    MEMBER(status_host, "name", TEXT, name),
    MEMBER(status_host, "state", STATE, state),
    MEMBER(status_host, "checked_at_ms", NUMBER, checked_at_ms),
    MEMBER(status_host, "success_at_ms", NUMBER, success_at_ms),
    MEMBER(status_host, "next_at_ms", NUMBER, next_at_ms),
    MEMBER(status_host, "next_check_at_ms", NUMBER, next_check_at_ms),
    MEMBER(status_host, "failures", COUNT, failures),
    MEMBER(status_host, "error_class", CLASS, error_class),
    MEMBER(status_host, "error", TEXT, error),
    MEMBER(status_host, "grant_error", TEXT, grant.error.text),
    { 0 },
};

static const struct member of_family[] = {
    MEMBER(status_family, "published", ADDR, published),
    MEMBER(status_family, "observed", ADDR, observed),
    MEMBER(status_family, "candidate", ADDR, candidate),
    MEMBER(status_family, "source", TEXT, source),
    MEMBER(status_family, "published_at_ms", NUMBER, published_at_ms),
    MEMBER(status_family, "observed_at_ms", NUMBER, observed_at_ms),
    MEMBER(status_family, "lost_at_ms", NUMBER, lost_at_ms),
    { 0 },
};

static const struct member of_dns[] = {
    MEMBER(status_dns, "state", DNS_STATE, state),
    MEMBER(status_dns, "asked_at_ms", NUMBER, asked_at_ms),
    MEMBER(status_dns, "current_at_ms", NUMBER, current_at_ms),
    MEMBER(status_dns, "drifts", COUNT, drifts),
    MEMBER(status_dns, "gave_up", FLAG, gave_up),
    MEMBER(status_dns, "says", TEXT, says),
    { 0 },
};

static const struct member of_grant[] = {
    MEMBER(status_grant, "provider", TEXT, provider),
    MEMBER(status_grant, "zone", TEXT, zone),
    MEMBER(status_grant, "hosts", TEXT, hosts),
    MEMBER(status_grant, "template", TEXT, template),
    MEMBER(status_grant, "control_panel", TEXT, control_panel),
    MEMBER(status_grant, "granted_at_ms", NUMBER, granted_at_ms),
    MEMBER(status_grant, "refreshed_at_ms", NUMBER, refreshed_at_ms),
    MEMBER(status_grant, "days_left", DAYS, days_left),
    MEMBER(status_grant, "needs_consent", FLAG, needs_consent),
    MEMBER(status_grant, "pkce", TEXT, pkce),
    { 0 },
};

static bool write_member(struct json *json, const struct member *m, const char *at)
{
    char addr[ADDR_TEXT_MAX] = "";
    int count = 0;

    if (m->kind == COUNT || m->kind == DAYS)
        memcpy(&count, at, sizeof(count));
    switch (m->kind) {
    case TEXT:
        return !at[0] || json_set_string(json, m->name, at);
    case ADDR:
        addr_text((const struct dcddns_addr *)(const void *)at, addr);
        return !addr[0] || json_set_string(json, m->name, addr);
    case NUMBER:
        return json_set_integer(json, m->name, *(const int64_t *)(const void *)at);
    case DAYS:
        return count < 0 || json_set_integer(json, m->name, count);
    case COUNT:
        return json_set_integer(json, m->name, count);
    case FLAG:
        return json_set_bool(json, m->name, *(const bool *)(const void *)at);
    case STATE:
        return json_set_string(json, m->name,
                               record_state_name(*(const enum record_state *)(const void *)at));
    case DNS_STATE:
        return json_set_string(json, m->name,
                               record_dns_name(*(const enum record_dns_state *)(const void *)at));
    default:
        return json_set_string(json, m->name,
                               error_class_name(*(const enum error_class *)(const void *)at));
    }
}

static bool write_members(struct json *json, const struct member *list, const void *from)
{
    for (const struct member *m = list; m->name; m++) {
        if (!write_member(json, m, (const char *)from + m->offset))
            return false;
    }
    return json != NULL;
}

static bool write_object(struct json *parent, const char *name, const struct member *list,
                         const void *from)
{
    struct json *object = json_new_object();
    bool good = write_members(object, list, from);
    return json_set(parent, name, object) && good;
}

static bool write_host(struct json *list, const struct status_host *h)
{
    struct json *json = json_new_object();
    bool good = write_members(json, of_host, h) &&
                (!h->v4.wanted || write_object(json, "ipv4", of_family, &h->v4)) &&
                (!h->v6.wanted || write_object(json, "ipv6", of_family, &h->v6)) &&
                (h->dns.asked_at_ms == 0 || write_object(json, "dns", of_dns, &h->dns)) &&
                json_set_string(json, "grant_state", h->grant.state) &&
                (!h->grant.found || write_object(json, "grant", of_grant, &h->grant));
    return json_append(list, json) && good;
}

struct json *status_to_json(const struct status *s)
{
    struct json *json = json_new_object(), *hosts = json_new_array();
    bool good =
        json_set_integer(json, "schema", STATUS_SCHEMA) && write_members(json, of_status, s);

    for (size_t i = 0; good && i < s->host_count; i++)
        good = write_host(hosts, &s->hosts[i]);
    if (!json_set(json, "hosts", hosts) || !good)
        json_free(&json);
    return json;
}

static enum record_state state_by_name(const char *name)
{
    for (int i = RECORD_NEW; name && i <= RECORD_PAUSED; i++) {
        if (strcmp(record_state_name((enum record_state)i), name) == 0)
            return (enum record_state)i;
    }
    return RECORD_NEW;
}

static enum record_dns_state dns_state_by_name(const char *name)
{
    for (int i = RECORD_DNS_UNKNOWN; name && i <= RECORD_DNS_DELEGATED; i++) {
        if (strcmp(record_dns_name((enum record_dns_state)i), name) == 0)
            return (enum record_dns_state)i;
    }
    return RECORD_DNS_UNKNOWN;
}

static void read_number(const struct json *json, const struct member *m, char *at)
{
    int64_t number = 0;
    const bool wide = m->kind == NUMBER;
    bool good = json_integer(json, m->name, 0, wide ? INTEGER_MAX : INT_MAX, &number);
    int count = good ? (int)number : m->kind == DAYS ? -1 : 0;

    if (wide)
        memcpy(at, &number, sizeof(number));
    else
        memcpy(at, &count, sizeof(count));
}

static void read_member(const struct json *json, const struct member *m, char *at)
{
    const char *text = json_string(json, m->name);

    switch (m->kind) {
    case TEXT:
        snprintf(at, m->size, "%s", text ? text : "");
        break;
    case ADDR:
        if (text)
            addr_parse(text, (struct dcddns_addr *)(void *)at);
        break;
    case FLAG:
        *(bool *)(void *)at = json_bool(json, m->name, false);
        break;
    case STATE:
        *(enum record_state *)(void *)at = state_by_name(text);
        break;
    case DNS_STATE:
        *(enum record_dns_state *)(void *)at = dns_state_by_name(text);
        break;
    case CLASS:
        *(enum error_class *)(void *)at = error_class_by_name(text);
        break;
    default:
        read_number(json, m, at);
        break;
    }
}

static void read_members(const struct json *json, const struct member *list, void *to)
{
    for (const struct member *m = list; m->name; m++)
        read_member(json, m, (char *)to + m->offset);
}

static void read_family(const struct json *json, const char *name, struct status_family *out)
{
    const struct json *object = json_get(json, name);
    out->wanted = json_is_object(object);
    read_members(object, of_family, out);
}

/* The words are few and the struct only points at them. */
static const char *grant_state(const char *text)
{
    static const char *const states[] = { "none",    "pending-consent", "active",    "refreshing",
                                          "probing", "needs-consent",   "unreadable" };
    for (size_t i = 0; text && i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(states[i], text) == 0)
            return states[i];
    }
    return "unknown";
}

static void read_host(const struct json *json, struct status_host *out)
{
    const struct json *grant = json_get(json, "grant");

    read_members(json, of_host, out);
    text_tame(out->grant.error.text); /* goes to a terminal as it is */
    read_family(json, "ipv4", &out->v4);
    read_family(json, "ipv6", &out->v6);
    read_members(json_get(json, "dns"), of_dns, &out->dns);
    out->grant.found = json_is_object(grant);
    read_members(grant, of_grant, &out->grant);
    out->grant.state = grant_state(json_string(json, "grant_state"));
}

int status_from_json(const struct json *json, struct status *out)
{
    const struct json *hosts = json_get(json, "hosts");
    int64_t schema = 0;
    size_t count = 0;

    *out = (struct status){ 0 };
    if (!json_integer(json, "schema", STATUS_SCHEMA, STATUS_SCHEMA, &schema))
        return -1;
    read_members(json, of_status, out);
    for (const struct json *at = json_first(hosts); at; at = json_next(at))
        count++;
    out->hosts = mem_new(count, sizeof(*out->hosts));
    if (!out->hosts)
        return -1;
    for (const struct json *at = json_first(hosts); at; at = json_next(at))
        read_host(at, &out->hosts[out->host_count++]);
    return 0;
}
