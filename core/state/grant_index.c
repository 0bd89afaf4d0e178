/* Names to grants; see grant_index.h.  Two sorted tables: grants by id, names by name.  Must not
 * know who asks. */
#include "state/grant_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "state/grant_hosts.h"

enum { ENTRIES_MAX = 100000, NAMES_MAX = 1000000 };

struct name {
    char *fqdn;
    size_t entry;
};

struct grant_index {
    struct grants *grants; /* the caller's, while the index is made */
    struct grant_entry *entries;
    size_t entry_count, entry_cap;
    struct name *names;
    size_t name_count, name_cap;
    bool failed; /* out of memory, or too many */
};

static void entry_clear(struct grant_entry *entry)
{
    mem_free(entry->id);
    mem_free(entry->zone);
    mem_free(entry->hosts);
    mem_free(entry->auth);
}

void grant_index_free(struct grant_index **index)
{
    struct grant_index *gone = *index;
    if (!gone)
        return;
    for (size_t i = 0; i < gone->entry_count; i++)
        entry_clear(&gone->entries[i]);
    for (size_t i = 0; i < gone->name_count; i++)
        mem_free(gone->names[i].fqdn);
    mem_free(gone->entries);
    mem_free(gone->names);
    mem_free(gone);
    *index = NULL;
}

/* Room for one more; the list, perhaps moved, or NULL. */
static void *grow(void *list, size_t count, size_t *cap, size_t most, size_t size)
{
    if (count < *cap)
        return list;
    size_t want = *cap > 0 ? *cap * 2 : 16;
    void *grown = count < most ? mem_resize(list, want * size) : NULL;
    if (grown)
        *cap = want;
    return grown;
}

static void add_name(struct grant_index *index, const char *zone, const char *host)
{
    char fqdn[FQDN_MAX] = "";
    if (!grant_hosts_fqdn(zone, host, fqdn))
        return;
    struct name *names =
        grow(index->names, index->name_count, &index->name_cap, NAMES_MAX, sizeof(*names));
    char *copy = mem_strdup(fqdn);
    index->names = names ? names : index->names;
    if (!names || !copy) {
        mem_free(copy);
        index->failed = true;
        return;
    }
    names[index->name_count++] = (struct name){ copy, index->entry_count };
}

static void add_entry(struct grant_index *index, const char *id, const struct grant *grant,
                      bool readable)
{
    struct grant_entry *entries =
        grow(index->entries, index->entry_count, &index->entry_cap, ENTRIES_MAX, sizeof(*entries));
    if (!entries) {
        index->failed = true;
        return;
    }
    index->entries = entries;
    struct grant_entry *entry = &entries[index->entry_count];
    *entry = (struct grant_entry){ .id = mem_strdup(id),
                                   .zone = mem_strdup(grant->zone),
                                   .hosts = mem_strdup(grant->hosts),
                                   .auth = mem_strdup(grant->auth),
                                   .granted_wall_ms = grant->granted_wall_ms,
                                   .readable = readable };
    char host[FQDN_MAX] = "";
    const char *cursor = grant->hosts;
    while (grant_hosts_next(&cursor, host))
        add_name(index, grant->zone, host);
    index->entry_count++;
    if (!entry->id || !entry->zone || (grant->hosts && !entry->hosts) ||
        (grant->auth && !entry->auth))
        index->failed = true;
}

static bool add(void *ctx, const char *id)
{
    struct grant_index *index = ctx;
    struct grant grant = { 0 };
    struct error err = { 0 };
    bool found = false;

    if (grants_is_staged(id))
        return true;
    int rc = grants_load(index->grants, id, &grant, &found, &err);
    if (rc < 0)
        log_debug("%s: %s", id, err.text); /* whoever needs it will tell */
    if (rc < 0 || found)
        add_entry(index, id, &grant, rc == 0);
    grant_clear(&grant);
    return !index->failed;
}

/* Of equal age, which a copied folder may hold: always the same one. */
static bool is_newer(const struct grant_index *index, size_t a, size_t b)
{
    int64_t one = index->entries[a].granted_wall_ms, other = index->entries[b].granted_wall_ms;
    return one > other || (one == other && a < b);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->fqdn, ((const struct name *)b)->fqdn);
}

/* Sorted, and each name once: the newest grant is the one that counts. */
static void settle(struct grant_index *index)
{
    struct name *names = index->names;
    size_t kept = 0;

    if (index->name_count > 0)
        qsort(names, index->name_count, sizeof(*names), by_name);
    for (size_t i = 0; i < index->name_count; i++) {
        if (kept == 0 || strcmp(names[kept - 1].fqdn, names[i].fqdn) != 0) {
            names[kept++] = names[i];
            continue;
        }
        if (is_newer(index, names[i].entry, names[kept - 1].entry))
            names[kept - 1].entry = names[i].entry;
        mem_free(names[i].fqdn);
    }
    index->name_count = kept;
}

