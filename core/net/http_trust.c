/* Whom a transfer trusts: a file of the configuration, the system's files, or the system's store,
 * which is kept between transfers.  Does not know what a store is made of (platform/os.h). */
#include <string.h>

#include "base/mem.h"
#include "net/http_curl.h"
#include "platform/os.h"

enum {
    KEPT_MS = 6 * 60 * 60 * 1000, /* so soon is an authority trusted no more that was removed */
    SOON_MS = 60 * 1000           /* and so soon a new one that a certificate lacked, at first */
};

static bool is_stale(const struct http_wire *wire)
{
    const int64_t age = os.boot_ms() - wire->trust_boot_ms;
    return age > KEPT_MS || (wire->trust_failed && age > wire->trust_wait_ms);
}

/* To read the store takes a second, in which nothing else is done: too long for every minute in
 * which one server of many has a certificate that stays bad. */
static int64_t next_wait_ms(const struct http_wire *wire)
{
    const int64_t twice = 2 * wire->trust_wait_ms;
    if (!wire->trust_failed)
        return SOON_MS;
    return twice < KEPT_MS ? twice : KEPT_MS;
}

/* What is there stays in use while memory is short. */
static void read_store(struct http_wire *wire)
{
    struct os_trust *fresh = os_trust_read(wire->ca_bundle);
    if (!fresh)
        return;
    os_trust_free(&wire->trust);
    wire->trust = fresh;
    wire->trust_wait_ms = next_wait_ms(wire);
    wire->trust_boot_ms = os.boot_ms();
    wire->trust_failed = false;
}

static CURLcode on_ssl_ctx(CURL *easy, void *ssl_ctx, void *arg)
{
    struct http_wire *wire = arg;

    (void)easy;
    if (!wire->trust || is_stale(wire))
        read_store(wire);
    if (!wire->trust)
        return CURLE_SSL_CERTPROBLEM; /* memory, or a list that cannot be read: logged */
    os_trust_give(wire->trust, ssl_ctx);
    return CURLE_OK;
}

static unsigned set_store(CURL *easy, struct http_wire *wire)
{
    unsigned failed = curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    failed |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    failed |= curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx);
    return failed | curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, wire);
}

/* libcurl keeps what it read of a file, but with a directory or a store besides it reads the file
 * anew for each connection, which is most of the work of a check. */
bool http_trust_set(CURL *easy, struct http_wire *wire)
{
    const char *own = wire->ca_file ? wire->ca_file : wire->ca_bundle;
    const char *bundle = own ? own : curl_version_info(CURLVERSION_NOW)->cainfo;

    if (!wire->ca_file && os_has_ca_store())
        return !set_store(easy, wire);
    unsigned failed = own ? curl_easy_setopt(easy, CURLOPT_CAINFO, own) : CURLE_OK;
    if (wire->ca_file || (bundle && !os_path_is_missing(bundle)))
        failed |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    return !failed;
}

static bool is_last_refused(const struct http_wire *wire, const struct http_target *target)
{
    return target->port == wire->refused_port && strcmp(target->host, wire->refused_host) == 0;
}

void http_trust_failed(struct http_wire *wire, const struct http_target *target)
{
    memcpy(wire->refused_host, target->host, sizeof(wire->refused_host));
    wire->refused_port = target->port;
    wire->trust_failed = true;
}

/* That others are good does not show that to read the store has helped. */
void http_trust_accepted(struct http_wire *wire, const struct http_target *target)
{
    if (!wire->trust_failed && is_last_refused(wire, target))
        wire->trust_wait_ms = SOON_MS;
}
