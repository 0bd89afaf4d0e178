/* libcurl: one transfer, as strict as it can be set, and what came of it.  Does not know who asked
 * (http_call.c) nor which addresses a name has (http_peer.c). */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/http_curl.h"
#include "net/http_fault.h"
#include "platform/os.h"

enum { LINE_MAX_LEN = 2048, HEADERS_MAX = 64 * 1024, LOW_SPEED = 10, LOW_SPEED_S = 10 };
enum { BEARER_MAX_LEN = 16 * 1024 };
/* How long curl keeps the addresses of a peer, in s: longer than any request takes, so that they
 * are there when it connects (again), but not for good, since every failure makes a new name. */
enum { PEER_KEPT_S = 600 };
/* An idle connection is used again for so long, in s.  A router that got another address, which is
 * why there is something to publish, may have forgotten it, and a request on it waits for nothing.
 */
enum { IDLE_KEPT_S = 5 };
enum { STATUS_MIN = 100, STATUS_MAX = 599 };

struct http_transfer {
    struct http_wire *wire;
    struct http_plan plan;
    CURL *easy;
    struct curl_slist *headers, *resolve, *connect_to;
    struct buf body;
    size_t header_bytes;
    bool too_large;
    struct dcddns_addr refused; /* where the socket was not opened */
    struct http_device device;
    char detail[CURL_ERROR_SIZE];
    http_done done;
    void *ctx;
};

/* -- callbacks of curl: no callback of a caller may run inside them -------------------------- */

static size_t on_body(char *data, size_t one, size_t len, void *arg)
{
    (void)one; /* always 1 */
    struct http_transfer *t = arg;
    size_t before = t->body.len;
    t->too_large = len > t->body.max || before > t->body.max - len;
    if (t->too_large)
        return 0;
    buf_add(&t->body, data, len);
    return buf_ok(&t->body) ? len : 0;
}

/* Only counts: curl bounds one line, not all of them. */
static size_t on_header(char *data, size_t one, size_t len, void *arg)
{
    (void)data;
    (void)one;
    struct http_transfer *t = arg;
    t->header_bytes += len;
    t->too_large = t->header_bytes > HEADERS_MAX;
    return t->too_large ? 0 : len;
}

static struct dcddns_addr peer_of(const struct curl_sockaddr *peer)
{
    struct dcddns_addr addr = { 0 };
    struct sockaddr_in v4 = { 0 };
    struct sockaddr_in6 v6 = { 0 };
    if (peer->family == AF_INET) {
        memcpy(&v4, &peer->addr, sizeof(v4));
        addr.family = 4;
        memcpy(addr.ip, &v4.sin_addr, 4);
    } else if (peer->family == AF_INET6 && peer->addrlen >= sizeof(v6)) {
        memcpy(&v6, (const void *)&peer->addr, sizeof(v6));
        addr.family = 6;
        memcpy(addr.ip, &v6.sin6_addr, 16);
    }
    return addr;
}

/* The last gate: whatever curl made of the addresses, this is where it goes. */
static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *peer)
{
    struct http_transfer *t = arg;
    const struct http_request *r = t->plan.request;
    struct dcddns_addr addr = peer_of(peer);
    bool good = purpose == CURLSOCKTYPE_IPCXN && addr_is_set(&addr) &&
                (r->family == 0 || r->family == addr.family) &&
                !http_peer_refuses(&addr, r->trust, t->wire->allow_loopback);
    t->device.family = addr.family;
    if (good)
        return socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
    t->refused = addr;
    return CURL_SOCKET_BAD;
}

/* -- options --------------------------------------------------------------------------------- */

static bool add_line(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer)
        *list = longer;
    return longer != NULL;
}

static bool add_header(struct http_transfer *t, const char *name, const char *value)
{
    struct buf line = BUF_MAX(LINE_MAX_LEN);
    buf_printf(&line, "%s: %s", name, value);
    bool added = buf_ok(&line) && add_line(&t->headers, buf_text(&line));
    buf_free(&line);
    return added;
}

static bool add_bearer(struct http_transfer *t, const char *token)
{
    struct buf line = BUF_MAX(BEARER_MAX_LEN);
    buf_printf(&line, "Authorization: Bearer %s", token);
    bool added = buf_ok(&line) && add_line(&t->headers, buf_text(&line));
    buf_free(&line);
    return added;
}

static bool has_header(const struct http_request *r, const char *name)
{
    for (size_t i = 0; r->headers[i]; i++) {
        if (strncasecmp(r->headers[i], name, strlen(name)) == 0)
            return true;
    }
    return false;
}

