/* libcurl: URLs as it reads them, and the multi handle that drives all transfers.  Does not know
 * what is in a transfer (http_transfer.c). */
#include <string.h>

#include "base/addr.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/http_curl.h"
#include "platform/os.h"

enum { FDS_MIN = 1024, SPIN_MS = 100 };

/* -- set-up ---------------------------------------------------------------------------------- */

int http_wire_global_init(struct error *err)
{
    CURLcode code = curl_global_init_mem(CURL_GLOBAL_DEFAULT, os_wiping_alloc, os_wiping_release,
                                         os_wiping_resize, os_wiping_strdup, os_wiping_calloc);
    if (code != CURLE_OK)
        return error_set(err, ERR_LOCAL, "the HTTP library does not start: %s",
                         curl_easy_strerror(code));
    return 0;
}

void http_wire_global_cleanup(void)
{
    curl_global_cleanup();
}

struct http_wire *http_wire_new(const struct net_options *options, struct error *err)
{
    struct http_wire *wire = mem_new(1, sizeof(*wire));
    if (!wire)
        return NULL;
    wire->allow_loopback = options->allow_loopback;
    wire->ca_file = mem_strdup(options->ca_file);
    wire->ca_bundle = options->ca_file ? NULL : os_place(OS_PLACE_CA, NULL);
    wire->fd_cap = FDS_MIN;
    wire->fds = mem_new(wire->fd_cap, sizeof(*wire->fds));
    wire->multi = curl_multi_init();
    bool ready =
        wire->fds && wire->multi && (wire->ca_file || !options->ca_file) &&
        curl_multi_setopt(wire->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX) == CURLM_OK;
    if (ready)
        return wire;
    error_set(err, ERR_LOCAL, "out of memory while setting up HTTP");
    http_wire_free(&wire);
    return NULL;
}

void http_wire_free(struct http_wire **wire)
{
    if (!*wire)
        return;
    if ((*wire)->multi)
        curl_multi_cleanup((*wire)->multi);
    mem_free((*wire)->fds);
    mem_free((*wire)->ca_file);
    mem_free((*wire)->ca_bundle);
    os_trust_free(&(*wire)->trust);
    mem_free(*wire);
    *wire = NULL;
}

/* -- URLs ------------------------------------------------------------------------------------ */

struct parsed {
    CURLU *handle;
    bool no_memory; /* a part that seems to be missing may be there */
};

static char *url_part(struct parsed *url, CURLUPart part)
{
    const unsigned flags = part == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0;
    char *text = NULL;
    const CURLUcode code = curl_url_get(url->handle, part, &text, flags);
    url->no_memory = url->no_memory || code == CURLUE_OUT_OF_MEMORY;
    return code == CURLUE_OK ? text : NULL;
}

