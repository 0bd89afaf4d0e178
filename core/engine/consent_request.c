/* The URL of a consent and what redeems its code; see consent_request.h.  Must not know who shows
 * the URL, nor names of auth modules. */
#include "engine/consent_request.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "platform/os.h"
#include "state/grant_hosts.h"

enum { URL_MAX = 8192 };

static int copy_id(struct pending *p, const char *fqdn, const char *zone, struct error *err)
{
    *p = (struct pending){ 0 };
    if (strlen(fqdn) >= sizeof(p->id))
        return error_set(err, ERR_USAGE, "the name is too long");
    memcpy(p->id, fqdn, strlen(fqdn) + 1);
    memcpy(p->zone, zone, sizeof(p->zone));
    return 0;
}

static int complete(struct pending *p, struct error *err)
{
    if (p->provider_id && p->provider_name && p->api_url && p->async_url && p->service_id &&
        p->hosts)
        return 0;
    pending_clear(p);
    return error_set(err, ERR_LOCAL, "out of memory");
}

int consent_request_from_provider(struct pending *p, const char *fqdn,
                                  const struct provider *provider, struct error *err)
{
    if (copy_id(p, fqdn, provider->zone, err) < 0)
        return -1;
    p->hosts = mem_strdup(provider->host);
    p->provider_id = mem_strdup(provider->id);
    p->provider_name = mem_strdup(provider->name);
    p->api_url = mem_strdup(provider->api_url);
    p->async_url = mem_strdup(provider->async_url);
    p->control_panel = mem_strdup(provider->control_panel);
    p->service_id = mem_strdup(provider->service_id);
    return complete(p, err);
}

int consent_request_from_grant(struct pending *p, const struct grant *grant, struct error *err)
{
    char name[FQDN_MAX] = "";

    if (copy_id(p, grant_setup_name(grant, name), grant->zone, err) < 0)
        return -1;
    if (!grant->async_url || !grant->api_url || !grant->service_id)
        return error_set(err, ERR_PERM, "the grant does not say where its provider asks");
    p->hosts = mem_strdup(grant->hosts);
    p->grant = mem_strdup(grant->id);
    if (!p->grant) {
        pending_clear(p);
        return error_set(err, ERR_LOCAL, "out of memory");
    }
    p->provider_id = mem_strdup(grant->provider_id ? grant->provider_id : "");
    p->provider_name = mem_strdup(grant->provider_name ? grant->provider_name : "");
    p->api_url = mem_strdup(grant->api_url);
    p->async_url = mem_strdup(grant->async_url);
    p->control_panel = mem_strdup(grant->control_panel);
    p->service_id = mem_strdup(grant->service_id);
    return complete(p, err);
}

/* The parameters as the auth module leaves them. */
static int make_params(struct pending *p, struct instance *auth, const struct dcddns_addr *v4,
                       const struct dcddns_addr *v6, struct dcddns_fields *params,
                       struct error *err)
{
    const struct consent_target target = {
        .async_url = p->async_url, .service_id = p->service_id, .zone = p->zone, .hosts = p->hosts
    };
    const struct dcddns_addr none = { 0 };
    char state[CONSENT_STATE_MAX] = "";

    _Static_assert(sizeof(state) <= sizeof(p->state), "a state fits");
    if (consent_new_state(state, err) < 0)
        return -1;
    memcpy(p->state, state, sizeof(state));
    /* Other hosts may need the other family: the page must not promise it for this one. */
    if (consent_params(params, &target, p->state, p->ipv4 ? v4 : &none, p->ipv6 ? v6 : &none, err) <
        0)
        return -1;
    return instance_consent(auth, params, &p->keep, err);
}

/* What makes it long is the list. */
static int put_url(const struct pending *p, const struct dcddns_fields *params, struct buf *url,
                   struct error *err)
{
    int rc = consent_url(url, p->async_url, params, err);
    size_t hosts = grant_hosts_count(p->hosts);

    if (rc < 0 && err->class == ERR_LOCAL && hosts > 1)
        error_set(err, ERR_USAGE,
                  "the URL of a consent for %zu hosts would be longer than %d bytes: name fewer "
                  "hosts at a time, with --each, so that they get grants of their own",
                  hosts, URL_MAX);
    return rc;
}

int consent_request_make(struct pending *p, struct instance *auth, const struct dcddns_addr *v4,
                         const struct dcddns_addr *v6, struct error *err)
{
    struct dcddns_fields params = { 0 };
    struct buf url = BUF_MAX(URL_MAX);
    int rc = -1;

    fields_free(&p->keep);
    mem_free_secret(p->url);
    mem_free(p->auth);
    p->url = NULL;
    p->auth = mem_strdup(instance_name(auth));
    pending_stamp(p);
    if (make_params(p, auth, v4, v6, &params, err) == 0 && put_url(p, &params, &url, err) == 0) {
        p->challenged = fields_get(&params, "code_challenge") != NULL;
        p->url = buf_take(&url);
        rc = p->url && p->auth ? 0 : error_set(err, ERR_LOCAL, "out of memory");
    }
    fields_free(&params);
    buf_free(&url);
    return rc;
}

/* Errors by which a provider may say that it does not know code_challenge (RFC 6749, 4.1.2.1; RFC
 * 7636, 4.4.1). */
static bool may_mean_pkce(const char *error)
{
    static const char *const words[] = { "invalid_request", "unauthorized_client", "invalid_client",
                                         "unsupported_response_type" };
    for (size_t i = 0; error && i < sizeof(words) / sizeof(words[0]); i++) {
        if (text_starts_with(error, words[i]))
            return true;
    }
    return false;
}

int consent_request_read(const struct pending *p, const char *pasted, char code[CONSENT_CODE_MAX],
                         struct error *err)
{
    int rc = consent_read(pasted, p->state, code, err);
    if (rc == 0 || err->class != ERR_PERM || !p->challenged)
        return rc;
    char *error = url_query_value(pasted, "error");
    if (may_mean_pkce(error)) {
        const struct error plain = *err;
        error_set(err, ERR_PERM,
                  "%s; a likely cause: the consent URL carries a PKCE challenge, and this provider "
                  "does not take PKCE; then set auth = published-secret in [core] before that",
                  plain.text);
    }
    mem_free(error);
    return rc;
}

int consent_request_probe(struct instance *auth, bool *keeps, bool *challenges, struct error *err)
{
    struct dcddns_fields params = { 0 }, keep = { 0 };
    int rc = instance_consent(auth, &params, &keep, err);

    if (keeps)
        *keeps = rc == 0 && keep.count > 0;
    if (challenges)
        *challenges = rc == 0 && fields_get(&params, "code_challenge") != NULL;
    fields_free(&params);
    fields_free(&keep);
    return rc;
}

int consent_request_strange(struct instance *auth, struct dcddns_fields *keep, struct error *err)
{
    struct dcddns_fields params = { 0 };
    int rc = instance_consent(auth, &params, keep, err);
    fields_free(&params);
    return rc;
}
