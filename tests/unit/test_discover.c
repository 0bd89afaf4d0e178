/* Discovery over a scripted network: zone, provider, template, and the words for each way it ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect/discover.h"
#include "connect/protocol.h"
#include "net/transport.h"
#include "unit/answers.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define SETTINGS                                                                                   \
    "{\"providerId\":\"dns.example\",\"providerName\":\"Example DNS\","                            \
    "\"urlSyncUX\":\"https://sync.example\",\"urlAsyncUX\":\"https://consent.example/dc/\","       \
    "\"urlAPI\":\"https://api.example/dc/\","                                                      \
    "\"urlControlPanel\":\"https://panel.example/?d=%domain%\"}"
#define TEMPLATE "https://api.example/dc/v2/domainTemplates/providers/domainconnect.org/services/"

struct txt {
    const char *name;
    enum dns_status status;
    const char *records[4]; /* NULL-ended */
};

struct page {
    const char *url;
    int status; /* 0: no answer */
    const char *body;
};

static const struct script {
    const char *fqdn;
    bool want_ipv6;
    struct txt txts[4];
    struct page pages[4];
    enum error_class class;     /* ERR_NONE: found */
    const char *zone, *host;    /* when found */
    const char *service, *says; /* SAYS: in the error's text */
} * script;

static char asked[4000]; /* names and URLs in order, one a line */

static void note(const char *what)
{
    size_t used = strlen(asked);
    snprintf(asked + used, sizeof(asked) - used, "%s\n", what);
}

static void answer_dns(void *ctx, const char *name, enum dns_type type, struct dns_answer *answer)
{
    (void)ctx;
    note(name);
    assert_int_equal(type, DNS_TXT);
    *answer = (struct dns_answer){ .status = DNS_NXDOMAIN };
    for (size_t i = 0; i < COUNT(script->txts) && script->txts[i].name; i++) {
        const struct txt *txt = &script->txts[i];
        if (strcmp(txt->name, name) != 0)
            continue;
        answer->status = txt->status;
        for (size_t j = 0; txt->records[j]; j++)
            answer->txts[answer->count++] = txt->records[j];
    }
    if (answer->status != DNS_OK)
        error_set(&answer->error, answer->status == DNS_TEMP ? ERR_TEMP : ERR_PERM,
                  "SERVFAIL of a test");
}

static void answer_http(void *ctx, const struct http_request *request, struct http_answer *answer)
{
    (void)ctx;
    note(request->url);
    assert_null(request->post);
    assert_null(request->bearer);
    assert_int_equal(request->trust, HTTP_REMOTE); /* the URL came from DNS or a stranger */
    assert_true(request->max_body <= CONNECT_BODY_MAX);
    *answer = answer_of(404, "");
    for (size_t i = 0; i < COUNT(script->pages) && script->pages[i].url; i++) {
        const struct page *page = &script->pages[i];
        if (strcmp(page->url, request->url) != 0)
            continue;
        *answer = page->status ? answer_of(page->status, page->body ? page->body : "")
                               : answer_failed(ERR_TEMP, "connection refused by a test");
    }
}

static struct net *net;

static int set_up(void **state)
{
    static const struct net_transport transport = { .http = answer_http, .dns = answer_dns };
    const struct net_options options = { .transport = &transport };
    struct error err = { 0 };
    (void)state;
    if (net_global_init(&err) != 0)
        return -1;
    net = net_new(&options, &err);
    return net ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    net_free(&net);
    net_global_cleanup();
    return 0;
}

static int traced[3];

static void trace(void *ctx, int ok, const char *question, const char *answered, const char *means)
{
    assert_ptr_equal(ctx, traced);
    assert_in_range(ok + 1, 0, 2);
    traced[ok + 1]++;
    assert_true(question && question[0] && answered && means && means[0]);
    assert_null(strpbrk(question, "\r\n\x1b"));
    assert_null(strpbrk(answered, "\r\n\x1b"));
}

