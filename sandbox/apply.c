/*
 * Templates into records, with the conflict rules of Domain Connect. Must not know how tokens are
 * made or how the request arrived.
 */
#include "apply.h"

#include "consent.h"
#include "names.h"
#include "oauth.h"
#include "zone.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct template_record {
    enum service service;
    const char *group;    /* NULL: in no group */
    const char *variable; /* its value is the data */
    int family;
    uint16_t type;
    uint32_t ttl;
};

static const struct template_record template_records[] = {
    { SERVICE_V1, NULL, "IP", AF_INET, LDNS_RR_TYPE_A, 600 },
    { SERVICE_V2, "IPv4", "IPv4", AF_INET, LDNS_RR_TYPE_A, 60 },
    { SERVICE_V2, "IPv6", "IPv6", AF_INET6, LDNS_RR_TYPE_AAAA, 60 },
};

#define RECORD_COUNT (sizeof template_records / sizeof template_records[0])

/* A checked request: what to do, where. */
struct target {
    struct zone *zone;
    enum service service;
    char host[SBX_NAME_MAX];
    char name[SBX_NAME_MAX];
};

/* The records one apply will set. */
struct change {
    const struct template_record *records[RECORD_COUNT];
    char data[RECORD_COUNT][INET6_ADDRSTRLEN];
    size_t count;
};

static void note_request(const struct request *request, struct reply *reply)
{
    static const char *const names[] = {
        "domain", "host", "IPv4", "IPv6", "IP", "groupId", "force"
    };
    reply_note(reply, "service", request->capture);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = params_get(&request->query, names[i]);
        if (value) {
            reply_note(reply, names[i], value);
        }
    }
}

static const struct grant *authorize(struct sandbox *s, const struct request *request,
                                     struct reply *reply)
{
    const char *header = request->authorization;
    const struct grant *grant = NULL;
    if (header && strncasecmp(header, "Bearer ", 7) == 0) {
        grant = oauth_bearer(s, header + 7 + strspn(header + 7, " "));
    }
    if (!grant) {
        reply_refusal(reply, 401, "The access token is missing, unknown or expired.");
        reply->bearer_challenge = true;
    }
    return grant;
}

static bool read_target(struct sandbox *s, const struct request *request, struct target *target,
                        struct reply *reply)
{
    const char *domain = params_get(&request->query, "domain");
    const char *host = params_get(&request->query, "host");
    char clean[SBX_NAME_MAX] = "";
    target->zone = &s->zones[ZONE_MANAGED];
    target->service = service_by_name(request->capture);
    if (target->service == SERVICE_COUNT || !(s->options.templates & (1u << target->service))) {
        reply_refusal(reply, 404, "This template is not onboarded here.");
        return false;
    }
    if (!request->query_ok || params_duplicate(&request->query) || !domain ||
        !name_normalise(clean, sizeof clean, domain)) {
        reply_refusal(reply, 400, "The domain is missing, or a parameter is broken or twice.");
        return false;
    }
    if (strcmp(clean, target->zone->name) != 0) {
        reply_refusal(reply, 403, "The grant does not cover this domain.");
        return false;
    }
    bool apex = !host || host[0] == '\0';
    if ((!apex && !name_normalise(target->host, sizeof target->host, host)) ||
        !name_join(target->name, sizeof target->name, target->host, target->zone->name)) {
        reply_refusal(reply, 400, "The host is not a host name.");
        return false;
    }
    return true;
}

static bool covered(const struct grant *grant, const struct target *target, struct reply *reply)
{
    if (!(grant->ask.services & (1u << target->service)) ||
        !hosts_have(grant->ask.hosts, target->host)) {
        reply_refusal(reply, 403, "The grant does not cover this host and template.");
        return false;
    }
    return true;
}

/* Who asks, for what, and may they: fills target and returns true, or answers. */
static bool admit(struct sandbox *s, const struct request *request, struct target *target,
                  struct reply *reply)
{
    note_request(request, reply);
    const struct grant *grant = authorize(s, request, reply);
    return grant && read_target(s, request, target, reply) && covered(grant, target, reply);
}

static bool group_exists(enum service service, const char *group)
{
    for (size_t i = 0; i < RECORD_COUNT; i++) {
        const struct template_record *record = &template_records[i];
        if (record->service == service && record->group && strcmp(record->group, group) == 0) {
            return true;
        }
    }
    return false;
}

struct group_check {
    enum service service;
    bool unknown;
};

static void check_group(const char *group, void *arg)
{
    struct group_check *check = arg;
    check->unknown = check->unknown || !group_exists(check->service, group);
}

