/*
 * Checks of a consent question and its outcome. Must not know how it is shown.
 */
#include "consent.h"

#include "names.h"
#include "oauth.h"
#include "secret.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONSENTS_MAX 1000

void hosts_each(const char *hosts, void (*visit)(const char *host, void *arg), void *arg)
{
    for (;;) {
        size_t n = strcspn(hosts, ",");
        char host[SBX_NAME_MAX] = "";
        (void)snprintf(host, sizeof host, "%.*s", (int)n, hosts);
        visit(host, arg);
        if (hosts[n] == '\0') {
            return;
        }
        hosts += n + 1;
    }
}

struct host_search {
    const char *wanted;
    bool found;
};

static void compare_host(const char *host, void *arg)
{
    struct host_search *search = arg;
    search->found = search->found || strcmp(host, search->wanted) == 0;
}

bool hosts_have(const char *hosts, const char *host)
{
    struct host_search search = { host, false };
    hosts_each(hosts, compare_host, &search);
    return search.found;
}

struct host_check {
    const char *zone;
    struct buf list;
    size_t count;
    bool bad;
};

static void check_host(const char *host, void *arg)
{
    struct host_check *check = arg;
    char clean[SBX_NAME_MAX] = "";
    char whole[SBX_NAME_MAX];
    bool ok = host[0] == '\0' || name_normalise(clean, sizeof clean, host);
    check->bad = check->bad || !ok || !name_join(whole, sizeof whole, clean, check->zone);
    buf_printf(&check->list, "%s%s", check->count > 0 ? "," : "", clean);
    check->count++;
}

static bool read_hosts(const struct sandbox *s, const struct params *params, struct ask *ask,
                       struct buf *why)
{
    const char *hosts = params_get(params, "host");
    struct host_check check = { .zone = s->zones[ZONE_MANAGED].name,
                                .list = { .max = SBX_BODY_MAX } };
    hosts_each(hosts ? hosts : "", check_host, &check);
    if (check.bad) {
        buf_str(why, "The host parameter is not a list of host names.");
    } else if (check.count > 1 && s->options.host_list == HOST_LIST_OFF) {
        buf_str(why, "This provider lets one consent cover one host only.");
    } else if (!check.list.failed) {
        ask->hosts = strdup(buf_text(&check.list));
    }
    buf_free(&check.list);
    return ask->hosts != NULL;
}

static bool read_scope(const struct sandbox *s, const struct params *params, struct ask *ask,
                       struct buf *why)
{
    const char *scope = params_get(params, "scope");
    while (scope && *scope) {
        size_t n = strcspn(scope, " ");
        char word[64] = "";
        (void)snprintf(word, sizeof word, "%.*s", (int)n, scope);
        enum service service = service_by_name(word);
        if (service == SERVICE_COUNT || !(s->options.templates & (1u << service))) {
            buf_printf(why, "The template \"%s\" in scope is not known here.", word);
            return false;
        }
        ask->services |= 1u << service;
        scope += n + strspn(scope + n, " ");
    }
    if (ask->services == 0) {
        buf_str(why, "The scope parameter is missing: no template is named.");
    }
    return ask->services != 0;
}

/* RFC 8252 7.3: the IP literal, any port, any path; nothing else may stand in the authority. */
static bool loopback_uri(const char *uri)
{
    static const char *const starts[] = { "http://127.0.0.1:", "http://[::1]:" };
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(starts[i]);
        if (strncmp(uri, starts[i], n) != 0) {
            continue;
        }
        size_t digits = strspn(uri + n, "0123456789");
        unsigned long port = strtoul(uri + n, NULL, 10);
        char next = uri[n + digits];
        return digits > 0 && digits <= 5 && port > 0 && port < 65536 &&
               (next == '/' || next == '\0') && !strchr(uri, '#');
    }
    return false;
}

static bool printable(const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 127 || c <= 32) {
            return false;
        }
    }
    return true;
}

static bool read_redirect(const struct params *params, struct ask *ask, struct buf *why)
{
    const char *uri = params_get(params, "redirect_uri");
    const char *state = params_get(params, "state");
    if (!uri || !printable(uri) || (strcmp(uri, SBX_CODE_PAGE) != 0 && !loopback_uri(uri))) {
        buf_str(why, "The redirect_uri is missing, or not one this template may send people to.");
        return false;
    }
    if (state && (strlen(state) > 1024 || !printable(state))) {
        buf_str(why, "The state parameter is too long or has strange characters.");
        return false;
    }
    ask->redirect_uri = strdup(uri);
    ask->state = state ? strdup(state) : NULL;
    return ask->redirect_uri && (!state || ask->state);
}

static bool read_challenge(const struct params *params, struct ask *ask, struct buf *why)
{
    const char *challenge = params_get(params, "code_challenge");
    const char *method = params_get(params, "code_challenge_method");
    if (!challenge && !method) {
        return true;
    }
    bool s256 = method && strcmp(method, "S256") == 0;
    if (!challenge || !s256 || strlen(challenge) != 43 || !printable(challenge)) {
        buf_str(why, "The code_challenge is not a SHA-256 one (code_challenge_method=S256).");
        return false;
    }
    ask->challenge = strdup(challenge);
    return ask->challenge != NULL;
}

static bool read_address(const struct params *params, const char *name, int family, char **out,
                         struct buf *why)
{
    const char *text = params_get(params, name);
    unsigned char binary[16];
    if (!text) {
        return true;
    }
    if (inet_pton(family, text, binary) != 1) {
        buf_printf(why, "The %s parameter is not an address.", name);
        return false;
    }
    *out = strdup(text);
    return *out != NULL;
}