#define DC(zone)       "_domainconnect." zone
#define AT(host, zone) "https://" host "/v2/" zone "/settings"
#define GOOD                                                                                       \
    {                                                                                              \
        AT("dc.example", "example.com"), 200, SETTINGS                                             \
    }
#define HAS_V2                                                                                     \
    {                                                                                              \
        TEMPLATE "dynamicdns-v2", 200, "{}"                                                        \
    }

static const struct script scripts[] = {
    /* -- found -- */
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { GOOD, HAS_V2 },
      ERR_NONE,
      "example.com",
      "home",
      CONNECT_SERVICE_V2,
      NULL },
    { "example.com",
      false,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { GOOD, HAS_V2 },
      ERR_NONE,
      "example.com",
      "",
      CONNECT_SERVICE_V2,
      NULL },
    { "*.example.com",
      false,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { GOOD, HAS_V2 },
      ERR_NONE,
      "example.com",
      "*",
      CONNECT_SERVICE_V2,
      NULL },
    { "*.home.example.com",
      false,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { GOOD, HAS_V2 },
      ERR_NONE,
      "example.com",
      "*.home",
      CONNECT_SERVICE_V2,
      NULL },
    { "a.b.home.example.co.uk",
      false,
      { { DC("a.b.home.example.co.uk"), DNS_NODATA, { NULL } },
        { DC("home.example.co.uk"), DNS_OK, { "dc.example:8443/x" } },
        { DC("example.co.uk"), DNS_OK, { "other.example" } } }, /* the longest name wins */
      { { AT("dc.example:8443/x", "home.example.co.uk"), 200, SETTINGS }, HAS_V2 },
      ERR_NONE,
      "home.example.co.uk",
      "a.b",
      CONNECT_SERVICE_V2,
      NULL },
    /* any 2xx is an answer; a template that is unclear is for consent to decide */
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { { AT("dc.example", "example.com"), 203, SETTINGS }, { TEMPLATE "dynamicdns-v2", 204, "" } },
      ERR_NONE,
      "example.com",
      "home",
      CONNECT_SERVICE_V2,
      NULL },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { GOOD, { TEMPLATE "dynamicdns-v2", 500, "" } },
      ERR_NONE,
      "example.com",
      "home",
      CONNECT_SERVICE_V2,
      NULL },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { GOOD, { TEMPLATE "dynamicdns-v2", 401, "" } },
      ERR_NONE,
      "example.com",
      "home",
      CONNECT_SERVICE_V2,
      NULL },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { GOOD, { TEMPLATE "dynamicdns-v2", 0, "" } },
      ERR_NONE,
      "example.com",
      "home",
      CONNECT_SERVICE_V2,
      NULL },
    /* v1 only without IPv6 */
    { "home.example.com",
      false,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { GOOD, { TEMPLATE "dynamicdns-v2", 404, "" }, { TEMPLATE "dynamicdns", 200, "{}" } },
      ERR_NONE,
      "example.com",
      "home",
      CONNECT_SERVICE_V1,
      NULL },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { GOOD, { TEMPLATE "dynamicdns-v2", 404, "" }, { TEMPLATE "dynamicdns", 200, "{}" } },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "IPv4" },
    { "home.example.com",
      false,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { GOOD },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "template" },
    /* -- several records: each is tried -- */
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "https://bad.example", "stale.example", "dc.example" } } },
      { { AT("stale.example", "example.com"), 404, "" }, GOOD, HAS_V2 },
      ERR_NONE,
      "example.com",
      "home",
      CONNECT_SERVICE_V2,
      NULL },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "ill.example", "dc.example" } } },
      { { AT("ill.example", "example.com"), 500, "" }, GOOD, HAS_V2 },
      ERR_NONE,
      "example.com",
      "home",
      CONNECT_SERVICE_V2,
      NULL },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dead.example", "odd.example", "dc.example" } } },
      { { AT("dead.example", "example.com"), 0, "" },
        { AT("odd.example", "example.com"), 200,
          "{\"providerName\":\"Odd\",\"urlAsyncUX\":\"https://odd.example\"}" },
        GOOD,
        HAS_V2 },
      ERR_NONE,
      "example.com",
      "home",
      CONNECT_SERVICE_V2,
      NULL },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dead.example", "odd.example" } } },
      { { AT("dead.example", "example.com"), 0, "" },
        { AT("odd.example", "example.com"), 200, "{}" } },
      ERR_TEMP,
      NULL,
      NULL,
      NULL,
      "connection refused by a test" },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "odd.example", "dead.example" } } },
      { { AT("dead.example", "example.com"), 0, "" },
        { AT("odd.example", "example.com"), 200, "{}" } },
      ERR_TEMP,
      NULL,
      NULL,
      NULL,
      "connection refused by a test" },
    /* -- not found -- */
    { "home.example.com",
      true,
      { { NULL, DNS_OK, { NULL } } },
      { { NULL, 0, NULL } },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "home.example.com" },
    { "home.example.com",
      true,
      { { DC("home.example.com"), DNS_TEMP, { NULL } },
        { DC("example.com"), DNS_OK, { "dc.example" } } },
      { GOOD, HAS_V2 },
      ERR_TEMP,
      NULL,
      NULL,
      NULL,
      "SERVFAIL of a test" }, /* says nothing about this level */
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "stale.example" } } },
      { { NULL, 0, NULL } },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "no provider" },
    { "home.example.com",
      true,
      { { DC("example.com"),
          DNS_OK,
          { "user@dc.example", "dc.example?x", "https://dc.example" } } },
      { GOOD, HAS_V2 },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "no provider" },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example\r\nHost: x", "dc.example#", "" } } },
      { GOOD, HAS_V2 },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "no provider" },
    /* -- settings in trouble -- */
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { { AT("dc.example", "example.com"), 500, "" } },
      ERR_TEMP,
      NULL,
      NULL,
      NULL,
      "try again later" },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { { AT("dc.example", "example.com"), 429, "" } },
      ERR_TEMP,
      NULL,
      NULL,
      NULL,
      "try again later" },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { { AT("dc.example", "example.com"), 302, "" } },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "302" },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { { AT("dc.example", "example.com"), 403, "" } },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "403" },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { { AT("dc.example", "example.com"), 200, "<html>welcome</html>" } },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "JSON" },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { { AT("dc.example", "example.com"), 200, "[" SETTINGS "]" } },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "JSON" },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { { AT("dc.example", "example.com"), 200, "{\"urlAsyncUX\":\"https://c.example\"}" } },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "urlAPI" },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { { AT("dc.example", "example.com"), 200,
          "{\"urlAPI\":\"http://api.example\",\"urlAsyncUX\":\"https://c.example\"}" } },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "urlAPI" },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { { AT("dc.example", "example.com"), 200,
          "{\"urlAPI\":\"https://a@api.example\",\"urlAsyncUX\":\"https://c.example\"}" } },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "urlAPI" },
    /* -- the synchronous flow only -- */
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { { AT("dc.example", "example.com"), 200,
          "{\"providerName\":\"Sync\\nDNS\",\"urlAPI\":\"https://api.example\","
          "\"urlControlPanel\":\"https://panel.example/%domain%/dns\"}" } },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "https://panel.example/example.com/dns" },
    { "home.example.com",
      true,
      { { DC("example.com"), DNS_OK, { "dc.example" } } },
      { { AT("dc.example", "example.com"), 200,
          "{\"providerName\":\"Sync\",\"urlAPI\":\"https://api.example\","
          "\"urlAsyncUX\":\"http://"
          "plain.example\",\"urlControlPanel\":\"javascript:alert(1)\"}" } },
      ERR_PERM,
      NULL,
      NULL,
      NULL,
      "synchronous" },
};