static bool read_change(const struct request *request, enum service service, struct change *change,
                        struct reply *reply)
{
    const char *groups = params_get(&request->query, "groupId");
    struct group_check check = { service, false };
    if (groups && groups[0]) {
        hosts_each(groups, check_group, &check);
    }
    if (check.unknown) {
        reply_refusal(reply, 400, "The template has no such groupId.");
        return false;
    }
    for (size_t i = 0; i < RECORD_COUNT; i++) {
        const struct template_record *record = &template_records[i];
        bool all = !groups || groups[0] == '\0';
        if (record->service != service || (!all && !hosts_have(groups, record->group))) {
            continue;
        }
        const char *value = params_get(&request->query, record->variable);
        unsigned char binary[16];
        char *data = change->data[change->count];
        if (!value || inet_pton(record->family, value, binary) != 1 ||
            !inet_ntop(record->family, binary, data, INET6_ADDRSTRLEN)) {
            reply_refusal(reply, 400, "A variable of the template is missing or not an address.");
            return false;
        }
        change->records[change->count++] = record;
    }
    return true;
}

/* A template that sets an address conflicts with these; other types stay untouched. */
static bool conflicts(const struct record *record)
{
    return record->type == LDNS_RR_TYPE_A || record->type == LDNS_RR_TYPE_AAAA ||
           record->type == LDNS_RR_TYPE_CNAME;
}

static cJSON *list_conflicts(const struct target *target)
{
    cJSON *list = cJSON_CreateArray();
    size_t index = 0;
    const struct record *record = zone_next(target->zone, target->name, 0, &index);
    for (; record; record = zone_next(target->zone, target->name, 0, &index)) {
        if (!conflicts(record) || record->owner != OWNER_NOBODY) {
            continue;
        }
        char type[16];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "type", zone_type_name(record->type, type));
        cJSON_AddStringToObject(item, "host", target->host[0] ? target->host : "@");
        cJSON_AddStringToObject(item, "data", record->data);
        cJSON_AddItemToArray(list, item);
    }
    return list;
}

static void refuse_conflict(struct reply *reply, cJSON *list)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "code", "409");
    cJSON_AddStringToObject(json, "message", "Conflicting records");
    cJSON_AddItemToObject(json, "records", list);
    reply_json(reply, 409, json);
}

static bool sets(const struct change *change, uint16_t type)
{
    for (size_t i = 0; i < change->count; i++) {
        if (change->records[i]->type == type) {
            return true;
        }
    }
    return false;
}

/* ALL: A and AAAA are in each other's way, as the rules have it; else each only in its own. */
static void set_records(struct sandbox *s, const struct target *target, const struct change *change,
                        bool all)
{
    static const uint16_t types[] = { LDNS_RR_TYPE_A, LDNS_RR_TYPE_AAAA, LDNS_RR_TYPE_CNAME };
    zone_hold(s);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (all || types[i] == LDNS_RR_TYPE_CNAME || sets(change, types[i])) {
            (void)zone_remove(target->zone, target->name, types[i], OWNER_ANY);
        }
    }
    for (size_t i = 0; i < change->count; i++) {
        const struct template_record *record = change->records[i];
        (void)zone_add(target->zone, target->name, record->type, record->ttl, change->data[i],
                       service_owner(record->service));
    }
}

static void apply(struct sandbox *s, const struct request *request, struct reply *reply)
{
    struct target target = { 0 };
    struct change change = { 0 };
    if (!admit(s, request, &target, reply) ||
        !read_change(request, target.service, &change, reply)) {
        return;
    }
    const char *force = params_get(&request->query, "force");
    bool forced = force && (strcmp(force, "1") == 0 || strcasecmp(force, "true") == 0);
    cJSON *list = list_conflicts(&target);
    if (cJSON_GetArraySize(list) > 0 && !forced) {
        refuse_conflict(reply, list);
        return;
    }
    cJSON_Delete(list);
    set_records(s, &target, &change, s->options.address_conflict);
    reply_json(reply, s->options.apply_status, cJSON_CreateObject());
}

void apply_endpoint(struct sandbox *s, const struct request *request, struct reply *reply)
{
    apply(s, request, reply);
    if (reply->status < 300) {
        s->stats.applies_accepted++;
    } else {
        s->stats.applies_refused++;
    }
}

void apply_revert(struct sandbox *s, const struct request *request, struct reply *reply)
{
    struct target target = { 0 };
    if (!s->options.revert) {
        note_request(request, reply);
        reply_refusal(reply, 501, "This provider does not support revert.");
        return;
    }
    if (!admit(s, request, &target, reply)) {
        return;
    }
    (void)zone_remove(target.zone, target.name, 0, OWNER_BIT(service_owner(target.service)));
    s->stats.reverts++;
    reply_text(reply, 204, "");
}
