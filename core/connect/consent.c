/* The consent URL and what people paste back; see consent.h.  No I/O but random bytes. */
#include "connect/consent.h"

#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/url.h"
#include "connect/protocol.h"
#include "platform/os.h"

/* RFC 4648 section 5 without padding; OUT holds 4 characters for every 3 bytes, rounded up, and
 * NUL. */
static void base64url(const unsigned char *data, size_t len, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned bits = 0, held = 0;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | data[i];
        for (held += 8; held >= 6; held -= 6)
            *out++ = digits[bits >> (held - 6) & 63];
    }
    if (held > 0)
        *out++ = digits[bits << (6 - held) & 63];
    *out = '\0';
}

int consent_new_state(char state[CONSENT_STATE_MAX], struct error *err)
{
    unsigned char raw[32] = { 0 };
    int rc = os.random(raw, sizeof(raw));
    if (rc < 0)
        return error_set(err, ERR_LOCAL, "no random numbers: %s", os_strerror(rc));
    base64url(raw, sizeof(raw), state);
    return 0;
}

static int put_addresses(struct dcddns_fields *params, bool v2, const struct dcddns_addr *v4,
                         const struct dcddns_addr *v6)
{
    char text[ADDR_TEXT_MAX] = "";
    const char *first = addr_is_set(v4) ? addr_text(v4, text) : "0.0.0.0";
    int rc = fields_set(params, v2 ? "IPv4" : "IP", first, 0);
    if (rc == DCDDNS_OK && v2)
        rc = fields_set(params, "IPv6", addr_is_set(v6) ? addr_text(v6, text) : "::", 0);
    return rc;
}

int consent_params(struct dcddns_fields *params, const struct consent_target *target,
                   const char *state, const struct dcddns_addr *v4, const struct dcddns_addr *v6,
                   struct error *err)
{
    const struct {
        const char *name, *value;
    } fixed[] = {
        { "client_id", CONNECT_PROVIDER_ID },
        { "scope", target->service_id },
        { "domain", target->zone },
        { "host", target->hosts },
        { "redirect_uri", CONNECT_REDIRECT_URI },
        { "state", state },
    };
    int rc = DCDDNS_OK;

    for (size_t i = 0; rc == DCDDNS_OK && i < sizeof(fixed) / sizeof(fixed[0]); i++)
        rc = fields_set(params, fixed[i].name, fixed[i].value, 0);
    if (rc == DCDDNS_OK)
        rc = put_addresses(params, strcmp(target->service_id, CONNECT_SERVICE_V2) == 0, v4, v6);
    return rc == DCDDNS_OK ? 0
                           : error_set(err, ERR_LOCAL, "cannot build the consent URL%s",
                                       rc == DCDDNS_E_NOMEM ? ": out of memory" : "");
}

int consent_url(struct buf *url, const char *async_url, const struct dcddns_fields *params,
                struct error *err)
{
    for (size_t i = 0; i < params->count; i++) {
        if (params->list[i].flags & DCDDNS_SECRET)
            return error_set(err, ERR_CONFIG,
                             "the auth module wants to put the secret \"%s\" into the "
                             "consent URL; that is never done, choose another module",
                             params->list[i].name);
    }
    buf_puts(url, async_url);
    buf_puts(url, "/v2/domainTemplates/providers/" CONNECT_PROVIDER_ID);
    fields_encode(params, FIELDS_QUERY, url);
    return buf_ok(url)
               ? 0
               : error_set(err, ERR_LOCAL, "the consent URL is too long, or memory ran out");
}

static const char *explain(const char *error, const char *description)
{
    static const struct {
        const char *error, *words;
    } known[] = {
        { "access_denied", "the provider or its customer declined" },
        { "temporarily_unavailable", "the provider is temporarily unavailable; try again later" },
        { "temporarily_unavailiable", "the provider is temporarily unavailable; try again later" },
        { "server_error", "the provider had an internal error; try again later" },
        { "invalid_scope", "the provider does not offer this template for the domain" },
        { "unauthorized_client", "the provider does not know this client" },
        { "invalid_request", "the provider did not understand the request" },
        { "unsupported_response_type", "the provider does not offer the asynchronous flow" },
    };
    if (description && strstr(description, "user_cancel"))
        return "consent was declined on the provider's page";
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcasecmp(error, known[i].error) == 0)
            return known[i].words;
    }
    return "the provider refused";
}