static bool read_domain(const struct sandbox *s, const struct params *params, struct buf *why)
{
    const char *domain = params_get(params, "domain");
    char clean[SBX_NAME_MAX];
    bool ok = domain && name_normalise(clean, sizeof clean, domain) &&
              strcmp(clean, s->zones[ZONE_MANAGED].name) == 0;
    if (!ok) {
        buf_str(why, "The domain is missing, or not one that this provider serves.");
    }
    return ok;
}

static bool read_client(const struct sandbox *s, const struct params *params, struct buf *why)
{
    const char *client_id = params_get(params, "client_id");
    const char *type = params_get(params, "response_type");
    const char *twice = params_duplicate(params);
    if (!s->options.async) {
        buf_str(why, "This provider does not have the asynchronous flow.");
    } else if (twice) {
        buf_printf(why, "The parameter \"%s\" is there twice.", twice);
    } else if (!client_id || strcmp(client_id, SBX_PROVIDER) != 0) {
        buf_str(why, "The client_id is missing or unknown.");
    } else if (type && strcmp(type, "code") != 0) {
        buf_str(why, "The response_type is not \"code\".");
    } else {
        return true;
    }
    return false;
}

bool consent_read(const struct sandbox *s, const struct params *params, struct ask *ask,
                  struct buf *why)
{
    return read_client(s, params, why) && read_domain(s, params, why) &&
           read_redirect(params, ask, why) && read_scope(s, params, ask, why) &&
           read_hosts(s, params, ask, why) && read_challenge(params, ask, why) &&
           read_address(params, "IPv4", AF_INET, &ask->ipv4, why) &&
           read_address(params, "IPv6", AF_INET6, &ask->ipv6, why) &&
           read_address(params, "IP", AF_INET, &ask->ip, why);
}

static void forget(struct sandbox *s, size_t index)
{
    ask_free(&s->consents[index].ask);
    s->consent_count--;
    memmove(&s->consents[index], &s->consents[index + 1],
            (s->consent_count - index) * sizeof s->consents[0]);
}

const char *consent_open(struct sandbox *s, struct ask *ask)
{
    /* Questions nobody answers must not fill the memory: the oldest goes first. */
    while (s->consent_count > 0 &&
           (s->consent_count >= CONSENTS_MAX || s->consents[0].expires_ms <= sandbox_now_ms())) {
        forget(s, 0);
    }
    struct consent *consents =
        array_grow(s->consents, &s->consent_cap, s->consent_count, sizeof *consents, CONSENTS_MAX);
    if (!consents) {
        return NULL;
    }
    s->consents = consents;
    struct consent *consent = &s->consents[s->consent_count];
    *consent = (struct consent){ .expires_ms = sandbox_now_ms() + SBX_CONSENT_LIFE_MS };
    if (!secret_make(consent->id, 24)) {
        return NULL;
    }
    consent->ask = *ask;
    *ask = (struct ask){ 0 };
    s->consent_count++;
    return consent->id;
}

const struct consent *consent_find(const struct sandbox *s, const char *id)
{
    const struct consent *found = NULL;
    for (size_t i = 0; i < s->consent_count; i++) {
        if (secret_equal(s->consents[i].id, id) && s->consents[i].expires_ms > sandbox_now_ms()) {
            found = &s->consents[i];
        }
    }
    return found;
}

static void redirect_param(struct buf *url, const char *name, const char *value)
{
    buf_str(url, strchr(buf_text(url), '?') ? "&" : "?");
    buf_printf(url, "%s=", name);
    buf_url(url, value);
}

/* Why no answer can be yes, as the provider tells it; NULL: it can. */
static const char *refusal(const struct sandbox *s, const struct ask *ask)
{
    if (s->options.pkce == PKCE_REFUSE && ask->challenge) {
        return "code_challenge is not a known parameter";
    }
    if (s->options.pkce == PKCE_REQUIRE && !ask->challenge) {
        return "code_challenge is required";
    }
    if (s->options.host_list == HOST_LIST_REDIRECT && strchr(ask->hosts, ',')) {
        return "host takes one name";
    }
    return NULL;
}

static void redirect_refusal(struct buf *url, bool approve, const char *why)
{
    redirect_param(url, "error",
                   why       ? "invalid_request"
                   : approve ? "server_error"
                             : "access_denied");
    redirect_param(url, "error_description", why ? why : approve ? "no_memory" : "user_cancel");
}

bool consent_decide(struct sandbox *s, const char *id, bool approve, char code[SBX_SECRET_TEXT],
                    struct buf *url)
{
    const struct consent *found = consent_find(s, id);
    if (!found) {
        return false;
    }
    size_t index = (size_t)(found - s->consents);
    struct ask *ask = &s->consents[index].ask;
    buf_str(url, ask->redirect_uri);
    const char *state = ask->state;
    const struct grant *grant = NULL;
    const char *why = refusal(s, ask);
    code[0] = '\0';
    if (approve && !why) {
        grant = oauth_grant(s, ask);
    }
    if (grant) {
        state = grant->ask.state;
        memcpy(code, grant->code, sizeof grant->code);
        redirect_param(url, "code", code);
    } else {
        redirect_refusal(url, approve, why);
    }
    if (state) {
        redirect_param(url, "state", state);
    }
    forget(s, index);
    return !url->failed;
}
