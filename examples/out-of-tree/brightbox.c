/* SPDX-License-Identifier: MIT
 *
 * brightbox: the addresses that a BrightBox router shows on its status page.
 *
 * The router is made up; an IP source for a real one begins as a copy of this.  What varies is here
 * and in status_page.c: where the page is, which labels stand on it, what it says when the line is
 * down.  The daemon asks, waits, and gives up in time: this file does no I/O of its own. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <dcddns/plugin.h>

#include "login.h"
#include "status_page.h"

enum { PAGE_SIZE = 64 * 1024, VALUE_SIZE = 64 };

static const char label4[] = "WAN address:";
static const char label6[] = "WAN IPv6 address:";

struct brightbox {
    const struct dcddns_host *host;
    const char *url, *user, *password; /* the host's; live as long as this; user may be NULL */
    char page[PAGE_SIZE];              /* one call at a time, so one page is enough */
};

/* -- configuration: types were checked by the daemon, what belongs together is checked here
 * -------- */

static int check(const struct brightbox *box)
{
    const struct dcddns_host *host = box->host;
    char header[LOGIN_HEADER_SIZE] = "";

    if (strncmp(box->url, "http://", 7) != 0 && strncmp(box->url, "https://", 8) != 0)
        return dcddns_failf(host, DCDDNS_E_CONFIG, "url: %s is neither http nor https; correct it",
                            box->url);
    if (!box->user != !box->password)
        return host->fail(host, DCDDNS_E_CONFIG,
                          "user and password go together; give both or neither");
    if (!box->user)
        return DCDDNS_OK;
    bool fits = login_header(box->user, box->password, header);
    login_wipe(header, sizeof(header));
    if (!fits)
        return dcddns_failf(
            host, DCDDNS_E_CONFIG,
            "user and password have at most %d bytes each, and user no colon; shorten them",
            LOGIN_PART_MAX);
    return DCDDNS_OK;
}

static int brightbox_create(const struct dcddns_host *host, void **self)
{
    struct brightbox *box = calloc(1, sizeof(*box));

    if (!box)
        return DCDDNS_E_NOMEM;
    box->host = host;
    box->url = host->option(host, "url");
    box->user = host->option(host, "user");
    box->password = host->option(host, "password");
    int code = check(box);
    if (code != DCDDNS_OK) {
        free(box);
        return code;
    }
    *self = box;
    return DCDDNS_OK;
}

static void brightbox_destroy(void *self)
{
    free(self);
}

/* -- asking ----------------------------------------------------------------------------------- */

/* The status page in box->page.  DCDDNS_HTTP_LOCAL, for small routers have no certificate; family
 * 0, for the page of both addresses may be reachable by one of them only. */
static int fetch(struct brightbox *box, struct dcddns_call *call)
{
    char login[LOGIN_HEADER_SIZE] = "";
    const char *const headers[] = { login, NULL };
    struct dcddns_http request = {
        .size = sizeof(request),
        .url = box->url,
        .flags = DCDDNS_HTTP_LOCAL,
    };
    size_t len = 0;

    if (box->user && login_header(box->user, box->password, login))
        request.headers = headers;
    int status = box->host->http(call, &request, box->page, sizeof(box->page), &len);
    login_wipe(login, sizeof(login));
    if (status < 0) /* http() left its reason where fail() would */
        return status;
    if (status == 401 || status == 403)
        return dcddns_failf(
            box->host, DCDDNS_E_CONFIG,
            "%s asks for a login (status %d); set user and password-file, or correct them",
            box->url, status);
    if (status != 200)
        return dcddns_failf(box->host, DCDDNS_E_TEMP, "%s answered with status %d", box->url,
                            status);
    return DCDDNS_OK;
}

static bool is_zero(const struct dcddns_addr *addr)
{
    static const uint8_t zero[sizeof(addr->ip)];
    return memcmp(addr->ip, zero, addr->family == 4 ? 4 : sizeof(zero)) == 0;
}

/* The address behind the label of FAMILY.  A page without any label is not the status page; one
 * that shows no address there, or 0.0.0.0, has answered the question: there is none. */
static int read_page(struct brightbox *box, int family, struct dcddns_addr *out)
{
    const struct dcddns_host *host = box->host;
    const char *label = family == 4 ? label4 : label6;
    char value[VALUE_SIZE] = "";

    if (!status_page_value(box->page, label, value, sizeof(value))) {
        if (strstr(box->page, label4))
            return dcddns_failf(host, DCDDNS_E_NOADDR, "%s has no line \"%s\"", box->url, label);
        return dcddns_failf(host, DCDDNS_E_TEMP,
                            "%s has no line \"%s\"; check that it is the status page", box->url,
                            label);
    }
    if (host->parse_addr(value, out) != DCDDNS_OK || out->family != family || is_zero(out))
        return dcddns_failf(host, DCDDNS_E_NOADDR,
                            "%s shows \"%s\" behind \"%s\", which is no address", box->url, value,
                            label);
    return DCDDNS_OK;
}

static int brightbox_query(void *self, struct dcddns_call *call, int family,
                           struct dcddns_addr *out)
{
    struct brightbox *box = self;

    int code = fetch(box, call);
    return code == DCDDNS_OK ? read_page(box, family, out) : code;
}

/* -- what the daemon gets to see -------------------------------------------------------------- */

static const struct dcddns_option brightbox_options[] = {
    { "url", "http://192.168.1.1/status", "status page of the router", DCDDNS_OPT_URL, 0 },
    { "user", NULL, "user that may see the page; none: it is open to all", DCDDNS_OPT_STRING, 0 },
    { "password", NULL, "password of that user; better given as password-file", DCDDNS_OPT_STRING,
      DCDDNS_SECRET },
};

static const struct dcddns_ip_source brightbox_ops = {
    .size = sizeof(brightbox_ops),
    .query = brightbox_query,
};

static const struct dcddns_plugin brightbox_plugin = {
    .size = sizeof(brightbox_plugin),
    .kind = DCDDNS_KIND_IP_SOURCE,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "brightbox",
    .version = "1.0",
    .summary = "reads the addresses from the status page of a BrightBox router",
    .options = brightbox_options,
    .option_count = sizeof(brightbox_options) / sizeof(brightbox_options[0]),
    .option_size = sizeof(brightbox_options[0]),
    .create = brightbox_create,
    .destroy = brightbox_destroy,
    .ops = &brightbox_ops,
};

DCDDNS_ENTRY(brightbox)
{
    return &brightbox_plugin;
}
