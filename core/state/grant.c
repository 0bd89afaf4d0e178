/* One grant as a value: its memory, and the age of its access token.  Must not know of files. */
#include <string.h>

#include "base/mem.h"
#include "state/grant_hosts.h"
#include "state/grant_json.h"

enum { MS_PER_S = 1000, STALE_PART = 8 };

static const struct {
    const char *name;
    size_t offset;
} texts[GRANT_TEXTS] = {
    { "host", offsetof(struct grant, hosts) }, /* the protocol's name: a list of one looks alike */
    { "provider_id", offsetof(struct grant, provider_id) },
    { "provider_name", offsetof(struct grant, provider_name) },
    { "api_url", offsetof(struct grant, api_url) },
    { "async_url", offsetof(struct grant, async_url) },
    { "control_panel", offsetof(struct grant, control_panel) },
    { "service_id", offsetof(struct grant, service_id) },
    { "auth", offsetof(struct grant, auth) },
    { "access_token", offsetof(struct grant, access_token) },
    { "refresh_token", offsetof(struct grant, refresh_token) },
};

const char *grant_text_name(size_t i)
{
    return texts[i].name;
}

char *grant_text_get(const struct grant *grant, size_t i)
{
    char *text = NULL;
    memcpy(&text, (const char *)grant + texts[i].offset, sizeof(text));
    return text;
}

void grant_text_set(struct grant *grant, size_t i, char *text)
{
    memcpy((char *)grant + texts[i].offset, &text, sizeof(text));
}

void grant_clear(struct grant *grant)
{
    for (size_t i = 0; i < GRANT_TEXTS; i++)
        mem_free_secret(grant_text_get(grant, i));
    *grant = (struct grant){ 0 };
}

int grant_copy(struct grant *to, const struct grant *from, struct error *err)
{
    *to = *from;
    for (size_t i = 0; i < GRANT_TEXTS; i++)
        grant_text_set(to, i, NULL);
    for (size_t i = 0; i < GRANT_TEXTS; i++) {
        const char *text = grant_text_get(from, i);
        char *copy = mem_strdup(text);
        if (text && !copy) {
            grant_clear(to);
            return error_set(err, ERR_LOCAL, "%s: out of memory", from->id);
        }
        grant_text_set(to, i, copy);
    }
    return 0;
}

bool grant_covers(const struct grant *grant, const char *fqdn, char host[FQDN_MAX])
{
    return grant_hosts_relative(grant->zone, fqdn, host) && grant_hosts_have(grant->hosts, host);
}

const char *grant_setup_name(const struct grant *grant, char fqdn[FQDN_MAX])
{
    char host[FQDN_MAX] = "";
    const char *cursor = grant->hosts;
    const char *name = grant->id;

    if (!grant_covers(grant, grant->id, host) && grant_hosts_next(&cursor, host) &&
        grant_hosts_fqdn(grant->zone, host, fqdn))
        name = fqdn;
    memmove(fqdn, name, strlen(name) + 1);
    return fqdn;
}

int64_t grant_age_ms(const struct grant *grant, int64_t boot_ms, int64_t wall_ms)
{
    const char *boot = os_boot_id();
    bool same_boot = boot[0] != '\0' && strcmp(grant->boot_id, boot) == 0;

    if (same_boot && grant->obtained_boot_ms > 0 && boot_ms >= grant->obtained_boot_ms)
        return boot_ms - grant->obtained_boot_ms;
    return wall_ms - grant->refreshed_wall_ms;
}

static int64_t life_ms(const struct grant *grant)
{
    if (!grant->access_token || grant->expires_in_s <= 0)
        return 0;
    if (grant->expires_in_s > INT64_MAX / MS_PER_S)
        return INT64_MAX;
    return grant->expires_in_s * MS_PER_S;
}

int64_t grant_access_left_ms(const struct grant *grant, int64_t boot_ms, int64_t wall_ms)
{
    const char *boot = os_boot_id();
    bool same_boot = boot[0] != '\0' && strcmp(grant->boot_id, boot) == 0;
    int64_t from = same_boot ? grant->obtained_boot_ms : grant->obtained_wall_ms;
    int64_t now = same_boot ? boot_ms : wall_ms;
    int64_t life = life_ms(grant);

    if (from < 0 || now < from || now - from >= life)
        return 0;
    return life - (now - from);
}

bool grant_access_stale(const struct grant *grant, int64_t boot_ms, int64_t wall_ms)
{
    return grant_access_left_ms(grant, boot_ms, wall_ms) <= life_ms(grant) / STALE_PART;
}
