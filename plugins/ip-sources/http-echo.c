/* HTTP echo: asks web services which address they saw, and believes a new answer only when a second
 * service agrees.  Must not know what the address is for. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dcddns/plugin.h"

/* One service that does not answer must leave time for others within the query. */
enum { URLS_MAX = 16, BODY_SIZE = 4096, OPINIONS_MAX = 3, SERVICE_MS = 4000 };

struct services {       /* of one family */
    const char *option; /* its name */
    char *text;         /* the option's value, cut up; urls point into it */
    const char *urls[URLS_MAX];
    size_t count;
    size_t first;                 /* where the next query starts */
    struct dcddns_addr confirmed; /* last answer two services gave, or the only one there is */
};

struct echo {
    const struct dcddns_host *host;
    const char *device; /* or NULL */
    struct services v4, v6;
};

/* What was heard in one query. */
struct opinion {
    const char *url;
    struct dcddns_addr addr;
    char text[48]; /* the address as it was written, for messages */
};

struct hearing {
    struct echo *echo;
    struct dcddns_call *call;
    struct services *services;
    int family;
    struct opinion opinions[OPINIONS_MAX];
    size_t count;
};

static bool same(const struct dcddns_addr *a, const struct dcddns_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

/* -- configuration ---------------------------------------------------------------------------- */

static int add_url(const struct dcddns_host *host, struct services *services, const char *url)
{
    if (strncmp(url, "https://", 8) != 0)
        return dcddns_failf(host, DCDDNS_E_CONFIG, "%s: %s is not an https URL; use one",
                            services->option, url);
    if (services->count == URLS_MAX)
        return dcddns_failf(host, DCDDNS_E_CONFIG, "%s names more than %d services; remove some",
                            services->option, URLS_MAX);
    services->urls[services->count++] = url;
    return DCDDNS_OK;
}

static int read_urls(const struct dcddns_host *host, const char *option, struct services *services)
{
    const char *value = host->option(host, option);
    uint32_t first = 0;
    int code = DCDDNS_OK;

    services->option = option;
    if (!value)
        return DCDDNS_OK;
    size_t size = strlen(value) + 1;
    services->text = malloc(size);
    if (!services->text)
        return DCDDNS_E_NOMEM;
    memcpy(services->text, value, size);
    /* Every entry fits: what stood behind it, a comma or the end, makes room for its NUL. */
    for (char *at = services->text; code == DCDDNS_OK && dcddns_list_next(&value, at, size) == 1;
         at += strlen(at) + 1)
        code = add_url(host, services, at);
    if (code == DCDDNS_OK)
        code = host->random(&first, sizeof(first)); /* so that no service gets all the traffic */
    services->first = services->count > 0 ? first % services->count : 0;
    return code;
}

static void echo_destroy(void *self)
{
    struct echo *echo = self;

    free(echo->v4.text);
    free(echo->v6.text);
    free(echo);
}

static int echo_create(const struct dcddns_host *host, void **self)
{
    struct echo *echo = calloc(1, sizeof(*echo));

    if (!echo)
        return DCDDNS_E_NOMEM;
    echo->host = host;
    echo->device = host->option(host, "device");
    int code = read_urls(host, "url4", &echo->v4);
    if (code == DCDDNS_OK)
        code = read_urls(host, "url6", &echo->v6);
    if (code == DCDDNS_OK && echo->v4.count + echo->v6.count == 0)
        code = host->fail(host, DCDDNS_E_CONFIG, "url4 and url6 are both empty; give one a URL");
    if (code != DCDDNS_OK) {
        echo_destroy(echo);
        return code;
    }
    *self = echo;
    return DCDDNS_OK;
}

/* -- asking ----------------------------------------------------------------------------------- */

/* The reading of a body, which may hold a NUL that hides the rest of it from parse_addr(). */
static bool read_body(const struct hearing *hearing, const char *body, size_t len,
                      struct opinion *opinion)
{
    const struct dcddns_host *host = hearing->echo->host;
    const char *text = body + strspn(body, " \t\r\n");

    if (strlen(body) != len || host->parse_addr(body, &opinion->addr) != DCDDNS_OK ||
        opinion->addr.family != hearing->family)
        return false;
    snprintf(opinion->text, sizeof(opinion->text), "%.*s", (int)strcspn(text, " \t\r\n"), text);
    return true;
}

/* DCDDNS_OK with an address, DCDDNS_E_TEMP when this service gave none (the reason is in the
 * failure slot), or what ends the query. */
static int ask(const struct hearing *hearing, struct opinion *opinion)
{
    const struct dcddns_host *host = hearing->echo->host;
    const struct dcddns_http request = {
        .size = sizeof(request),
        .family = hearing->family,
        .url = opinion->url,
        .device = hearing->echo->device,
        .timeout_ms = SERVICE_MS,
    };
    char body[BODY_SIZE] = "";
    size_t len = 0;
    int status = host->http(hearing->call, &request, body, sizeof(body), &len);

    if (status < 0) /* http() left its reason in the failure slot */
        return status;
    if (status < 200 || status > 299) {
        dcddns_logf(host, DCDDNS_LOG_INFO, "%s answered with status %d", opinion->url, status);
        return dcddns_failf(host, DCDDNS_E_TEMP, "%s answered with status %d", opinion->url,
                            status);
    }
    if (read_body(hearing, body, len, opinion))
        return DCDDNS_OK;
    dcddns_logf(host, DCDDNS_LOG_INFO, "%s gave no IPv%d address but \"%.64s\"", opinion->url,
                hearing->family, body);
    return dcddns_failf(host, DCDDNS_E_TEMP, "%s gave no IPv%d address", opinion->url,
                        hearing->family);
}

/* The opinion that settles the matter, or NULL: the confirmed address needs one voice, a new one
 * two, unless there is only one service to ask. */
static const struct opinion *verdict(const struct hearing *hearing)
{
    const struct opinion *first = &hearing->opinions[0];

    if (hearing->count == 1 &&
        (hearing->services->count == 1 || same(&first->addr, &hearing->services->confirmed)))
        return first;
    for (size_t i = 1; i < hearing->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (same(&hearing->opinions[i].addr, &hearing->opinions[k].addr))
                return &hearing->opinions[i];
        }
    }
    return NULL;
}

