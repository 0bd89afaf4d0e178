/* PKCE (RFC 7636), method S256 and never another: the consent URL carries the hash of a random
 * verifier, the token request the verifier itself, so that a code is worth nothing to whoever else
 * sees it.  Must not know where requests go, nor how the verifier is kept meanwhile. */
#include <stdlib.h>
#include <string.h>

#include "dcddns/plugin.h"

enum {
    RANDOM_BYTES = 32,                 /* RFC 7636, section 7.1 */
    TEXT_BYTES = (32 * 4 + 2) / 3 + 1, /* base64url of 32 bytes, with the NUL */
};

struct pkce {
    const struct dcddns_host *host;
    const char *secret; /* the host's; NULL: none is sent */
};

/* RFC 4648, section 5, without padding (RFC 7636, appendix A). */
static void base64url(const uint8_t data[RANDOM_BYTES], char out[TEXT_BYTES])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t held = 0, bits = 0;
    char *at = out;

    for (size_t i = 0; i < RANDOM_BYTES; i++) {
        held = (held << 8 | data[i]) & 0xffff;
        for (bits += 8; bits >= 6; bits -= 6)
            *at++ = digits[held >> (bits - 6) & 63];
    }
    *at++ = digits[held << (6 - bits) & 63]; /* 32 bytes leave four bits */
    *at = '\0';
}

/* memset() before a return may be dropped; this is not. */
static void wipe(void *data, size_t len)
{
    volatile uint8_t *at = data;
    while (len-- > 0)
        *at++ = 0;
}

static int pkce_create(const struct dcddns_host *host, void **self)
{
    const char *secret = host->option(host, "client-secret");
    struct pkce *pkce = NULL;

    if (secret && strlen(secret) == 0)
        return host->fail(host, DCDDNS_E_CONFIG,
                          "client-secret is empty; remove the line when the provider wants none");
    pkce = calloc(1, sizeof(*pkce));
    if (!pkce)
        return DCDDNS_E_NOMEM;
    pkce->host = host;
    pkce->secret = secret;
    *self = pkce;
    return DCDDNS_OK;
}

/* The verifier of section 4.1 and its challenge of section 4.2. */
static int make_pair(const struct dcddns_host *host, char verifier[TEXT_BYTES],
                     char challenge[TEXT_BYTES])
{
    uint8_t raw[RANDOM_BYTES] = { 0 }, digest[RANDOM_BYTES] = { 0 };
    int rc = host->random(raw, sizeof(raw));

    if (rc != DCDDNS_OK)
        return host->fail(host, rc, "no random numbers for the PKCE verifier; try again");
    base64url(raw, verifier);
    wipe(raw, sizeof(raw));
    rc = host->sha256(verifier, strlen(verifier), digest);
    if (rc != DCDDNS_OK)
        return host->fail(host, rc, "the PKCE challenge cannot be computed");
    base64url(digest, challenge);
    return DCDDNS_OK;
}

static int pkce_consent(void *self, struct dcddns_fields *params, struct dcddns_fields *keep)
{
    const struct dcddns_host *host = ((const struct pkce *)self)->host;
    char verifier[TEXT_BYTES] = "", challenge[TEXT_BYTES] = "";
    int rc = make_pair(host, verifier, challenge);

    if (rc == DCDDNS_OK)
        rc = host->field_set(params, "code_challenge", challenge, 0);
    if (rc == DCDDNS_OK)
        rc = host->field_set(params, "code_challenge_method", "S256", 0);
    if (rc == DCDDNS_OK)
        rc = host->field_set(keep, "code_verifier", verifier, DCDDNS_SECRET);
    wipe(verifier, sizeof(verifier));
    return rc;
}

/* Section 4.5.  A refresh needs no verifier, but the secret when there is one (RFC 6749, section
 * 6). */
static int pkce_token(void *self, const struct dcddns_fields *keep, struct dcddns_fields *body)
{
    const struct pkce *pkce = self;
    const struct dcddns_host *host = pkce->host;
    const char *verifier = host->field_get(keep, "code_verifier");
    int rc = DCDDNS_OK;

    if (host->field_get(body, "code")) {
        if (!verifier)
            return host->fail(host, DCDDNS_E_CONFIG,
                              "no PKCE verifier was kept for this code; run setup again and open "
                              "the URL it prints");
        rc = host->field_set(body, "code_verifier", verifier, DCDDNS_SECRET);
    }
    if (rc == DCDDNS_OK && pkce->secret)
        rc = host->field_set(body, "client_secret", pkce->secret, DCDDNS_SECRET);
    return rc;
}

static const struct dcddns_option pkce_options[] = {
    { "client-secret", NULL, "secret that a provider expects beside PKCE; none is sent without it",
      DCDDNS_OPT_STRING, DCDDNS_SECRET },
};

static const struct dcddns_auth pkce_ops = {
    .size = sizeof(pkce_ops),
    .consent = pkce_consent,
    .token = pkce_token,
};

static const struct dcddns_plugin pkce_plugin = {
    .size = sizeof(pkce_plugin),
    .kind = DCDDNS_KIND_AUTH,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "pkce",
    .version = "1.0",
    .summary = "proves with PKCE (RFC 7636, S256) that a code is redeemed by who asked for it",
    .options = pkce_options,
    .option_count = sizeof(pkce_options) / sizeof(pkce_options[0]),
    .option_size = sizeof(pkce_options[0]),
    .create = pkce_create,
    .destroy = free,
    .ops = &pkce_ops,
};

DCDDNS_ENTRY(pkce)
{
    return &pkce_plugin;
}
