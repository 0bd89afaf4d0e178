/* All hosts' records as a sorted table in memory.  Must not know of the file behind it, nor what
 * the state of a host means. */
#include "state/records.h"

#include <string.h>

#include "base/mem.h"
#include "state/records_table.h"

/* Place of FQDN, or where it belongs. */
static size_t place(const struct records *records, const char *fqdn, bool *there)
{
    size_t low = 0;
    size_t high = records->count;
    *there = false;
    while (low < high && !*there) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(records->sorted[middle]->record.fqdn, fqdn);
        *there = order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return *there ? high : low;
}

static struct entry *lookup(const struct records *records, const char *fqdn)
{
    bool there = false;
    size_t i = place(records, fqdn, &there);
    return there ? records->sorted[i] : NULL;
}

static bool make_room(struct records *records)
{
    if (records->count < records->cap)
        return true;
    size_t cap = records->cap ? records->cap * 2 : 16;
    struct entry **sorted = mem_resize(records->sorted, cap * sizeof(struct entry *));
    if (!sorted)
        return false;
    records->sorted = sorted;
    records->cap = cap;
    return true;
}

struct entry *records_entry(struct records *records, const char *fqdn)
{
    bool there = false;
    size_t i = place(records, fqdn, &there);
    size_t len = strlen(fqdn);
    if (there)
        return records->sorted[i];
    if (len == 0 || len >= FQDN_MAX || !make_room(records))
        return NULL;
    struct entry *entry = mem_new(1, sizeof(*entry));
    if (!entry)
        return NULL;
    memcpy(entry->record.fqdn, fqdn, len + 1);
    memmove(records->sorted + i + 1, records->sorted + i,
            (records->count - i) * sizeof(struct entry *));
    records->sorted[i] = entry;
    records->count++;
    return entry;
}

void records_blank(struct record *record)
{
    struct record empty = { 0 };
    memcpy(empty.fqdn, record->fqdn, sizeof(empty.fqdn));
    *record = empty;
}

struct record *records_get(struct records *records, const char *fqdn)
{
    struct entry *entry = records_entry(records, fqdn);
    if (!entry)
        return NULL;
    entry->live = true;
    return &entry->record;
}

struct record *records_find(struct records *records, const char *fqdn)
{
    struct entry *entry = lookup(records, fqdn);
    return entry && entry->live ? &entry->record : NULL;
}

void records_remove(struct records *records, const char *fqdn)
{
    struct entry *entry = records_entry(records, fqdn);
    if (!entry)
        return;
    entry->live = false;
    entry->removed = true;
    records_blank(&entry->record);
}

bool records_dirty(const struct records *records)
{
    for (size_t i = 0; i < records->count; i++) {
        if (records->sorted[i]->record.dirty || records->sorted[i]->removed)
            return true;
    }
    return false;
}

void records_compact(struct records *records)
{
    size_t kept = 0;
    for (size_t i = 0; i < records->count; i++) {
        struct entry *entry = records->sorted[i];
        if (entry->live || entry->removed)
            records->sorted[kept++] = entry;
        else
            mem_free(entry);
    }
    records->count = kept;
}

struct records *records_open(struct os_dir *state, struct error *err)
{
    struct records *records = mem_new(1, sizeof(*records));
    if (!records) {
        error_set(err, ERR_LOCAL, "%s: out of memory", os_dir_path(state));
        return NULL;
    }
    records->dir = state;
    if (records_refresh(records, err) != 0)
        records_close(&records);
    return records;
}

void records_close(struct records **records)
{
    if (!*records)
        return;
    for (size_t i = 0; i < (*records)->count; i++)
        mem_free((*records)->sorted[i]);
    mem_free((*records)->sorted);
    mem_free(*records);
    *records = NULL;
}