static bool set_request(struct http_transfer *t)
{
    const struct http_request *r = t->plan.request;
    const char *type = r->content_type ? r->content_type : "application/x-www-form-urlencoded";
    unsigned failed = curl_easy_setopt(t->easy, CURLOPT_URL, t->plan.target->url);
    if (r->fresh) { /* an echo service owes a line; a provider may think for all of total_ms, and to
                     * give up on a token request early would lose the tokens */
        failed |= curl_easy_setopt(t->easy, CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED);
        failed |= curl_easy_setopt(t->easy, CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_S);
    }
    if (r->accept)
        failed |= !add_header(t, "Accept", r->accept);
    if (r->post) { /* curl reads the caller's copy: no second one */
        failed |= curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
        failed |= curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, r->post);
        failed |=
            curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(r->post));
        failed |= !has_header(r, "Content-Type:") && !add_header(t, "Content-Type", type);
        failed |= !add_line(&t->headers, "Expect:");
    }
    for (size_t i = 0; r->headers[i]; i++)
        failed |= !add_line(&t->headers, r->headers[i]);
    if (r->bearer) /* not by curl's own option: it keeps a copy with the open connection */
        failed |= !add_bearer(t, r->bearer);
    failed |= curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    return !failed;
}

/* What no request may change. */
static bool set_rules(struct http_transfer *t)
{
    CURL *easy = t->easy;
    const char *scheme = t->plan.request->trust == HTTP_PLAIN ? "http" : "https";
    unsigned failed = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, scheme);
    failed |= curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    failed |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    failed |= curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    failed |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    failed |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    failed |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    failed |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    failed |= curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    failed |= curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    failed |= curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    failed |= curl_easy_setopt(easy, CURLOPT_USERAGENT,
                               "dcddns/" DCDDNS_VERSION " (+https://www.domainconnect.org/)");
    return !failed && http_trust_set(easy, t->wire);
}

static bool set_callbacks(struct http_transfer *t)
{
    CURL *easy = t->easy;
    unsigned failed = curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    failed |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->detail);
    failed |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    failed |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    failed |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    failed |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, t);
    failed |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    failed |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
    failed |=
        curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->plan.request->max_body);
    return !failed;
}

/* Connections and addresses are filed under a name that only this peer has.  It cannot be resolved
 * (RFC 6761), so that curl never asks the system's resolver should its entry be gone. */
static bool set_peer(struct http_transfer *t)
{
    const struct http_peer *peer = t->plan.peer;
    unsigned long long serial = peer->serial;
    struct buf line = BUF_MAX(LINE_MAX_LEN);
    char text[ADDR_TEXT_MAX];
    buf_printf(&line, "::peer-%llu.invalid:", serial);
    bool good = buf_ok(&line) && add_line(&t->connect_to, buf_text(&line));
    buf_free(&line);
    /* "+": the entry ages */
    buf_printf(&line, "+peer-%llu.invalid:%u", serial, (unsigned)t->plan.target->port);
    for (size_t i = 0; i < peer->count; i++)
        buf_printf(&line, peer->addrs[i].family == 6 ? "%c[%s]" : "%c%s", i ? ',' : ':',
                   addr_text(&peer->addrs[i], text));
    good = good && buf_ok(&line) && add_line(&t->resolve, buf_text(&line));
    buf_free(&line);
    return good && curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, t->connect_to) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_RESOLVE, t->resolve) == CURLE_OK;
}

static bool set_connection(struct http_transfer *t)
{
    const struct http_request *r = t->plan.request;
    CURL *easy = t->easy;
    long only = r->family == 4   ? CURL_IPRESOLVE_V4
                : r->family == 6 ? CURL_IPRESOLVE_V6
                                 : CURL_IPRESOLVE_WHATEVER;
    unsigned failed = curl_easy_setopt(easy, CURLOPT_IPRESOLVE, only);
    failed |= curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, (long)PEER_KEPT_S);
    failed |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)t->plan.connect_ms);
    failed |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)t->plan.total_ms);
    failed |= curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long)r->fresh);
    failed |= curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, (long)r->fresh);
    failed |= curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)IDLE_KEPT_S);
    failed |= curl_easy_setopt(easy, CURLOPT_PIPEWAIT, (long)!r->fresh);
    return !failed && http_device_set(easy, &t->device) && (!t->plan.peer || set_peer(t));
}

/* -- a transfer ------------------------------------------------------------------------------ */

struct http_transfer *http_transfer_start(struct http_wire *wire, const struct http_plan *plan,
                                          http_done done, void *ctx)
{
    struct http_transfer *t = mem_new(1, sizeof(*t));
    if (!t)
        return NULL;
    t->wire = wire;
    t->plan = *plan;
    t->device.name = plan->device;
    t->body.max = plan->request->max_body;
    t->done = done;
    t->ctx = ctx;
    t->easy = curl_easy_init();
    if (t->easy && set_rules(t) && set_callbacks(t) && set_request(t) && set_connection(t) &&
        curl_multi_add_handle(wire->multi, t->easy) == CURLM_OK)
        return t;
    http_transfer_stop(wire, &t);
    return NULL;
}

void http_transfer_stop(struct http_wire *wire, struct http_transfer **transfer)
{
    struct http_transfer *t = *transfer;
    if (!t)
        return;
    if (t->easy) {
        curl_multi_remove_handle(wire->multi, t->easy);
        curl_easy_cleanup(t->easy);
    }
    curl_slist_free_all(t->headers);
    curl_slist_free_all(t->resolve);
    curl_slist_free_all(t->connect_to);
    buf_free(&t->body);
    mem_free(t);
    *transfer = NULL;
}