struct grant_index *grant_index_new(struct grants *grants, struct error *err)
{
    struct grant_index *index = mem_new(1, sizeof(*index));
    if (!index) {
        error_set(err, ERR_LOCAL, "out of memory");
        return NULL;
    }
    index->grants = grants;
    int rc = grants_list(grants, add, index);
    if (rc == 0 && !index->failed) {
        settle(index);
        return index;
    }
    if (index->failed)
        error_set(err, ERR_LOCAL, "the grants cannot be looked through: out of memory");
    else
        error_set(err, ERR_LOCAL, "the grants cannot be listed: %s", os_strerror(rc));
    grant_index_free(&index);
    return NULL;
}

const struct grant_entry *grant_index_entries(const struct grant_index *index, size_t *count)
{
    *count = index->entry_count;
    return index->entries;
}

static int compare_name(const void *key, const void *name)
{
    return strcmp(key, ((const struct name *)name)->fqdn);
}

static int compare_id(const void *key, const void *entry)
{
    return strcmp(key, ((const struct grant_entry *)entry)->id);
}

const struct grant_entry *grant_index_find(const struct grant_index *index, const char *fqdn)
{
    const struct name *name = NULL;
    const struct grant_entry *called = NULL;

    if (index->name_count > 0)
        name = bsearch(fqdn, index->names, index->name_count, sizeof(*name), compare_name);
    if (name)
        return &index->entries[name->entry];
    if (index->entry_count > 0)
        called = bsearch(fqdn, index->entries, index->entry_count, sizeof(*called), compare_id);
    return called && !called->readable ? called : NULL;
}

bool grant_index_leaves_out(const struct grant_index *index, const struct grant_entry *entry,
                            const char *zone, const char *hosts, char fqdn[FQDN_MAX])
{
    char host[FQDN_MAX] = "", there[FQDN_MAX] = "";
    const char *cursor = entry->hosts;

    while (grant_hosts_next(&cursor, host)) {
        if (!grant_hosts_fqdn(entry->zone, host, fqdn) || grant_index_find(index, fqdn) != entry)
            continue;
        if (!grant_hosts_relative(zone, fqdn, there) || !grant_hosts_have(hosts, there))
            return true;
    }
    return false;
}

void grant_index_make_newest(const struct grant_index *index, struct grant *grant)
{
    for (size_t i = 0; i < index->entry_count; i++) {
        const struct grant_entry *entry = &index->entries[i];
        if (strcmp(entry->zone, grant->zone) == 0 &&
            entry->granted_wall_ms >= grant->granted_wall_ms)
            grant->granted_wall_ms = entry->granted_wall_ms + 1;
    }
}

void grant_index_yield(const struct grant_index *index, struct grants *grants,
                       const struct grant *grant)
{
    struct error err = { 0 };

    for (size_t i = 0; i < index->entry_count; i++) {
        const struct grant_entry *entry = &index->entries[i];
        if (strcmp(entry->zone, grant->zone) == 0 && strcmp(entry->id, grant->id) != 0)
            grants_drop_hosts(grants, entry->id, grant->hosts, &err);
    }
    if (err.class != ERR_NONE)
        log_warn("an older grant still names hosts of %s, which does no harm: %s", grant->id,
                 err.text);
}

int grants_find(struct grants *grants, const char *fqdn, struct grant *grant, bool *found,
                struct error *err)
{
    struct grant_index *index = grant_index_new(grants, err);
    *grant = (struct grant){ 0 };
    *found = false;
    if (!index)
        return -1;
    const struct grant_entry *entry = grant_index_find(index, fqdn);
    int rc = entry ? grants_load(grants, entry->id, grant, found, err) : 0;
    grant_index_free(&index);
    return rc;
}

static int forget_in(struct grants *grants, const struct grant_entry *entry, const char *fqdn,
                     struct error *err)
{
    char host[FQDN_MAX] = "";

    if (!entry->readable && strcmp(entry->id, fqdn) == 0)
        return grants_delete(grants, fqdn, err);
    if (!grant_hosts_relative(entry->zone, fqdn, host) || !grant_hosts_have(entry->hosts, host))
        return 0;
    return grants_drop_hosts(grants, entry->id, host, err);
}

int grants_forget_host(struct grants *grants, const char *fqdn, struct error *err)
{
    struct grant_index *index = grant_index_new(grants, err);
    int rc = index ? 0 : -1;

    for (size_t i = 0; index && i < index->entry_count; i++) {
        if (forget_in(grants, &index->entries[i], fqdn, err) < 0)
            rc = -1;
    }
    grant_index_free(&index);
    return rc;
}
