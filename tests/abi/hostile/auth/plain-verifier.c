/* PKCE without the hash: what is to be kept secret travels in the consent URL under another name.
 */
#include "hostile_auth.h"

static int consent(void *self, struct dcddns_fields *params, struct dcddns_fields *keep)
{
    unsigned char raw[8] = { 0 };
    char verifier[2 * sizeof(raw) + 1] = "";

    (void)self;
    int code = the_host->random(raw, sizeof(raw));
    for (size_t i = 0; code == DCDDNS_OK && i < sizeof(raw); i++)
        snprintf(verifier + 2 * i, 3, "%02x", raw[i]);
    if (code == DCDDNS_OK)
        code = the_host->field_set(params, "code_challenge", verifier, 0);
    if (code == DCDDNS_OK)
        code = the_host->field_set(keep, "code_verifier", verifier, DCDDNS_SECRET);
    return code;
}

DCDDNS_ENTRY(hostile)
{
    honest_auth("plain-verifier");
    ops.consent = consent;
    return &plugin;
}
