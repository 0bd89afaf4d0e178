/* An auth strategy that uses every service an auth strategy may use; see source.c. */
#include <stdlib.h>
#include <string.h>

#include "dcddns/plugin.h"

struct auth {
    const struct dcddns_host *host;
};

static int auth_create(const struct dcddns_host *host, void **self)
{
    struct auth *auth = calloc(1, sizeof(*auth));

    if (!auth)
        return DCDDNS_E_NOMEM;
    auth->host = host;
    *self = auth;
    return DCDDNS_OK;
}

static void to_hex(const uint8_t *data, size_t len, char *out)
{
    for (size_t i = 0; i < len; i++)
        snprintf(out + 2 * i, 3, "%02x", data[i]);
}

static int auth_consent(void *self, struct dcddns_fields *params, struct dcddns_fields *keep)
{
    const struct dcddns_host *host = ((const struct auth *)self)->host;
    uint8_t raw[16] = { 0 }, hash[32] = { 0 };
    char verifier[2 * sizeof(raw) + 1] = "", challenge[2 * sizeof(hash) + 1] = "";
    int code = host->random(raw, sizeof(raw));

    to_hex(raw, sizeof(raw), verifier);
    if (code == DCDDNS_OK)
        code = host->sha256(verifier, strlen(verifier), hash);
    to_hex(hash, sizeof(hash), challenge);
    if (code == DCDDNS_OK)
        code = host->field_set(params, "challenge", challenge, 0);
    return code == DCDDNS_OK ? host->field_set(keep, "verifier", verifier, DCDDNS_SECRET) : code;
}

static int auth_token(void *self, const struct dcddns_fields *keep, struct dcddns_fields *body)
{
    const struct dcddns_host *host = ((const struct auth *)self)->host;
    const char *verifier = host->field_get(keep, "verifier");

    if (!host->field_get(body, "code"))
        return DCDDNS_OK;
    if (!verifier)
        return host->fail(host, DCDDNS_E_CONFIG, "no verifier was kept");
    return host->field_set(body, "verifier", verifier, DCDDNS_SECRET);
}

static const struct dcddns_auth auth_ops = {
    .size = sizeof(auth_ops),
    .consent = auth_consent,
    .token = auth_token,
};

static const struct dcddns_plugin auth_plugin = {
    .size = sizeof(auth_plugin),
    .kind = DCDDNS_KIND_AUTH,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "auth",
    .version = "1.0",
    .summary = "uses every service",
    .create = auth_create,
    .destroy = free,
    .ops = &auth_ops,
};

DCDDNS_ENTRY(auth)
{
    return &auth_plugin;
}
