/* Grants that are newer in memory than on disk, because the disk refused them: found first, stored
 * again every ten seconds, never replaced by an older one.  Sees tokens only to compare them. */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/update_inside.h"
#include "platform/os.h"

enum {
    STORE_RETRY_MS = 10 * 1000,
    ASKED_RETRY_MS = 1000 /* by the updates of many hosts */
};

const struct grant *held_find(const struct updater *owner, const char *id)
{
    for (const struct held *held = owner->held; held; held = held->next) {
        if (strcmp(held->grant.id, id) == 0)
            return &held->grant;
    }
    return NULL;
}

void held_drop(struct updater *owner, const char *id)
{
    for (struct held **at = &owner->held; *at; at = &(*at)->next) {
        struct held *held = *at;
        if (strcmp(held->grant.id, id) != 0)
            continue;
        *at = held->next;
        grant_clear(&held->grant);
        mem_free(held);
        return;
    }
}

static void store_later(struct updater *owner);

/* Emptied, to be used for the grant that takes its place. */
static struct held *take_over(struct updater *owner, const char *id)
{
    for (struct held **at = &owner->held; *at; at = &(*at)->next) {
        struct held *held = *at;
        if (strcmp(held->grant.id, id) != 0)
            continue;
        *at = held->next;
        grant_clear(&held->grant);
        return held;
    }
    return NULL;
}

bool held_reserve(struct update *u)
{
    if (!u->spare)
        u->spare = mem_new(1, sizeof(*u->spare));
    return u->spare != NULL;
}

bool held_put(struct update *u)
{
    struct held *held = take_over(u->owner, u->id);
    struct error err = { 0 };

    if (!held && held_reserve(u)) {
        held = u->spare;
        u->spare = NULL;
    }
    if (!held) {
        log_error("%s: out of memory, the new tokens live only until this update ends", u->id);
        return true;
    }
    const bool copied = grant_copy(&held->grant, &u->grant, &err) == 0;
    if (!copied) {
        held->grant = u->grant;
        u->grant = (struct grant){ 0 };
    }
    held->next = u->owner->held;
    u->owner->held = held;
    store_later(u->owner);
    return copied;
}

static void store_due(void *ctx)
{
    struct updater *owner = ctx;
    owner->store_timer = NULL;
    held_store(owner);
    store_later(owner);
}

/* An idle daemon must not sit on the only copy until its next update. */
static void store_later(struct updater *owner)
{
    if (owner->held && !owner->store_timer)
        owner->store_timer =
            net_timer_add(owner->options.net, os.boot_ms() + STORE_RETRY_MS, store_due, owner);
}

static bool same_token(const struct grant *a, const struct grant *b)
{
    return a->refresh_token && b->refresh_token &&
           text_equal_secret(a->refresh_token, b->refresh_token);
}

/* `remove` of one host of several: the same grant, and the refresh that we hold the tokens of is
 * still without an outcome there; or ours got there, and only its durability is unknown. */
static bool is_ours(const struct grant *disk, const struct grant *grant)
{
    return disk->refresh_in_flight || same_token(disk, grant);
}

/* Which one counts, under the lock: that of memory, true, made to follow the one on disk; or what
 * DISK is, false.  A grant that was removed stays removed, and generations compare only within one
 * consent: they begin anew after `remove`. */
static bool outlives_disk(struct grant *grant, struct grant *disk, bool found)
{
    const bool newer = found && disk->generation > grant->generation;

    if (!found || disk->granted_wall_ms != grant->granted_wall_ms ||
        (newer && !is_ours(disk, grant))) {
        log_notice("%s: %s; the tokens in memory are dropped", grant->id,
                   found ? "a newer grant is on disk" : "the grant was removed");
        return false;
    }
    if (newer) {
        char *hosts = grant->hosts;
        grant->hosts = disk->hosts;
        disk->hosts = hosts;
        grant->generation = disk->generation;
    }
    return true;
}

const struct grant *held_against(struct updater *owner, const char *id, struct grant *disk,
                                 bool found)
{
    for (struct held *held = owner->held; held; held = held->next) {
        if (strcmp(held->grant.id, id) != 0)
            continue;
        if (outlives_disk(&held->grant, disk, found))
            return &held->grant;
        held_drop(owner, id);
        return NULL;
    }
    return NULL;
}

/* True when the grant need not be held any longer. */
static bool store_held(struct updater *owner, struct grant *grant, struct error *err)
{
    struct grant_lock *lock = grants_lock(owner->options.grants, grant->id, err);
    struct grant disk = { 0 };
    bool found = false, over = false;

    if (!lock)
        return false;
    if (grants_load(owner->options.grants, grant->id, &disk, &found, err) < 0) {
        over = false;
    } else if (!outlives_disk(grant, &disk, found)) {
        over = true;
    } else if (grants_save(lock, grant, err) == 0) {
        log_notice("%s: the grant is on disk now", grant->id);
        over = true;
    }
    grant_clear(&disk);
    grants_unlock(&lock);
    return over;
}

void held_retry(struct updater *owner, const char *id)
{
    struct held *held = owner->held;
    struct error err = { 0 };

    while (held && strcmp(held->grant.id, id) != 0)
        held = held->next;
    if (!held || os.boot_ms() < held->retry_ms)
        return;
    held->retry_ms = os.boot_ms() + ASKED_RETRY_MS;
    if (store_held(owner, &held->grant, &err))
        held_drop(owner, id);
}

void held_store(struct updater *owner)
{
    struct held **at = &owner->held;
    while (*at) {
        struct held *held = *at;
        struct error err = { 0 };
        if (!store_held(owner, &held->grant, &err)) {
            at = &held->next;
            continue;
        }
        *at = held->next;
        grant_clear(&held->grant);
        mem_free(held);
    }
}
