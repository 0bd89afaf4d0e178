/* The table of grant states in docs/states.md, row by row, and the days that a grant has left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "state/grant_state.h"

static char some[] = "some";
#define DAY (INT64_C(86400) * 1000)

static struct grant good(void)
{
    return (struct grant){ .api_url = some, .service_id = some, .refresh_token = some };
}

static const struct {
    const char *name;
    bool present, no_token, no_url, needs_consent, in_flight, pending;
    int failures;
    enum grant_state is;
} rows[] = {
    { "nobody was asked", .is = GRANT_STATE_NONE },
    { "a page was shown", .pending = true, .is = GRANT_STATE_PENDING_CONSENT },
    { "works", .present = true, .is = GRANT_STATE_ACTIVE },
    { "works, and is asked for again", .present = true, .pending = true, .is = GRANT_STATE_ACTIVE },
    { "refresh sent", .present = true, .in_flight = true, .is = GRANT_STATE_REFRESHING },
    { "refused once", .present = true, .failures = 1, .is = GRANT_STATE_PROBING },
    { "refused three times", .present = true, .failures = 3, .is = GRANT_STATE_PROBING },
    { "probe sent", .present = true, .failures = 2, .in_flight = true,
      .is = GRANT_STATE_REFRESHING },
    { "refused for good", .present = true, .failures = 4, .needs_consent = true,
      .is = GRANT_STATE_NEEDS_CONSENT },
    { "refused for good, a page is open", .present = true, .needs_consent = true, .pending = true,
      .is = GRANT_STATE_NEEDS_CONSENT },
    { "refused for good, in flight", .present = true, .needs_consent = true, .in_flight = true,
      .is = GRANT_STATE_NEEDS_CONSENT },
    { "no refresh token", .present = true, .no_token = true, .is = GRANT_STATE_NEEDS_CONSENT },
    { "no provider", .present = true, .no_url = true, .is = GRANT_STATE_NEEDS_CONSENT },
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct grant g = good();
        if (rows[i].no_token)
            g.refresh_token = NULL;
        if (rows[i].no_url)
            g.api_url = NULL;
        g.needs_consent = rows[i].needs_consent;
        g.refresh_in_flight = rows[i].in_flight;
        g.refresh_failures = rows[i].failures;
        enum grant_state is = grant_state_of(rows[i].present ? &g : NULL, rows[i].pending);
        if (is != rows[i].is)
            fail_msg("%s: %s", rows[i].name, grant_state_name(is));
    }
}

static void test_names(void **state)
{
    static const char *const names[GRANT_STATES] = { "none",    "pending-consent",
                                                     "active",  "refreshing",
                                                     "probing", "needs-consent" };
    (void)state;
    for (int i = 0; i < GRANT_STATES; i++)
        assert_string_equal(grant_state_name((enum grant_state)i), names[i]);
}

static void test_days(void **state)
{
    static const struct {
        int64_t idle_ms;
        int days;
    } days[] = {
        { 0, 30 },           { 1, 29 },       { DAY, 29 },      { 29 * DAY, 1 },
        { 29 * DAY + 1, 0 }, { 30 * DAY, 0 }, { 400 * DAY, 0 }, { -1, -1 },
    };
    struct grant g = good();
    (void)state;
    assert_int_equal(grant_days_left(&g, 100 * DAY), -1); /* never refreshed, as far as we know */
    g.refreshed_wall_ms = 100 * DAY;
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
        assert_int_equal(grant_days_left(&g, 100 * DAY + days[i].idle_ms), days[i].days);
    g.needs_consent = true;
    assert_int_equal(grant_days_left(&g, 100 * DAY), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_days),
    };
    return cmocka_run_group_tests_name("grant state", tests, NULL, NULL);
}
