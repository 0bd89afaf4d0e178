/* Webhook: posts every event to a URL, as JSON or as any text the receiver wants: ntfy, Gotify,
 * Slack, Healthchecks and their kin need no module of their own. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "template.h"

enum { HEADERS_MAX = 16, HEADER_SIZE = 1024, ANSWER_SIZE = 256 * 1024, RETRIES_MAX = 5 };
enum { FIRST_WAIT_MS = 1000 };

struct webhook {
    const struct dcddns_host *host;
    const char *url, *body, *type, *secret;
    enum template_use use; /* of the body */
    uint32_t timeout_ms;
    unsigned retries;
    char headers[HEADERS_MAX][HEADER_SIZE]; /* templates */
    size_t header_count;
};

struct message { /* filled in for one event */
    char *url, *body, *headers[HEADERS_MAX + 2];
};

/* -- configuration ---------------------------------------------------------------------------- */

static unsigned number(const struct dcddns_host *host, const char *name, unsigned most)
{
    const char *text = host->option(host, name);
    unsigned long value = text ? strtoul(text, NULL, 10) : 0;
    return value < most ? (unsigned)value : most;
}

static int read_headers(struct webhook *hook)
{
    const char *cursor = hook->host->option(hook->host, "headers");
    char *header = hook->headers[0];
    int more = dcddns_list_next(&cursor, header, HEADER_SIZE);

    while (more == 1) {
        if (!strchr(header, ':') || header[0] == ':')
            return hook->host->fail(hook->host, DCDDNS_E_CONFIG,
                                    "an entry of headers is not of the form Name: value");
        if (++hook->header_count == HEADERS_MAX)
            return dcddns_failf(hook->host, DCDDNS_E_CONFIG, "headers has more than %d entries",
                                HEADERS_MAX - 1);
        header = hook->headers[hook->header_count];
        more = dcddns_list_next(&cursor, header, HEADER_SIZE);
    }
    if (more < 0)
        return dcddns_failf(hook->host, DCDDNS_E_CONFIG, "an entry of headers is over %d bytes",
                            HEADER_SIZE - 1);
    return DCDDNS_OK;
}

static enum template_use use_of(const char *type)
{
    if (strncasecmp(type, "application/json", 16) == 0 || strstr(type, "+json"))
        return TEMPLATE_JSON;
    if (strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0)
        return TEMPLATE_FORM;
    return TEMPLATE_TEXT;
}

static int webhook_create(const struct dcddns_host *host, void **self)
{
    struct webhook *hook = calloc(1, sizeof(*hook));
    if (!hook)
        return DCDDNS_E_NOMEM;
    hook->host = host;
    hook->url = host->option(host, "url");
    hook->body = host->option(host, "body");
    hook->type = host->option(host, "content-type");
    hook->secret = host->option(host, "secret");
    hook->use = use_of(hook->type);
    hook->timeout_ms = number(host, "timeout", 3600) * 1000;
    hook->retries = number(host, "retries", RETRIES_MAX);
    int code = read_headers(hook);
    if (code != DCDDNS_OK) {
        free(hook);
        return code;
    }
    *self = hook;
    return DCDDNS_OK;
}

/* -- one event -------------------------------------------------------------------------------- */

static void message_free(struct message *message)
{
    template_free(message->url);
    template_free(message->body);
    for (size_t i = 0; message->headers[i]; i++)
        template_free(message->headers[i]);
}

static bool message_make(struct message *message, const struct webhook *hook,
                         const struct dcddns_event *event)
{
    struct event_words words = { 0 };
    size_t count = 0, type_size = strlen(hook->type) + sizeof("Content-Type: ");
    event_words_make(&words, event);

    message->url = template_fill(hook->url, &words, hook->secret, TEMPLATE_FORM);
    message->body = template_fill(hook->body, &words, hook->secret, hook->use);
    message->headers[count] = malloc(type_size);
    if (!message->url || !message->body || !message->headers[count])
        return false;
    snprintf(message->headers[count++], type_size, "Content-Type: %s", hook->type);
    for (size_t i = 0; i < hook->header_count; i++, count++) {
        message->headers[count] =
            template_fill(hook->headers[i], &words, hook->secret, TEMPLATE_HEADER);
        if (!message->headers[count])
            return false;
    }
    return true;
}

