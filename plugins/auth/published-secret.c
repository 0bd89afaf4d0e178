/* Published secret: completes token requests with the client_secret that the Domain Connect
 * template publishes on purpose.  Must not know where the request goes. */
#include <stdlib.h>
#include <string.h>

#include "dcddns/plugin.h"

struct published {
    const struct dcddns_host *host;
    const char *secret; /* the host's; lives as long as this */
};

static int published_create(const struct dcddns_host *host, void **self)
{
    const char *secret = host->option(host, "client-secret");
    struct published *published = NULL;

    if (!secret || strlen(secret) == 0)
        return host->fail(host, DCDDNS_E_CONFIG,
                          "client-secret is empty; remove the line to use the published one");
    published = calloc(1, sizeof(*published));
    if (!published)
        return DCDDNS_E_NOMEM;
    published->host = host;
    published->secret = secret;
    *self = published;
    return DCDDNS_OK;
}

static int published_consent(void *self, struct dcddns_fields *params, struct dcddns_fields *keep)
{
    (void)self;
    (void)params;
    (void)keep;
    return DCDDNS_OK;
}

static int published_token(void *self, const struct dcddns_fields *keep, struct dcddns_fields *body)
{
    const struct published *published = self;
    (void)keep;
    return published->host->field_set(body, "client_secret", published->secret, DCDDNS_SECRET);
}

static const struct dcddns_option published_options[] = {
    { "client-secret", "inconceivable", "secret that the provider expects of this client",
      DCDDNS_OPT_STRING, DCDDNS_SECRET },
};

static const struct dcddns_auth published_ops = {
    .size = sizeof(published_ops),
    .consent = published_consent,
    .token = published_token,
};

static const struct dcddns_plugin published_plugin = {
    .size = sizeof(published_plugin),
    .kind = DCDDNS_KIND_AUTH,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "published-secret",
    .version = "1.0",
    .summary = "sends the client_secret that the Domain Connect template publishes",
    .options = published_options,
    .option_count = sizeof(published_options) / sizeof(published_options[0]),
    .option_size = sizeof(published_options[0]),
    .create = published_create,
    .destroy = free,
    .ops = &published_ops,
};

DCDDNS_ENTRY(published_secret)
{
    return &published_plugin;
}