/* Lower case without final dot or brackets; an address also as such.  False: not usable. */
static bool read_host(struct parsed *url, struct http_target *out)
{
    char *host = url_part(url, CURLUPART_HOST);
    const char *from = host ? host : "";
    size_t len = strlen(from);
    if (from[0] == '[' && len > 1) {
        from++;
        len -= 2;
    }
    bool good = len > 0 && len < sizeof(out->host);
    for (size_t i = 0; good && i < len; i++) {
        char c = from[i];
        out->host[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        good = c > ' ' && c < 127;
    }
    curl_free(host);
    if (good && addr_parse(out->host, &out->literal) != 0)
        good = !strchr(out->host, ':') && out->host[len - 1] != '.';
    return good;
}

static int target_fail(struct http_target *target, struct error *err, const char *url,
                       const char *why)
{
    char shown[TEXT_ESCAPED_MAX] = "";
    size_t len = strcspn(url, "?#");
    http_target_free(target);
    return error_set(err, ERR_PERM, "the URL \"%s\" cannot be used: %s",
                     text_escape(url, len, shown), why);
}

/* Why URL is not one of ours, or NULL; fills OUT. */
static const char *target_fault(struct parsed *url, const struct http_request *r,
                                struct http_target *out)
{
    const char *wanted = r->trust == HTTP_PLAIN ? "http" : "https";
    int64_t port = 0;
    const CURLUcode code =
        curl_url_set(url->handle, CURLUPART_URL, r->url, CURLU_NON_SUPPORT_SCHEME);
    url->no_memory = code == CURLUE_OUT_OF_MEMORY;
    if (code != CURLUE_OK)
        return "it is malformed";
    char *scheme = url_part(url, CURLUPART_SCHEME);
    bool good = scheme && strcmp(scheme, wanted) == 0;
    curl_free(scheme);
    if (!good)
        return r->trust == HTTP_PLAIN ? "it does not begin with http://"
                                      : "it does not begin with https://";
    char *user = url_part(url, CURLUPART_USER);
    curl_free(user);
    if (user)
        return "it holds a user name";
    char *zone = url_part(url, CURLUPART_ZONEID);
    curl_free(zone);
    if (zone)
        return "its host has a zone";
    char *digits = url_part(url, CURLUPART_PORT);
    good = digits && text_int(digits, 1, UINT16_MAX, &port);
    curl_free(digits);
    out->port = (uint16_t)port;
    return good && read_host(url, out) ? NULL : "its host or port is malformed";
}

int http_target_read(const struct http_request *r, struct http_target *out, struct error *err)
{
    *out = (struct http_target){ 0 };
    struct parsed url = { .handle = curl_url() };
    if (!url.handle)
        return error_set(err, ERR_LOCAL, "out of memory while reading a URL");
    const char *fault = target_fault(&url, r, out);
    char *whole = fault ? NULL : url_part(&url, CURLUPART_URL);
    out->url = mem_strdup(whole);
    curl_free(whole);
    curl_url_cleanup(url.handle);
    if (fault && !url.no_memory)
        return target_fail(out, err, r->url, fault);
    if (out->url && !url.no_memory)
        return 0;
    http_target_free(out);
    return error_set(err, ERR_LOCAL, "out of memory while reading a URL");
}

void http_target_free(struct http_target *target)
{
    mem_free_secret(target->url);
    target->url = NULL;
}

const char *http_library(void)
{
    return curl_version();
}

/* -- the multi handle ------------------------------------------------------------------------ */

void http_wire_wake(struct http_wire *wire)
{
    curl_multi_wakeup(wire->multi);
}

/* Room for COUNT descriptors, or for as many as there were. */
static size_t room_for(struct http_wire *wire, size_t count)
{
    if (count <= wire->fd_cap)
        return count;
    struct curl_waitfd *fds = mem_resize(wire->fds, 2 * count * sizeof(*fds));
    if (!fds)
        return wire->fd_cap;
    wire->fds = fds;
    wire->fd_cap = 2 * count;
    return count;
}

void http_wire_wait(struct http_wire *wire, struct net_fd *fds, size_t count, int timeout_ms)
{
    size_t used = room_for(wire, count);
    if (used < count && timeout_ms > SPIN_MS)
        timeout_ms = SPIN_MS;
    for (size_t i = 0; i < used; i++) {
        int events = (fds[i].events & DCDDNS_READ ? CURL_WAIT_POLLIN : 0) |
                     (fds[i].events & DCDDNS_WRITE ? CURL_WAIT_POLLOUT : 0);
        wire->fds[i] =
            (struct curl_waitfd){ .fd = (curl_socket_t)fds[i].fd, .events = (short)events };
    }
    CURLMcode code = curl_multi_poll(wire->multi, wire->fds, (unsigned)used, timeout_ms, NULL);
    if (code != CURLM_OK && timeout_ms > 0) /* never spin */
        curl_multi_poll(wire->multi, NULL, 0, timeout_ms < SPIN_MS ? timeout_ms : SPIN_MS, NULL);
    for (size_t i = 0; i < used; i++)
        fds[i].ready = (wire->fds[i].revents & CURL_WAIT_POLLIN ? DCDDNS_READ : 0) |
                       (wire->fds[i].revents & CURL_WAIT_POLLOUT ? DCDDNS_WRITE : 0);
}

void http_wire_turn(struct http_wire *wire)
{
    int left = 0;
    curl_multi_perform(wire->multi, &left);
    for (;;) {
        const CURLMsg *message = curl_multi_info_read(wire->multi, &left);
        struct http_transfer *t = NULL;
        if (!message)
            return;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        http_transfer_finish(t, code);
    }
}