/* What a status means: done, worth another try, or not.  The answer is not quoted: it may repeat
 * the path of the URL, which is a secret. */
static int judge(const struct webhook *hook, int status)
{
    if (status < 0 || (status >= 200 && status <= 299))
        return status < 0 ? status : DCDDNS_OK; /* http() left its reason */
    bool later = status == 408 || status == 425 || status == 429 || status >= 500;
    return dcddns_failf(hook->host, later ? DCDDNS_E_TEMP : DCDDNS_E_CONFIG,
                        "the receiver answered with status %d%s", status,
                        later ? "" : "; check url, headers, body and secret");
}

static int webhook_notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    const struct webhook *hook = self;
    struct message message = { .url = NULL };
    char *answer = malloc(ANSWER_SIZE); /* of a page that nobody reads: its status is what counts */
    size_t len = 0;
    int code = DCDDNS_E_NOMEM;

    if (!answer || !message_make(&message, hook, event))
        goto end;
    union { /* http() takes a list it does not change */
        char **from;
        const char *const *to;
    } headers = { .from = message.headers };
    const struct dcddns_http request = { .size = sizeof(request),
                                         .url = message.url,
                                         .headers = headers.to,
                                         .post = message.body,
                                         .timeout_ms = hook->timeout_ms,
                                         .flags = DCDDNS_HTTP_LOCAL };
    uint32_t wait_ms = FIRST_WAIT_MS;
    for (unsigned i = 0;; i++, wait_ms *= 2) {
        int status = hook->host->http(call, &request, answer, ANSWER_SIZE, &len);
        code = judge(hook, status);
        if (code != DCDDNS_E_TEMP || i == hook->retries)
            break;
        /* When the time is up, what is known of the last try says more. */
        if (hook->host->remaining_ms(call) <= wait_ms ||
            hook->host->wait(call, UINTPTR_MAX, 0, wait_ms) < 0)
            break;
    }
end:
    free(answer);
    message_free(&message);
    return code;
}

#define BODY                                                                                       \
    "{\"event\":\"{event}\",\"level\":\"{level}\",\"time\":\"{time}\",\"record\":\"{record}\","    \
    "\"message\":\"{message}\",\"family\":\"{family}\",\"before\":\"{before}\","                   \
    "\"after\":\"{after}\",\"source\":\"{source}\",\"url\":\"{url}\"}"

static const struct dcddns_option webhook_options[] = {
    { "url", NULL, "where to post; http:// only in the own network; may hold {words} of the event",
      DCDDNS_OPT_URL, DCDDNS_REQUIRED | DCDDNS_SECRET },
    { "body", BODY, "what to post, with {words} of the event", DCDDNS_OPT_STRING, 0 },
    { "content-type", "application/json", "of the body, and how words in it are escaped",
      DCDDNS_OPT_STRING, 0 },
    { "headers", "", "more headers, Name: value, with {words}; {secret} is the secret",
      DCDDNS_OPT_STRING, DCDDNS_LIST },
    { "secret", NULL, "for {secret} in url, headers and body", DCDDNS_OPT_STRING, DCDDNS_SECRET },
    { "timeout", "10 s", "longest time of one try", DCDDNS_OPT_SECONDS, 0 },
    { "retries", "2", "further tries after a temporary failure, at most 5", DCDDNS_OPT_INT, 0 },
};

static const struct dcddns_notifier webhook_ops = { .size = sizeof(webhook_ops),
                                                    .notify = webhook_notify };

static const struct dcddns_plugin webhook_plugin = {
    .size = sizeof(webhook_plugin),
    .kind = DCDDNS_KIND_NOTIFIER,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "webhook",
    .version = "1.0",
    .summary = "posts every event to a URL",
    .options = webhook_options,
    .option_count = sizeof(webhook_options) / sizeof(webhook_options[0]),
    .option_size = sizeof(webhook_options[0]),
    .create = webhook_create,
    .destroy = free,
    .ops = &webhook_ops,
};

DCDDNS_ENTRY(webhook)
{
    return &webhook_plugin;
}
