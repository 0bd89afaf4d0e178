/* Finds zone, provider and template of a name; see discover.h.  Waits for answers: never called by
 * the engine. */
#include "connect/discover.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/url.h"
#include "connect/protocol.h"
#include "net/dns.h"
#include "net/http.h"

struct walk {
    struct net *net;
    struct provider *provider;
    discover_trace trace;
    void *ctx;
    struct error *err;
};

static void tell(const struct walk *w, int ok, const char *asked, const char *answered,
                 const char *means)
{
    if (w->trace)
        w->trace(w->ctx, ok, asked, answered, means);
}

void provider_free(struct provider *p)
{
    mem_free(p->announced);
    mem_free(p->id);
    mem_free(p->name);
    mem_free(p->api_url);
    mem_free(p->async_url);
    mem_free(p->control_panel);
    *p = (struct provider){ 0 };
}

/* Splits FQDN: the last bytes from AT on are the zone, what is before is the host. */
static void set_zone(struct provider *p, const char *fqdn, const char *at)
{
    size_t host = (size_t)(at - fqdn);
    memcpy(p->zone, at, strlen(at) + 1);
    if (host > 0)
        memcpy(p->host, fqdn, host - 1);
    p->host[host > 0 ? host - 1 : 0] = '\0';
}

/* 1: the zone is here (REPLY has its TXT); 0: not here; -1: cannot know. */
static int ask_level(const struct walk *w, const char *name, struct dns_reply *reply)
{
    char asked[FQDN_MAX + 32] = "", first[TEXT_ESCAPED_MAX] = "";
    struct buf question = BUF_MAX(sizeof(asked) - 1);

    buf_printf(&question, "_domainconnect.%s", name);
    dns_await(w->net, buf_text(&question), DNS_TXT, reply);
    buf_puts(&question, " TXT");
    memcpy(asked, buf_text(&question), question.len + 1);
    buf_free(&question);
    switch (reply->status) {
    case DNS_OK:
        text_escape(reply->txts[0], strlen(reply->txts[0]), first);
        tell(w, 1, asked, first, "the zone is here; this provider answers for it");
        return 1;
    case DNS_TEMP:
        tell(w, 0, asked, reply->error.text, "says nothing about the name; ask again later");
        return -1;
    default:
        tell(w, -1, asked, reply->status == DNS_NXDOMAIN ? "no such name" : "no TXT record",
             "no zone with Domain Connect at this level");
        return 0;
    }
}

static int find_zone(const struct walk *w, const char *fqdn, struct dns_reply *reply)
{
    const char *start = text_starts_with(fqdn, "*.") ? fqdn + 2 : fqdn;
    for (const char *at = start; at && strchr(at, '.'); at = strchr(at, '.') + 1) {
        int here = ask_level(w, at, reply);
        if (here < 0)
            return error_set(w->err, ERR_TEMP, "cannot find the zone of %s: %s", fqdn,
                             reply->error.text);
        if (here > 0) {
            set_zone(w->provider, fqdn, at);
            return 0;
        }
    }
    return error_set(w->err, ERR_PERM,
                     "no _domainconnect record for %s or any name above it: its DNS "
                     "provider does not offer Domain Connect, or the name is misspelt",
                     fqdn);
}

static char *control_panel(const char *template, const char *zone)
{
    struct buf url = BUF_MAX(2048);
    const char *mark = template ? strstr(template, "%domain%") : NULL;
    if (!template || !url_is_https_base(template)) {
        /* A query is fine in a link for people; anything but https is not shown. */
        if (!template || !text_starts_with(template, "https://") || !text_is_token(template, 2000))
            return NULL;
    }
    if (mark) {
        buf_add(&url, template, (size_t)(mark - template));
        url_add_escaped(&url, zone);
        buf_puts(&url, mark + strlen("%domain%"));
    } else {
        buf_puts(&url, template);
    }
    return buf_take(&url);
}