static void check_found(const struct provider *p)
{
    assert_string_equal(p->zone, script->zone);
    assert_string_equal(p->host, script->host);
    assert_string_equal(p->service_id, script->service);
    assert_string_equal(p->id, "dns.example");
    assert_string_equal(p->name, "Example DNS");
    assert_string_equal(p->api_url, "https://api.example/dc");
    assert_string_equal(p->async_url, "https://consent.example/dc");
    char panel[100] = "";
    snprintf(panel, sizeof(panel), "https://panel.example/?d=%s", script->zone);
    assert_string_equal(p->control_panel, panel);
    assert_non_null(p->announced);
}

static void walks_to_the_right_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct provider provider = { 0 };
        struct error err = { 0 };
        script = &scripts[i];
        asked[0] = '\0';
        memset(traced, 0, sizeof(traced));
        int rc = discover(net, script->fqdn, script->want_ipv6, &provider, trace, traced, &err);
        if (rc != (script->class == ERR_NONE ? 0 : -1) || err.class != script->class)
            fail_msg("script %zu: %d %s: %s", i, rc, error_class_name(err.class), err.text);
        if (rc == 0)
            check_found(&provider);
        else if (!strstr(err.text, script->says))
            fail_msg("script %zu: %s", i, err.text);
        assert_null(strpbrk(err.text, "\r\n\x1b"));
        assert_null(strstr(err.text, "javascript"));
        assert_true(traced[0] + traced[1] + traced[2] > 0); /* doctor has something to say */
        assert_null(strstr(asked, "_domainconnect.com\n")); /* a top-level label is never asked */
        assert_null(strstr(asked, "_domainconnect.uk\n"));
        provider_free(&provider);
        assert_null(provider.api_url);
        provider_free(&provider);
    }
}

