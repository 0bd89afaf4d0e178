/* Template apply and revert as text; see apply.h.  Must not know tokens, hosts files or time. */
#include "connect/apply.h"

#include <string.h>
#include <strings.h>

#include "base/addr.h"
#include "base/json.h"
#include "base/text.h"
#include "base/url.h"
#include "connect/protocol.h"

enum { WORDS_MAX = 256 };

static void service_url(struct buf *url, const struct apply_target *target, const char *verb)
{
    buf_puts(url, target->api_url);
    buf_puts(url, "/v2/domainTemplates/providers/" CONNECT_PROVIDER_ID "/services/");
    url_add_escaped(url, target->service_id);
    buf_puts(url, verb);
    url_add_query(url, "domain", target->zone);
    url_add_query(url, "host", target->host);
}

void apply_url(struct buf *url, const struct apply_target *target, const struct dcddns_addr *v4,
               const struct dcddns_addr *v6, bool force)
{
    char text[ADDR_TEXT_MAX] = "";

    service_url(url, target, "/apply");
    bool v1 = strcmp(target->service_id, CONNECT_SERVICE_V1) == 0;
    bool has4 = addr_is_set(v4), has6 = !v1 && addr_is_set(v6);
    if (has4)
        url_add_query(url, v1 ? "IP" : "IPv4", addr_text(v4, text));
    if (has6)
        url_add_query(url, "IPv6", addr_text(v6, text));
    if (!v1 && (has4 || has6))
        url_add_query(url, "groupId", has4 && has6 ? "IPv4,IPv6" : has4 ? "IPv4" : "IPv6");
    if (force)
        url_add_query(url, "force", "1");
}

void revert_url(struct buf *url, const struct apply_target *target)
{
    service_url(url, target, "/revert");
}

/* "@", "", the relative name and the full name all mean the managed host. */
static bool at_host(const char *host, const struct apply_target *target)
{
    char name[FQDN_MAX] = "", want[FQDN_MAX] = "";
    struct buf full = BUF_MAX(FQDN_MAX - 1);

    if (!host)
        return false;
    if (host[0] == '\0' || strcmp(host, "@") == 0)
        return target->host[0] == '\0';
    if (strcasecmp(host, target->host) == 0)
        return true;
    buf_printf(&full, "%s%s%s", target->host, target->host[0] ? "." : "", target->zone);
    bool same = buf_ok(&full) && text_fqdn(buf_text(&full), want) && text_fqdn(host, name) &&
                strcmp(name, want) == 0;
    buf_free(&full);
    return same;
}

static bool is_address_type(const char *type)
{
    return type && (strcasecmp(type, "A") == 0 || strcasecmp(type, "AAAA") == 0);
}

/* Lists the records in the way as words; true when each is an address record at our host. */
static bool only_ours(const struct json *body, const struct apply_target *target,
                      char words[WORDS_MAX])
{
    struct buf text = BUF_MAX(WORDS_MAX - 1);
    const struct json *records = json_get(body, "records");
    bool ours = json_first(records) != NULL;
    char escaped[TEXT_ESCAPED_MAX] = "";

    for (const struct json *r = json_first(records); r; r = json_next(r)) {
        const char *type = json_string(r, "type"), *host = json_string(r, "host");
        const char *data = json_string(r, "data");
        ours = ours && is_address_type(type) && at_host(host, target);
        /* Cut, not left out: a long TXT record must still be named. */
        struct buf row = BUF_MAX(WORDS_MAX);
        buf_printf(&row, "%s%.16s %.80s %.60s", text.len ? ", " : "", type ? type : "?",
                   host ? host : "?", data ? data : "");
        text_escape(buf_text(&row), row.len, escaped);
        buf_free(&row);
        if (text.len + strlen(escaped) < text.max)
            buf_puts(&text, escaped);
    }
    memcpy(words, buf_text(&text), text.len);
    words[text.len] = '\0';
    buf_free(&text);
    return ours;
}

static void judge_conflict(const struct http_answer *answer, const struct apply_target *target,
                           struct apply_result *result)
{
    char words[WORDS_MAX] = "";
    struct json *body = json_parse(answer->body, answer->len);
    bool ours = only_ours(body, target, words);

    json_free(&body);
    result->verdict = ours ? APPLY_OVERRIDE : APPLY_CONFLICT;
    error_set(&result->error, ERR_CONFLICT,
              "%s refuses the change (409): these records stand in the way: %s; delete them at the "
              "DNS provider, then run: dcddns update --force",
              target->api_url, words[0] ? words : "(the provider does not say which)");
}

/* The provider's own words on one line, for people. */
static void quote_body(const struct http_answer *answer, char words[TEXT_ESCAPED_MAX])
{
    struct json *body = json_parse(answer->body, answer->len);
    const char *message = json_string(body, "message");
    if (!message)
        message = json_string(body, "error_description");
    if (message)
        text_escape(message, strlen(message), words);
    else
        text_escape(answer->body, answer->len, words);
    json_free(&body);
}

static void judge_refusal(const struct http_answer *answer, const struct apply_target *target,
                          struct apply_result *result)
{
    char words[TEXT_ESCAPED_MAX] = "";
    quote_body(answer, words);
    const char *hint = "run: dcddns doctor NAME";
    if (answer->status == 403)
        hint = "the consent may not cover this name; run: dcddns setup NAME";
    else if (answer->status == 404)
        hint = "the provider may not have this zone or template any more; run: dcddns doctor NAME";
    else if (answer->status >= 300 && answer->status < 400)
        hint = "redirects are never followed with a token; run: dcddns setup NAME";
    else if (answer->status == 501)
        hint = "the provider does not offer this operation";
    result->verdict = APPLY_REFUSED;
    error_set(&result->error, ERR_PERM, "%s answered %d%s%s; %s", target->api_url, answer->status,
              words[0] ? ": " : "", words, hint);
}

void apply_judge(const struct http_answer *answer, const struct apply_target *target,
                 struct apply_result *result)
{
    int status = answer->status;
    *result = (struct apply_result){ .verdict = APPLY_RETRY, .wait_s = answer->retry_after_s };

    if (answer->error.class != ERR_NONE) {
        result->error = answer->error;
        result->wait_s = -1;
    } else if (status >= 200 && status < 300) {
        result->verdict = APPLY_DONE;
    } else if (status == 401) {
        result->verdict = APPLY_TOKEN;
        error_set(&result->error, ERR_CONSENT, "%s does not accept the access token (401)",
                  target->api_url);
    } else if (status == 409) {
        judge_conflict(answer, target, result);
    } else if (status == 408 || status == 425 || status == 429 ||
               (status >= 500 && status != 501)) {
        char words[TEXT_ESCAPED_MAX] = "";
        quote_body(answer, words);
        error_set(&result->error, ERR_TEMP, "%s answered %d%s%s; it will be tried again",
                  target->api_url, status, words[0] ? ": " : "", words);
    } else {
        judge_refusal(answer, target, result);
    }
}