/* A URL of the settings without the slashes at its end; NULL when absent or not acceptable. */
static char *base_url(const struct json *settings, const char *name)
{
    const char *value = json_string(settings, name);
    if (!value || !url_is_https_base(value))
        return NULL;
    size_t len = strlen(value);
    while (len > 0 && value[len - 1] == '/')
        len--;
    return mem_strndup(value, len);
}

static char *words(const struct json *settings, const char *name)
{
    char escaped[TEXT_ESCAPED_MAX] = "";
    const char *value = json_string(settings, name);
    return mem_strdup(value ? text_escape(value, strlen(value), escaped) : "");
}

static int take_settings(const struct walk *w, const struct http_reply *reply, const char *asked)
{
    struct provider *p = w->provider;
    struct json *settings = json_parse(reply->body, reply->len);

    p->api_url = base_url(settings, "urlAPI");
    p->async_url = base_url(settings, "urlAsyncUX");
    p->id = words(settings, "providerId");
    p->name = words(settings, "providerName");
    p->control_panel = control_panel(json_string(settings, "urlControlPanel"), p->zone);
    bool readable = json_is_object(settings);
    json_free(&settings);
    if (!readable || !p->api_url || !p->id || !p->name) {
        tell(w, 0, asked, readable ? "no usable urlAPI" : "not a JSON object",
             "the provider's settings cannot be used");
        return error_set(w->err, ERR_PERM,
                         "%s: the provider's settings are unusable (%s); this is for "
                         "the DNS provider to mend",
                         asked, readable ? "urlAPI is missing or not https" : "not a JSON object");
    }
    tell(w, 1, asked, p->name[0] ? p->name : p->id, "settings read; API at the urlAPI they name");
    return 0;
}

/* 1 taken, 0 this provider does not have the zone, -1 error. */
static int ask_settings(const struct walk *w, const char *announced)
{
    struct buf url = BUF_MAX(2048);
    struct http_reply reply = { 0 };
    char answered[32 + TEXT_ESCAPED_MAX] = "";
    int rc = -1;

    buf_printf(&url, "https://%s/v2/%s/settings", announced, w->provider->zone);
    const struct http_request request = { .url = buf_text(&url),
                                          .accept = "application/json",
                                          .max_body = CONNECT_BODY_MAX };
    if (http_await(w->net, &request, &reply) < 0) {
        tell(w, 0, buf_text(&url), reply.error.text, "the provider cannot be asked now");
        *w->err = reply.error;
    } else if (reply.status >= 200 && reply.status < 300) {
        rc = take_settings(w, &reply, buf_text(&url)) < 0 ? -1 : 1;
    } else if (reply.status == 404) {
        tell(w, -1, buf_text(&url), "404",
             "this provider does not have the zone (stale TXT record)");
        rc = 0;
    } else {
        struct buf text = BUF_MAX(sizeof(answered) - 1);
        buf_printf(&text, "%d", reply.status);
        tell(w, 0, buf_text(&url), buf_text(&text), "the provider has a problem");
        buf_free(&text);
        bool later = reply.status >= 500 || reply.status == 429;
        error_set(
            w->err, later ? ERR_TEMP : ERR_PERM, "%s answered %d; %s", buf_text(&url), reply.status,
            later ? "the provider has a problem, try again later" : "this provider cannot be used");
    }
    buf_free(&url);
    http_reply_free(&reply);
    return rc;
}

/* What the settings of one provider left, when the next is tried. */
static void drop_settings(struct provider *p)
{
    struct provider kept = { 0 };
    memcpy(kept.zone, p->zone, sizeof(kept.zone));
    memcpy(kept.host, p->host, sizeof(kept.host));
    provider_free(p);
    *p = kept;
}

