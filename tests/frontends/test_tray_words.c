/* The words of the tray: icon, tip, rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/addr.h"
#include "windows/tray_words.h"

#define NOW INT64_C(1800000000000)
enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };

static struct status_host hosts[2];
static struct status known;
static struct tray_view view;

static void put_host(struct status_host *h, const char *name, const char *v4)
{
    *h = (struct status_host){
        .state = RECORD_CURRENT,
        .checked_at_ms = NOW - 3 * MINUTE,
        .next_check_at_ms = NOW + 2 * MINUTE,
        .v4 = { .wanted = true },
        .grant = { .found = true, .granted_at_ms = NOW - 5 * INT64_C(24) * HOUR, .days_left = 60 }
    };
    snprintf(h->name, sizeof(h->name), "%s", name);
    assert_int_equal(addr_parse(v4, &h->v4.published), 0);
}

static int begin(void **state)
{
    (void)state;
    put_host(&hosts[0], "home.example.com", "203.0.113.7");
    put_host(&hosts[1], "office.example.com", "203.0.113.8");
    known = (struct status){ .hosts = hosts, .host_count = 1 };
    view = (struct tray_view){ .connected = true, .known = &known, .trouble = "", .now_ms = NOW };
    return 0;
}

static const char *tip(void)
{
    static char text[TRAY_TIP_MAX];
    tray_words_tip(&view, text);
    return text;
}

static void test_all_is_well(void **state)
{
    (void)state;
    assert_int_equal(tray_words_state(&view), TRAY_OK);
    assert_string_equal(tip(), "home.example.com 203.0.113.7, checked 3 min ago");
    hosts[0].v6.wanted = true;
    assert_int_equal(addr_parse("2001:db8::1", &hosts[0].v6.published), 0);
    assert_string_equal(tip(), "home.example.com 203.0.113.7 2001:db8::1, checked 3 min ago");
    known.host_count = 2;
    assert_non_null(strstr(tip(), "2 names up to date; home.example.com"));
}

static void test_working(void **state)
{
    (void)state;
    hosts[0].state = RECORD_DUE;
    assert_int_equal(tray_words_state(&view), TRAY_WORKING);
    begin(NULL);
    hosts[0].v4.candidate = hosts[0].v4.published;
    assert_int_equal(tray_words_state(&view), TRAY_WORKING);
    begin(NULL);
    view.checking = true;
    assert_int_equal(tray_words_state(&view), TRAY_WORKING);
    assert_string_equal(tip(), "Checking the address...");
    view = (struct tray_view){ .trouble = "" };
    assert_int_equal(tray_words_state(&view), TRAY_WORKING);
    assert_string_equal(tip(), "Connecting...");
}

static void test_attention(void **state)
{
    (void)state;
    snprintf(hosts[0].error, sizeof(hosts[0].error), "refused; run: dcddns setup home.example.com");
    assert_string_equal(tip(), "home.example.com: refused; choose \"Set up a name\" in the menu");
    snprintf(hosts[0].error, sizeof(hosts[0].error), "the provider answers 500");
    assert_int_equal(tray_words_state(&view), TRAY_ATTENTION);
    assert_string_equal(tip(), "home.example.com: the provider answers 500");
    /* what only a person can mend comes first */
    known.host_count = 2;
    hosts[1].grant.needs_consent = true;
    assert_string_equal(tip(), "office.example.com: needs your consent: set the name up again");
    begin(NULL);
    hosts[0].grant.found = false;
    assert_int_equal(tray_words_state(&view), TRAY_ATTENTION);
    begin(NULL);
    hosts[0].state = RECORD_PAUSED;
    assert_int_equal(tray_words_state(&view), TRAY_ATTENTION);
    begin(NULL);
    hosts[0].dns.gave_up = true;
    assert_int_equal(tray_words_state(&view), TRAY_ATTENTION);
    begin(NULL);
    known.unsaved_tokens = 1;
    assert_int_equal(tray_words_state(&view), TRAY_ATTENTION);
    assert_non_null(strstr(tip(), "The disk refuses"));
    begin(NULL);
    known.host_count = 0;
    assert_int_equal(tray_words_state(&view), TRAY_ATTENTION);
    assert_string_equal(tip(), "No name is set up yet");
}

static void test_lost(void **state)
{
    (void)state;
    view.connected = false;
    view.trouble = "the daemon is gone";
    assert_int_equal(tray_words_state(&view), TRAY_ATTENTION);
    assert_string_equal(tip(), "Not connected: the daemon is gone");
}