static int no_verdict(const struct hearing *hearing)
{
    const struct dcddns_host *host = hearing->echo->host;
    const struct opinion *said = hearing->opinions;

    if (hearing->count == 0)
        return DCDDNS_E_TEMP; /* the last failure is in the slot */
    char third[160] = "";
    if (hearing->count > 2)
        snprintf(third, sizeof(third), ", %s says %s", said[2].url, said[2].text);
    return dcddns_failf(host, DCDDNS_E_TEMP, "services disagree: %s says %s, %s says %s%s",
                        said[0].url, said[0].text, said[1].url, said[1].text, third);
}

static int echo_query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    struct echo *echo = self;
    struct services *services = family == 4 ? &echo->v4 : &echo->v6;
    struct hearing hearing = { .echo = echo, .call = call, .services = services, .family = family };
    const struct opinion *settled = NULL;

    if (services->count == 0)
        return dcddns_failf(echo->host, DCDDNS_E_NOADDR,
                            "%s is empty: nobody to ask for an IPv%d address", services->option,
                            family);
    size_t first = services->first++ % services->count;
    for (size_t i = 0; i < services->count && hearing.count < OPINIONS_MAX && !settled; i++) {
        struct opinion *opinion = &hearing.opinions[hearing.count];
        opinion->url = services->urls[(first + i) % services->count];
        int code = ask(&hearing, opinion);
        if (code != DCDDNS_OK && code != DCDDNS_E_TEMP)
            return code;
        if (code == DCDDNS_OK)
            hearing.count++;
        settled = hearing.count > 0 ? verdict(&hearing) : NULL;
    }
    if (!settled && hearing.count == 1) {
        /* Nobody contradicts: with the others down, the daemon's second reading must do. */
        settled = &hearing.opinions[0];
        dcddns_logf(echo->host, DCDDNS_LOG_NOTICE, "only %s gave an IPv%d address", settled->url,
                    family);
    }
    if (!settled)
        return no_verdict(&hearing);
    services->confirmed = settled->addr;
    *out = settled->addr;
    return DCDDNS_OK;
}

static const struct dcddns_option echo_options[] = {
    { "url4",
      "https://api.ipify.org, https://ipv4.icanhazip.com, https://v4.ident.me, "
      "https://checkip.amazonaws.com",
      "services that answer with the IPv4 address they see, of different operators", DCDDNS_OPT_URL,
      DCDDNS_LIST },
    { "url6",
      "https://api6.ipify.org, https://ipv6.icanhazip.com, https://v6.ident.me, "
      "https://ip6.seeip.org",
      "the same for IPv6; empty: IPv6 is not asked for", DCDDNS_OPT_URL, DCDDNS_LIST },
    { "device", NULL, "network device to ask through; empty: as the system routes",
      DCDDNS_OPT_STRING, 0 },
};

static const struct dcddns_ip_source echo_ops = { .size = sizeof(echo_ops), .query = echo_query };

static const struct dcddns_plugin echo_plugin = {
    .size = sizeof(echo_plugin),
    .kind = DCDDNS_KIND_IP_SOURCE,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "http-echo",
    .version = "1.0",
    .summary = "asks web services which address they see",
    .options = echo_options,
    .option_count = sizeof(echo_options) / sizeof(echo_options[0]),
    .option_size = sizeof(echo_options[0]),
    .create = echo_create,
    .destroy = echo_destroy,
    .ops = &echo_ops,
};

DCDDNS_ENTRY(http_echo)
{
    return &echo_plugin;
}