/* Tries each record.  When none leads anywhere, a temporary failure is the one to tell. */
static int find_settings(const struct walk *w, const struct dns_reply *txt)
{
    struct error worst = { 0 };
    for (size_t i = 0; i < txt->count; i++) {
        char shown[TEXT_ESCAPED_MAX] = "";
        text_escape(txt->txts[i], strlen(txt->txts[i]), shown);
        if (!url_is_bare_authority(txt->txts[i])) {
            tell(w, 0, "form of the TXT record", shown, "not host[:port][/path]; ignored");
            continue;
        }
        int rc = ask_settings(w, txt->txts[i]);
        if (rc > 0) {
            *w->err = (struct error){ 0 };
            w->provider->announced = mem_strdup(shown);
            return w->provider->announced ? 0 : error_set(w->err, ERR_LOCAL, "out of memory");
        }
        if (rc < 0 && worst.class != ERR_TEMP)
            worst = *w->err;
        drop_settings(w->provider);
    }
    if (worst.class != ERR_NONE) {
        *w->err = worst;
        return -1;
    }
    return error_set(w->err, ERR_PERM,
                     "the _domainconnect record of %s leads to no provider that has "
                     "the zone (it may be left over from an earlier DNS provider)",
                     w->provider->zone);
}

/* 1 there, 0 not there, -1 unknown: consent decides. */
static int has_template(const struct walk *w, const char *service)
{
    struct buf url = BUF_MAX(2048), text = BUF_MAX(ERROR_TEXT_MAX);
    struct http_reply reply = { 0 };
    int there = -1;

    buf_printf(&url, "%s/v2/domainTemplates/providers/" CONNECT_PROVIDER_ID "/services/%s",
               w->provider->api_url, service);
    const struct http_request request = { .url = buf_text(&url), .max_body = CONNECT_BODY_MAX };
    if (http_await(w->net, &request, &reply) < 0)
        buf_puts(&text, reply.error.text);
    else
        buf_printf(&text, "%d", reply.status);
    if (reply.status >= 200 && reply.status < 300)
        there = 1;
    else if (reply.status == 404)
        there = 0;
    tell(w, there, buf_text(&url), buf_text(&text),
         there > 0    ? "the template is supported"
         : there == 0 ? "the template is not supported"
                      : "unclear; the consent page will tell");
    buf_free(&url);
    buf_free(&text);
    http_reply_free(&reply);
    return there;
}

static int choose_template(const struct walk *w, bool want_ipv6)
{
    struct provider *p = w->provider;
    if (has_template(w, CONNECT_SERVICE_V2) != 0) {
        p->service_id = CONNECT_SERVICE_V2;
        return 0;
    }
    if (has_template(w, CONNECT_SERVICE_V1) != 0) {
        p->service_id = CONNECT_SERVICE_V1;
        if (!want_ipv6)
            return 0;
        return error_set(w->err, ERR_PERM,
                         "%s has only the IPv4 template (%s) for %s; run setup again "
                         "without --ipv6",
                         p->name, CONNECT_SERVICE_V1, p->zone);
    }
    return error_set(w->err, ERR_PERM,
                     "%s offers Domain Connect for %s but not the dynamic DNS "
                     "template; ask the provider to add domainconnect.org/%s",
                     p->name, p->zone, CONNECT_SERVICE_V2);
}

int discover_zone(struct net *net, const char *fqdn, struct provider *provider, struct error *err)
{
    struct walk w = { .net = net, .provider = provider, .err = err };
    struct dns_reply txt = { 0 };

    return find_zone(&w, fqdn, &txt);
}

int discover(struct net *net, const char *fqdn, bool want_ipv6, struct provider *provider,
             discover_trace trace, void *ctx, struct error *err)
{
    struct walk w = { net, provider, trace, ctx, err };
    struct dns_reply txt = { 0 };

    if (find_zone(&w, fqdn, &txt) < 0 || find_settings(&w, &txt) < 0)
        return -1;
    if (!provider->async_url) {
        tell(&w, 0, "urlAsyncUX in the settings", "absent",
             "the provider has only the synchronous flow");
        return error_set(err, ERR_PERM,
                         "%s supports Domain Connect for %s, but only its synchronous "
                         "flow; an updater needs the asynchronous (OAuth) one%s%s",
                         provider->name, provider->zone,
                         provider->control_panel ? "; your DNS records are at " : "",
                         provider->control_panel ? provider->control_panel : "");
    }
    tell(&w, 1, "urlAsyncUX in the settings", provider->async_url,
         "the asynchronous flow is offered");
    return choose_template(&w, want_ipv6);
}