static void asks_from_the_name_towards_the_root(void **state)
{
    static const struct script none = { .fqdn = "a.b.example.com" };
    struct provider provider = { 0 };
    struct error err = { 0 };
    (void)state;
    script = &none;
    asked[0] = '\0';
    assert_int_equal(discover(net, none.fqdn, false, &provider, NULL, NULL, &err), -1);
    assert_string_equal(asked,
                        DC("a.b.example.com") "\n" DC("b.example.com") "\n" DC("example.com") "\n");
    provider_free(&provider);
    asked[0] = '\0';
    assert_int_equal(discover(net, "localhost", false, &provider, NULL, NULL, &err), -1);
    assert_int_equal(err.class, ERR_PERM);
    assert_string_equal(asked, "");
    provider_free(&provider);
}

static void asks_nobody_else_once_it_knows(void **state)
{
    struct provider provider = { 0 };
    struct error err = { 0 };
    (void)state;
    script = &scripts[0];
    asked[0] = '\0';
    assert_int_equal(discover(net, script->fqdn, true, &provider, NULL, NULL, &err), 0);
    assert_string_equal(asked, DC("home.example.com") "\n" DC("example.com") "\n" AT(
                                   "dc.example", "example.com") "\n" TEMPLATE "dynamicdns-v2\n");
    provider_free(&provider);
}

static void long_names_fit(void **state)
{
    static const struct script none = { 0 };
    char name[FQDN_MAX] = "";
    struct provider provider = { 0 };
    struct error err = { 0 };
    (void)state;
    for (size_t i = 0; i + 4 < sizeof(name); i++)
        name[i] = i % 50 == 49 ? '.' : 'a';
    memcpy(name + 249, ".com", 5);
    script = &none;
    assert_int_equal(discover(net, name, false, &provider, trace, traced, &err), -1);
    assert_int_equal(err.class, ERR_PERM);
    provider_free(&provider);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks_to_the_right_end),
        cmocka_unit_test(asks_from_the_name_towards_the_root),
        cmocka_unit_test(asks_nobody_else_once_it_knows),
        cmocka_unit_test(long_names_fit),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
