/* The webhook notifier: what it posts, when it tries again; templates by themselves. */
#define DCDDNS_STATIC

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "notifiers/template.h"

const struct dcddns_plugin *dcddns_plugin_v1_webhook(void);

static const struct dcddns_event event = {
    .size = sizeof(event),
    .level = DCDDNS_LOG_WARN,
    .time_ms = 1700000000123,
    .id = "update.failed",
    .profile = "mine",
    .record = "home.example.com",
    .message = "said \"no\" \\ & more\t\xc3\xa9",
    .source = "stun",
    .url = "https://p.example/?a=1&b=2",
    .after = { .family = 6, .ip = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } },
};

/* -- a host whose http() answers from a list --------------------------------------------------- */

struct setting {
    const char *name, *value;
};

static struct {
    const struct setting *settings; /* ended by a NULL name */
    int answers[8];                 /* HTTP statuses or codes, one a try */
    int tries;
    char url[256], body[1024], headers[512], why[512];
    uint32_t waited[8], flags, timeout_ms;
    int waits;
    uint32_t remaining_ms;
} play;

static const char *option(const struct dcddns_host *host, const char *name)
{
    const struct dcddns_plugin *plugin = dcddns_plugin_v1_webhook();
    (void)host;
    for (const struct setting *s = play.settings; s && s->name; s++) {
        if (strcmp(s->name, name) == 0)
            return s->value;
    }
    for (uint32_t i = 0; i < plugin->option_count; i++) {
        /* As the daemon gives it: a duration as a number of seconds. */
        if (strcmp(plugin->options[i].name, name) == 0)
            return strcmp(name, "timeout") == 0 ? "10" : plugin->options[i].def;
    }
    fail_msg("unknown option %s", name);
    return NULL;
}

static int say(const struct dcddns_host *host, int code, const char *why)
{
    (void)host;
    snprintf(play.why, sizeof(play.why), "%s", why);
    return code;
}

static int http(struct dcddns_call *call, const struct dcddns_http *r, char *body, size_t cap,
                size_t *len)
{
    (void)call;
    snprintf(play.url, sizeof(play.url), "%s", r->url);
    snprintf(play.body, sizeof(play.body), "%s", r->post);
    play.headers[0] = '\0';
    for (size_t i = 0; r->headers[i]; i++) {
        size_t used = strlen(play.headers);
        snprintf(play.headers + used, sizeof(play.headers) - used, "%s|", r->headers[i]);
    }
    play.flags = r->flags;
    play.timeout_ms = r->timeout_ms;
    snprintf(body, cap, "the answer\nand more");
    *len = strlen(body);
    return play.answers[play.tries++];
}

static int wait_ms(struct dcddns_call *call, uintptr_t socket, int events, uint32_t timeout_ms)
{
    (void)call;
    (void)events;
    assert_true(socket == UINTPTR_MAX);
    play.waited[play.waits++] = timeout_ms;
    return 0;
}

static uint32_t remaining(const struct dcddns_call *call)
{
    (void)call;
    return play.remaining_ms;
}

static const struct dcddns_host host = {
    .size = sizeof(host),
    .option = option,
    .fail = say,
    .http = http,
    .wait = wait_ms,
    .remaining_ms = remaining,
};

/* Notifies once with SETTINGS; the code. */
static int notify(const struct setting *settings, const int *answers, size_t count)
{
    const struct dcddns_plugin *plugin = dcddns_plugin_v1_webhook();
    const struct dcddns_notifier *ops = plugin->ops;
    void *self = NULL;
    memset(&play, 0, sizeof(play));
    play.settings = settings;
    play.remaining_ms = 30000;
    memcpy(play.answers, answers, count * sizeof(*answers));
    assert_int_equal(plugin->create(&host, &self), DCDDNS_OK);
    int code = ops->notify(self, NULL, &event);
    plugin->destroy(self);
    return code;
}

/* -- tests ------------------------------------------------------------------------------------ */

static void posts_json_by_default(void **state)
{
    static const struct setting settings[] = { { "url", "https://hook.example/x" },
                                               { NULL, NULL } };
    const int ok[] = { 204 };
    (void)state;
    assert_int_equal(notify(settings, ok, 1), DCDDNS_OK);
    assert_string_equal(play.url, "https://hook.example/x");
    assert_string_equal(play.headers, "Content-Type: application/json|");
    assert_string_equal(play.body,
                        "{\"event\":\"update.failed\",\"level\":\"warning\","
                        "\"time\":\"2023-11-14T22:13:20Z\",\"record\":\"home.example.com\","
                        "\"message\":\"said \\\"no\\\" \\\\ & more\\u0009\xc3\xa9\","
                        "\"family\":\"6\",\"before\":\"\",\"after\":\"2001:db8::1\","
                        "\"source\":\"stun\",\"url\":\"https://p.example/?a=1&b=2\"}");
    assert_int_equal(play.flags, DCDDNS_HTTP_LOCAL);
    assert_int_equal(play.timeout_ms, 10000);
}