static int refused(const char *error, const char *description, struct error *err)
{
    char word[TEXT_ESCAPED_MAX] = "";
    bool later = text_starts_with(error, "temporarily_") || strcmp(error, "server_error") == 0;
    text_escape(error, strlen(error) > 64 ? 64 : strlen(error), word);
    return error_set(err, later ? ERR_TEMP : ERR_PERM,
                     "no consent: %s (%s); nothing was changed, run setup again when you want to",
                     explain(error, description), word);
}

/* NAME= stands in the query or fragment, readable or not. */
static bool mentions(const char *url, const char *name)
{
    size_t len = strlen(name);
    const char *at = strpbrk(url, "?#");
    for (; at; at = strpbrk(at + 1, "?#&")) {
        if (strncmp(at + 1, name, len) == 0 && at[1 + len] == '=')
            return true;
    }
    return false;
}

static int read_url(const char *url, const char *state, char code[CONSENT_CODE_MAX],
                    struct error *err)
{
    char *given_state = url_query_value(url, "state");
    char *given_code = url_query_value(url, "code");
    char *error = url_query_value(url, "error");
    char *description = url_query_value(url, "error_description");
    int rc = -1;

    /* A state that cannot be decoded is not ours either. */
    if (given_state ? !text_equal_secret(given_state, state) : mentions(url, "state"))
        error_set(err, ERR_USAGE,
                  "this address belongs to another run of setup (its state does not "
                  "match); open the URL that was printed last and paste what that page shows");
    else if (error)
        refused(error, description, err);
    else if (!given_code || strlen(given_code) >= CONSENT_CODE_MAX ||
             !text_is_token(given_code, CONSENT_CODE_MAX))
        error_set(err, ERR_USAGE,
                  "there is no code in the address that was pasted; paste the code, or "
                  "the whole address of the page that shows it");
    else {
        memcpy(code, given_code, strlen(given_code) + 1);
        rc = 0;
    }
    mem_free_secret(given_state);
    mem_free_secret(given_code);
    mem_free(error);
    mem_free(description);
    return rc;
}

bool consent_says_invalid(const char *pasted)
{
    static const char *const words[] = { "invalid_request", "invalid_scope", "invalid_host" };
    char *error = url_query_value(pasted, "error");
    bool invalid = false;

    for (size_t i = 0; error && i < sizeof(words) / sizeof(words[0]); i++)
        invalid = invalid || strcasecmp(error, words[i]) == 0;
    mem_free(error);
    return invalid;
}

int consent_read(const char *pasted, const char *state, char code[CONSENT_CODE_MAX],
                 struct error *err)
{
    char word[1 + CONSENT_CODE_MAX + 4096] = "?"; /* the '?' serves a query without one */
    char *text = word + 1;
    size_t room = sizeof(word) - 1;
    int rc = -1;

    pasted += strspn(pasted, " \t\r\n");
    size_t len = strcspn(pasted, " \t\r\n");
    code[0] = '\0';
    if (len == 0 || pasted[len + strspn(pasted + len, " \t\r\n")] != '\0' || len >= room)
        return error_set(err, ERR_USAGE, "expected one code or one address, without blanks in it");
    memcpy(text, pasted, len);
    const char *url = strpbrk(text, "?#") ? text : word;
    if (strstr(text, "://") || text[0] == '?' || mentions(url, "code") || mentions(url, "error")) {
        rc = read_url(url, state, code, err);
    } else if (len < CONSENT_CODE_MAX && text_is_token(text, CONSENT_CODE_MAX - 1)) {
        memcpy(code, text, len + 1);
        rc = 0;
    } else {
        error_set(err, ERR_USAGE, "that is not a code: it holds bytes no code has");
    }
    mem_wipe(word, sizeof(word));
    return rc;
}