static int64_t info_us(CURL *easy, CURLINFO what)
{
    curl_off_t us = 0;
    curl_easy_getinfo(easy, what, &us);
    return us;
}

/* What was going on when time ran out; each is 0 until it has been reached.  (CONNECT_TIME is set
 * only together with APPCONNECT_TIME.) */
static const char *phase_of(CURL *easy)
{
    long local_port = 0;
    curl_easy_getinfo(easy, CURLINFO_LOCAL_PORT, &local_port);
    if (info_us(easy, CURLINFO_STARTTRANSFER_TIME_T) > 0)
        return "receiving the answer";
    if (info_us(easy, CURLINFO_PRETRANSFER_TIME_T) > 0)
        return "waiting for the answer";
    return local_port > 0 ? "setting up the secure connection" : "connecting";
}

static enum http_fault_kind kind_of(CURLcode code, const struct http_transfer *t)
{
    static const struct {
        CURLcode code;
        enum http_fault_kind kind;
    } kinds[] = {
        { CURLE_COULDNT_CONNECT, HTTP_FAULT_CONNECT },
        { CURLE_OPERATION_TIMEDOUT, HTTP_FAULT_TIMEOUT },
        { CURLE_PEER_FAILED_VERIFICATION, HTTP_FAULT_CERTIFICATE },
        { CURLE_SSL_CACERT_BADFILE, HTTP_FAULT_CA_FILE },
        { CURLE_SSL_CONNECT_ERROR, HTTP_FAULT_TLS },
        { CURLE_OUT_OF_MEMORY, HTTP_FAULT_MEMORY },
        { CURLE_INTERFACE_FAILED, HTTP_FAULT_DEVICE },
        { CURLE_FILESIZE_EXCEEDED, HTTP_FAULT_TOO_LARGE },
    };
    if (t->too_large)
        return HTTP_FAULT_TOO_LARGE;
    if (!buf_ok(&t->body))
        return HTTP_FAULT_MEMORY;
    if (t->device.rc < 0)
        return HTTP_FAULT_DEVICE;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].code == code)
            return kinds[i].kind;
    }
    return code == CURLE_OK ? HTTP_FAULT_STATUS : HTTP_FAULT_OTHER;
}

/* Fills error and `unreached` of ANSWER. */
static void tell_fault(const struct http_transfer *t, CURLcode code, struct http_answer *answer)
{
    long os_code = 0, sent = 0;
    curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &os_code);
    curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &sent); /* also on a connection before */
    const int why = os_socket_error(os_code);
    struct http_fault fault = { .kind = kind_of(code, t),
                                .host = t->plan.target->host,
                                .port = t->plan.target->port,
                                .detail = t->device.rc < 0 ? os_strerror(t->device.rc)
                                          : t->detail[0]   ? t->detail
                                                           : curl_easy_strerror(code),
                                .phase = phase_of(t->easy),
                                .ms = info_us(t->easy, CURLINFO_TOTAL_TIME_T) / 1000,
                                .os_code = -why,
                                .device = t->plan.device ? t->plan.device : "",
                                .max_body = t->plan.request->max_body,
                                .refused = &t->refused,
                                .date_ms = http_date_by_servers(t->wire) };
    http_fault_tell(&fault, &answer->error);
    answer->unreached = fault.kind == HTTP_FAULT_CONNECT && sent == 0 && why != -ECONNREFUSED &&
                        !addr_is_set(fault.refused);
}

/* Anybody on the way can end a connection: curl takes a TLS stream that ends without its
 * close_notify for whole. */
static bool is_framed(CURL *easy)
{
    struct curl_header *header = NULL;
    long version = CURL_HTTP_VERSION_NONE;
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    if (version != CURL_HTTP_VERSION_1_0 && version != CURL_HTTP_VERSION_1_1)
        return true; /* frames of its own */
    if (curl_easy_header(easy, "Transfer-Encoding", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
        return strcasecmp(header->value, "chunked") == 0;
    return curl_easy_header(easy, "Content-Length", 0, CURLH_HEADER, -1, &header) == CURLHE_OK &&
           header->amount == 1;
}

void http_transfer_finish(struct http_transfer *t, CURLcode code)
{
    struct http_answer answer = { .body = "", .content_type = "", .retry_after_s = -1 };
    long status = 0;
    char *type = NULL;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        http_trust_failed(t->wire, t->plan.target);
    if (code != CURLE_OK || status < STATUS_MIN || status > STATUS_MAX) {
        tell_fault(t, code, &answer);
    } else {
        answer.status = (int)status;
        answer.body = buf_text(&t->body);
        answer.len = t->body.len;
        answer.content_type = type ? type : "";
        answer.retry_after_s = http_date_retry_after(t->easy);
        if (t->plan.request->trust != HTTP_PLAIN) {
            http_trust_accepted(t->wire, t->plan.target);
            http_date_note(t->wire, t->easy);
        }
        answer.unframed = t->body.len > 0 && !is_framed(t->easy);
    }
    t->done(t->ctx, &answer);
}
