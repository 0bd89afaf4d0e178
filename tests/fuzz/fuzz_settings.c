/* Discovery: the TXT record is the first line, the provider's settings are the rest.  What is
 * accepted must lead where it says, to libcurl as well. */
#include "fuzz.h"

#include "base/mem.h"
#include "base/url.h"
#include "connect/discover.h"
#include "net/http_wire.h"
#include "net/transport.h"

static const char *txt, *settings;
static size_t settings_len;

static void on_dns(void *ctx, const char *name, enum dns_type type, struct dns_answer *out)
{
    (void)ctx;
    *out = (struct dns_answer){ .status = DNS_NODATA };
    if (type == DNS_TXT && strcmp(name, "_domainconnect.example.com") == 0 && strlen(txt) < 1024)
        *out = (struct dns_answer){ .status = DNS_OK, .count = 1, .txts = { txt } };
    else
        error_set(&out->error, ERR_PERM, "no TXT record");
}

static void on_http(void *ctx, const struct http_request *request, struct http_answer *out)
{
    (void)ctx;
    *out =
        (struct http_answer){ .status = 200, .body = "", .content_type = "", .retry_after_s = -1 };
    if (strstr(request->url, "/settings")) {
        out->body = settings;
        out->len = settings_len;
    }
}

static void on_step(void *ctx, int ok, const char *asked, const char *answered, const char *means)
{
    (void)ctx;
    FUZZ_CHECK(ok >= -1 && ok <= 1);
    FUZZ_CHECK(fuzz_is_plain(asked) && fuzz_is_plain(answered) && fuzz_is_plain(means));
}

/* One host, whoever reads the URL: no request may go to another than the one that was looked at. */
static void check_url(const char *url)
{
    const struct http_request request = { .url = url };
    struct http_target target = { 0 };
    struct error err = { 0 };
    char host[HTTP_HOST_MAX] = "";

    FUZZ_CHECK(url_is_https_base(url));
    if (http_target_read(&request, &target, &err) == 0 && target.literal.family == 0) {
        FUZZ_CHECK(url_host(url, host, sizeof(host)));
        FUZZ_CHECK(strcmp(host, target.host) == 0);
    }
    http_target_free(&target);
}

static struct net *start(void)
{
    static const struct net_transport transport = { .http = on_http, .dns = on_dns };
    const struct net_options options = { .transport = &transport };
    struct error err = { 0 };
    struct net *net = net_global_init(&err) == 0 ? net_new(&options, &err) : NULL;
    FUZZ_CHECK(net);
    return net;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct net *net;
    struct fuzz_input in = { data, size };
    struct provider provider = { 0 };
    struct error err = { 0 };
    char *first = fuzz_line(&in);
    char *body = fuzz_text(in.at, in.left);

    if (!net)
        net = start();
    txt = first[0] ? first : "dc.example.net";
    settings = body;
    settings_len = in.left;
    const int rc = discover(net, "home.example.com", true, &provider, on_step, NULL, &err);
    FUZZ_CHECK(rc == 0 || (err.class != ERR_NONE && fuzz_is_plain(err.text)));
    if (rc == 0)
        FUZZ_CHECK(provider.api_url && provider.async_url);
    if (provider.api_url)
        check_url(provider.api_url);
    if (provider.async_url)
        check_url(provider.async_url);
    if (provider.control_panel)
        FUZZ_CHECK(fuzz_is_plain(provider.control_panel));
    provider_free(&provider);
    free(first);
    free(body);
    return 0;
}