/* 127 characters is what a tip may have; none is cut in two. */
static void test_long_tips(void **state)
{
    (void)state;
    view.connected = false;
    static char trouble[400];
    for (int i = 0; i < 100; i++)
        memcpy(trouble + 2 * i, "\xc3\xa4", 3);
    view.trouble = trouble;
    for (int skip = 0; skip < 2; skip++) {
        view.trouble = skip ? "x" : trouble;
        if (skip) {
            memmove(trouble + 1, trouble, 201);
            trouble[0] = 'x';
            view.trouble = trouble;
        }
        const char *text = tip();
        const size_t len = strlen(text);
        assert_true(len < TRAY_TIP_MAX);
        assert_string_equal(text + len - 3, "...");
        assert_int_equal((unsigned char)text[len - 4], 0xa4);
    }
}

static void test_when(void **state)
{
    static const struct {
        int64_t at;
        const char *words;
    } rows[] = {
        { 0, "never" },
        { NOW, "just now" },
        { NOW - MINUTE + 1, "just now" },
        { NOW - MINUTE, "1 min ago" },
        { NOW - HOUR, "1 h ago" },
        { NOW - 47 * INT64_C(3600000), "47 h ago" },
        { NOW - 48 * INT64_C(3600000), "2 days ago" },
        { NOW + 1, "in a moment" },
        { NOW + 5 * MINUTE, "in 5 min" },
        { NOW + 3 * HOUR, "in 3 h" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[32] = "";
        tray_words_when(rows[i].at, NOW, text, sizeof(text));
        assert_string_equal(text, rows[i].words);
    }
}

static void test_rows(void **state)
{
    static const char *const wanted[TRAY_COLUMNS] = {
        "home.example.com", "203.0.113.7",      "not kept", "3 min ago",
        "in 2 min",         "given 5 days ago", ""
    };
    char text[TRAY_CELL_MAX] = "";
    (void)state;
    for (int i = 0; i < TRAY_COLUMNS; i++) {
        tray_words_cell(&hosts[0], (enum tray_column)i, NOW, text);
        assert_string_equal(text, wanted[i]);
        assert_non_null(tray_words_title((enum tray_column)i));
    }
    hosts[0].grant.days_left = 7;
    tray_words_cell(&hosts[0], TRAY_GRANT, NOW, text);
    assert_string_equal(text, "given 5 days ago, may end in 7 days");
    hosts[0].grant.needs_consent = true;
    tray_words_cell(&hosts[0], TRAY_GRANT, NOW, text);
    assert_string_equal(text, "missing");
    tray_words_cell(&hosts[0], TRAY_TROUBLE, NOW, text);
    assert_string_equal(text, "needs your consent: set the name up again");
    hosts[0].v4.published.family = 0;
    tray_words_cell(&hosts[0], TRAY_IPV4, NOW, text);
    assert_string_equal(text, "none yet");
}

static void test_left(void **state)
{
    char text[TRAY_CELL_MAX] = "";
    (void)state;
    view.left = "";
    assert_int_equal(tray_words_state(&view), TRAY_OK);
    view.left = "own.example.com";
    assert_int_equal(tray_words_state(&view), TRAY_ATTENTION);
    tray_words_summary(&view, text);
    assert_ptr_equal(strstr(text, "own.example.com is kept by nobody"), text);
    known.host_count = 0; /* of the service */
    assert_int_equal(strncmp(tip(), "own.example.com is kept", 23), 0);
    view.left = NULL;
    assert_string_equal(tip(), "No name is set up yet");
}

static void test_service(void **state)
{
    struct os_service service = { .state = OS_SERVICE_STOPPED, .never_started = true };
    (void)state;
    assert_string_equal(tray_words_service(&service, 2 * MINUTE), "");
    assert_non_null(strstr(tray_words_service(&service, 6 * MINUTE), "does not run"));
    service.never_started = false; /* it ran, and somebody stopped it */
    assert_non_null(strstr(tray_words_service(&service, 2 * MINUTE), "does not run"));
    service.state = OS_SERVICE_STARTING;
    assert_string_equal(tray_words_service(&service, 6 * MINUTE), "");
    service.state = OS_SERVICE_RUNNING; /* and does not listen */
    assert_non_null(strstr(tray_words_service(&service, 2 * MINUTE), "does not run"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_all_is_well, begin),
        cmocka_unit_test_setup(test_working, begin),
        cmocka_unit_test_setup(test_attention, begin),
        cmocka_unit_test_setup(test_lost, begin),
        cmocka_unit_test_setup(test_long_tips, begin),
        cmocka_unit_test_setup(test_when, begin),
        cmocka_unit_test_setup(test_rows, begin),
        cmocka_unit_test_setup(test_left, begin),
        cmocka_unit_test(test_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
