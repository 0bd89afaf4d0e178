/*
 * The records of a zone. Must not know who asks for them or why they change.
 */
#include "zone.h"

#include "names.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECORDS_MAX 200000

void zone_init(struct zone *zone, const char *name)
{
    (void)snprintf(zone->name, sizeof zone->name, "%s", name);
    zone->serial = 1;
}

static void record_free(struct record *record)
{
    free(record->name);
    free(record->data);
    *record = (struct record){ 0 };
}

void zone_free(struct zone *zone)
{
    for (size_t i = 0; i < zone->count; i++) {
        record_free(&zone->records[i]);
    }
    free(zone->records);
    zone->records = NULL;
    zone->count = 0;
    zone->cap = 0;
}

static bool copy_records(struct zone *to, const struct zone *from)
{
    bool ok = true;
    zone_free(to);
    zone_init(to, from->name);
    for (size_t i = 0; ok && i < from->count; i++) {
        const struct record *record = &from->records[i];
        ok = zone_add(to, record->name, record->type, record->ttl, record->data, record->owner);
    }
    to->serial = from->serial;
    return ok;
}

void zone_hold(struct sandbox *s)
{
    const struct zone *managed = &s->zones[ZONE_MANAGED];
    if (s->options.dns_lag_s == 0) {
        s->shown_until_ms = 0;
        return;
    }
    if (zone_shown(s, managed) == managed && !copy_records(&s->shown, managed)) {
        return; /* no memory: no lag */
    }
    s->shown_until_ms = sandbox_now_ms() + (int64_t)s->options.dns_lag_s * 1000;
}

const struct zone *zone_shown(struct sandbox *s, const struct zone *zone)
{
    bool lags = zone == &s->zones[ZONE_MANAGED] && sandbox_now_ms() < s->shown_until_ms;
    return lags ? &s->shown : zone;
}

static bool matches(const struct record *record, const char *name, uint16_t type)
{
    return (type == 0 || record->type == type) && strcmp(record->name, name) == 0;
}

bool zone_add(struct zone *zone, const char *name, uint16_t type, uint32_t ttl, const char *data,
              enum owner owner)
{
    size_t index = 0;
    const struct record *old = zone_next(zone, name, type, &index);
    while (old) {
        if (strcmp(old->data, data) == 0) {
            return true;
        }
        old = zone_next(zone, name, type, &index);
    }
    struct record *records =
        array_grow(zone->records, &zone->cap, zone->count, sizeof *records, RECORDS_MAX);
    if (!records) {
        return false;
    }
    zone->records = records;
    struct record record = { strdup(name), type, ttl, strdup(data), owner };
    if (!record.name || !record.data) {
        record_free(&record);
        return false;
    }
    zone->records[zone->count++] = record;
    zone->serial++;
    return true;
}

size_t zone_remove(struct zone *zone, const char *name, uint16_t type, unsigned owners)
{
    size_t kept = 0;
    for (size_t i = 0; i < zone->count; i++) {
        struct record *record = &zone->records[i];
        if (matches(record, name, type) && (owners & OWNER_BIT(record->owner))) {
            record_free(record);
        } else {
            zone->records[kept++] = *record;
        }
    }
    size_t removed = zone->count - kept;
    zone->count = kept;
    if (removed > 0) {
        zone->serial++;
    }
    return removed;
}

const struct record *zone_next(const struct zone *zone, const char *name, uint16_t type,
                               size_t *index)
{
    while (*index < zone->count) {
        const struct record *record = &zone->records[(*index)++];
        if (matches(record, name, type)) {
            return record;
        }
    }
    return NULL;
}

bool zone_has_name(const struct zone *zone, const char *name)
{
    if (strcmp(name, zone->name) == 0) {
        return true;
    }
    for (size_t i = 0; i < zone->count; i++) {
        if (name_is_under(zone->records[i].name, name)) {
            return true;
        }
    }
    return false;
}

struct zone *zone_find(struct sandbox *s, const char *name)
{
    struct zone *best = NULL;
    for (int i = 0; i < ZONE_COUNT; i++) {
        struct zone *zone = &s->zones[i];
        bool better = !best || strlen(zone->name) > strlen(best->name);
        if (better && name_is_under(name, zone->name)) {
            best = zone;
        }
    }
    return best;
}

void zone_soa(const struct zone *zone, struct buf *out)
{
    buf_printf(out, "ns1.%s. hostmaster.%s. %u 3600 600 86400 60", SBX_HOME_ZONE, SBX_HOME_ZONE,
               zone->serial);
}

static int compare(const void *a, const void *b)
{
    const struct record *x = *(const struct record *const *)a;
    const struct record *y = *(const struct record *const *)b;
    int order = strcmp(x->name, y->name);
    if (order == 0) {
        order = (int)x->type - (int)y->type;
    }
    return order ? order : strcmp(x->data, y->data);
}

const struct record **zone_sorted(const struct zone *zone)
{
    const struct record **sorted = calloc(zone->count + 1, sizeof *sorted);
    for (size_t i = 0; sorted && i < zone->count; i++) {
        sorted[i] = &zone->records[i];
    }
    if (sorted && zone->count > 1) {
        qsort(sorted, zone->count, sizeof *sorted, compare);
    }
    return sorted;
}

const char *zone_type_name(uint16_t type, char buffer[16])
{
    const ldns_rr_descriptor *descriptor = ldns_rr_descript(type);
    if (descriptor && descriptor->_name) {
        return descriptor->_name;
    }
    (void)snprintf(buffer, 16, "TYPE%u", type);
    return buffer;
}

void zone_print(const struct zone *zone, struct buf *out)
{
    const struct record **sorted = zone_sorted(zone);
    if (!sorted) {
        out->failed = true;
        return;
    }
    buf_printf(out, "$ORIGIN %s.\n%s. 3600 IN SOA ", zone->name, zone->name);
    zone_soa(zone, out);
    buf_str(out, "\n");
    for (size_t i = 0; i < zone->count; i++) {
        char type[16];
        buf_printf(out, "%s. %u IN %s %s\n", sorted[i]->name, sorted[i]->ttl,
                   zone_type_name(sorted[i]->type, type), sorted[i]->data);
    }
    free(sorted);
}