static void posts_what_the_receiver_wants(void **state)
{
    static const struct setting ntfy[] = {
        { "url", "https://ntfy.example/topic" },
        { "content-type", "text/plain" },
        { "body", "{record}: {message}" },
        { "headers", "Authorization: Bearer {secret}, Title: {event} {unknown}, Tags: {message}" },
        { "secret", "tk_123456" },
        { NULL, NULL },
    };
    static const struct setting form[] = {
        { "url", "https://api.example/bot{secret}/send?level={level}&m={message}" },
        { "content-type", "application/x-www-form-urlencoded" },
        { "body", "text={message}&to={record}" },
        { "secret", "a/b" },
        { NULL, NULL },
    };
    const int ok[] = { 200 };
    (void)state;
    assert_int_equal(notify(ntfy, ok, 1), DCDDNS_OK);
    assert_string_equal(play.body, "home.example.com: said \"no\" \\ & more\t\xc3\xa9");
    assert_string_equal(play.headers, "Content-Type: text/plain|Authorization: Bearer tk_123456|"
                                      "Title: update.failed {unknown}|"
                                      "Tags: said \"no\" \\ & more\xc3\xa9|");
    assert_int_equal(notify(form, ok, 1), DCDDNS_OK);
    assert_string_equal(play.url, "https://api.example/bota%2Fb/send?level=warning&m=said%20%22no"
                                  "%22%20%5C%20%26%20more%09%C3%A9");
    assert_string_equal(play.body,
                        "text=said%20%22no%22%20%5C%20%26%20more%09%C3%A9&to=home.example.com");
}

static void tries_again_within_bounds(void **state)
{
    static const struct setting settings[] = { { "url", "https://hook.example/x" },
                                               { NULL, NULL } };
    static const struct setting often[] = { { "url", "https://hook.example/x" },
                                            { "retries", "99" },
                                            { NULL, NULL } };
    static const struct {
        int answers[7];
        int tries, code;
    } cases[] = {
        { { 200 }, 1, DCDDNS_OK },
        { { 503, 200 }, 2, DCDDNS_OK },
        { { DCDDNS_E_TEMP, 429, 202 }, 3, DCDDNS_OK },
        { { 500, 500, 500, 200 }, 3, DCDDNS_E_TEMP },
        { { 401, 200 }, 1, DCDDNS_E_CONFIG },
        { { 404, 200 }, 1, DCDDNS_E_CONFIG },
        { { 301, 200 }, 1, DCDDNS_E_CONFIG },
        { { 503, 400, 200 }, 2, DCDDNS_E_CONFIG },
        { { DCDDNS_E_CONFIG, 200 }, 1, DCDDNS_E_CONFIG },
        { { DCDDNS_E_STOP, 200 }, 1, DCDDNS_E_STOP },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int code = notify(settings, cases[i].answers, 7);
        if (code != cases[i].code || play.tries != cases[i].tries)
            fail_msg("%zu: %d after %d tries", i, code, play.tries);
    }
    const int never[] = { 500, 500, 500, 500, 500, 500, 500 };
    assert_int_equal(notify(often, never, 7), DCDDNS_E_TEMP);
    assert_int_equal(play.tries, 6);
    assert_int_equal(play.waited[0], 1000);
    assert_int_equal(play.waited[4], 16000);
    assert_string_equal(play.why, "the receiver answered with status 500");
}

static void gives_up_when_time_is_short(void **state)
{
    static const struct setting settings[] = { { "url", "https://hook.example/x" },
                                               { NULL, NULL } };
    const struct dcddns_plugin *plugin = dcddns_plugin_v1_webhook();
    const struct dcddns_notifier *ops = plugin->ops;
    void *self = NULL;
    (void)state;
    memset(&play, 0, sizeof(play));
    play.settings = settings;
    play.remaining_ms = 900;
    play.answers[0] = 503;
    assert_int_equal(plugin->create(&host, &self), DCDDNS_OK);
    assert_int_equal(ops->notify(self, NULL, &event), DCDDNS_E_TEMP);
    assert_int_equal(play.tries, 1);
    assert_int_equal(play.waits, 0);
    plugin->destroy(self);
}

static void refuses_headers_that_are_none(void **state)
{
    static const struct {
        const char *headers, *why;
    } cases[] = {
        { "X-Good: 1, nothing", "not of the form Name: value" },
        { ": x", "not of the form Name: value" },
        { "a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1", "more than 15" },
    };
    const struct dcddns_plugin *plugin = dcddns_plugin_v1_webhook();
    void *self = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct setting settings[] = { { "url", "https://hook.example/x" },
                                            { "headers", cases[i].headers },
                                            { NULL, NULL } };
        memset(&play, 0, sizeof(play));
        play.settings = settings;
        assert_int_equal(plugin->create(&host, &self), DCDDNS_E_CONFIG);
        assert_non_null(strstr(play.why, cases[i].why));
    }
}

static void templates_are_bounded(void **state)
{
    static char large[65600];
    struct event_words words = { 0 };
    (void)state;
    event_words_make(&words, &event);
    memset(large, 'x', 65536);
    char *text = template_fill(large, &words, NULL, TEMPLATE_TEXT);
    assert_non_null(text);
    template_free(text);
    large[65536] = 'x';
    assert_null(template_fill(large, &words, NULL, TEMPLATE_TEXT));
    text = template_fill("{}{ {Record}{record{record}}{secret}", &words, NULL, TEMPLATE_TEXT);
    assert_string_equal(text, "{}{ {Record}{recordhome.example.com}");
    template_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(posts_json_by_default),
        cmocka_unit_test(posts_what_the_receiver_wants),
        cmocka_unit_test(tries_again_within_bounds),
        cmocka_unit_test(gives_up_when_time_is_short),
        cmocka_unit_test(refuses_headers_that_are_none),
        cmocka_unit_test(templates_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
