/* Health: the matrix, row by row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "engine/health.h"

#define NOW INT64_C(1700000000000)
enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };

struct row {
    const char *name;
    bool live, died, mute;
    int64_t started_ago, checked_ago, right_ago; /* ms; -1 = never */
    const char *grant;
    enum error_class class;
    int64_t unsaved;
    bool healthy;
    const char *why;
};

/* interval = 300 s: live, a check may be 17 min old and a success 75 min; from disk an hour more.
 */
static const struct row rows[] = {
    { "all is well", true, false, false, 9 * HOUR, MINUTE, MINUTE, "active", ERR_NONE, 0, true,
      "healthy: 1 host, the daemon runs" },
    { "checked just in time", true, false, false, 9 * HOUR, 17 * MINUTE, MINUTE, "active", ERR_NONE,
      0, true, "healthy" },
    { "not checked any more", true, false, false, 9 * HOUR, 17 * MINUTE + 1, MINUTE, "active",
      ERR_NONE, 0, false, "a.example.com: last checked 17 min ago" },
    { "never checked", true, false, false, 9 * HOUR, -1, -1, "active", ERR_NONE, 0, false,
      "a.example.com: last checked never" },
    { "just started", true, false, false, MINUTE, -1, -1, "active", ERR_NONE, 0, true, "healthy" },
    { "started after a holiday", true, false, false, MINUTE, 99 * HOUR, 99 * HOUR, "active",
      ERR_NONE, 0, true, "healthy" },
    { "started, first success is due", true, false, false, HOUR, MINUTE, -1, "active", ERR_TEMP, 0,
      true, "healthy" },
    { "the clock was set back", true, false, false, -HOUR, 18 * MINUTE, MINUTE, "active", ERR_NONE,
      0, false, "a.example.com: last checked 18 min ago" },
    { "no success for long", true, false, false, 9 * HOUR, MINUTE, 75 * MINUTE + 1, "active",
      ERR_TEMP, 0, false, "a.example.com: last right 75 min ago; it failed" },
    { "success just in time", true, false, false, 9 * HOUR, MINUTE, 75 * MINUTE, "active", ERR_TEMP,
      0, true, "healthy" },
    { "failing, but not for long", true, false, false, 9 * HOUR, MINUTE, 10 * MINUTE, "active",
      ERR_TEMP, 0, true, "healthy" },
    { "refused for the first time", true, false, false, 9 * HOUR, MINUTE, MINUTE, "probing",
      ERR_TEMP, 0, true, "healthy" },
    { "consent is needed", true, false, false, 9 * HOUR, MINUTE, MINUTE, "needs-consent", ERR_NONE,
      0, false, "a.example.com: consent is needed again; run: dcddns setup a.example.com" },
    { "an update says so", true, false, false, 9 * HOUR, MINUTE, MINUTE, "active", ERR_CONSENT, 0,
      false, "consent is needed again" },
    { "no grant", true, false, false, 9 * HOUR, MINUTE, MINUTE, "none", ERR_NONE, 0, false,
      "there is no consent; run: dcddns setup a.example.com" },
    { "consent is pending", true, false, false, 9 * HOUR, MINUTE, MINUTE, "pending-consent",
      ERR_NONE, 0, false, "there is no consent" },
    { "grant unreadable", true, false, false, 9 * HOUR, MINUTE, MINUTE, "unreadable", ERR_NONE, 0,
      false, "the grant cannot be read" },
    { "tokens in memory only", true, false, false, 9 * HOUR, MINUTE, MINUTE, "active", ERR_NONE, 1,
      false, "new tokens of 1 grant cannot be stored" },
    { "from disk, an hour old", false, false, false, 0, 70 * MINUTE, 70 * MINUTE, "active",
      ERR_NONE, 0, true, "healthy: 1 host, no daemon runs" },
    { "from disk, too old", false, false, false, 0, 78 * MINUTE, 78 * MINUTE, "active", ERR_NONE, 0,
      false, "last checked 78 min ago" },
    { "from disk, nothing yet", false, false, false, 0, -1, -1, "active", ERR_NONE, 0, false,
      "last checked never" },
    { "the daemon crashed", false, true, false, 0, MINUTE, MINUTE, "active", ERR_NONE, 0, false,
      "the daemon is gone" },
    { "the daemon hangs", false, false, true, 0, MINUTE, MINUTE, "active", ERR_NONE, 0, false,
      "does not answer" },
};

static int64_t ago(int64_t ms)
{
    return ms < 0 ? 0 : NOW - ms;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        struct error why = { 0 };
        struct status_host host = {
            .name = "a.example.com",
            .checked_at_ms = ago(r->checked_ago),
            .success_at_ms = ago(r->right_ago),
            .error_class = r->class,
            .grant = { .state = r->grant,
                       .needs_consent = strcmp(r->grant, "needs-consent") == 0,
                       .found = strcmp(r->grant, "none") != 0 &&
                                strcmp(r->grant, "pending-consent") != 0 },
        };
        if (r->class == ERR_TEMP)
            memcpy(host.error, "it failed", 10);
        const struct status status = {
            .live = r->live,
            .taken_at_ms = NOW,
            .daemon_pid = r->live || r->mute ? 7 : 0,
            .daemon_since_at_ms = r->live ? NOW - r->started_ago : 0,
            .unsaved_tokens = r->unsaved,
            .hosts = &host,
            .host_count = 1,
        };
        const struct health_input in = {
            .status = &status, .interval_s = 300, .died = r->died, .mute = r->mute
        };
        print_message("  %s\n", r->name);
        if (health_of(&in, &why) != r->healthy || !strstr(why.text, r->why))
            fail_msg("%s", why.text);
        assert_null(strchr(why.text, '\n'));
    }
}

static void test_no_host(void **state)
{
    const struct status status = { .live = true, .taken_at_ms = NOW, .daemon_since_at_ms = 1 };
    const struct health_input in = { .status = &status, .interval_s = 300 };
    struct error why = { 0 };
    (void)state;
    assert_false(health_of(&in, &why));
    assert_non_null(strstr(why.text, "no host is configured"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows),
                                        cmocka_unit_test(test_no_host) };
    return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
