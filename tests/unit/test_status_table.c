/* The table of `dcddns status`, to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "cli/status_table.c"

#define NOW    INT64_C(1700000000000)
#define AGO(s) (NOW - (s)*INT64_C(1000))

static char shown[8192];

static struct dcddns_addr ip(const char *text)
{
    struct dcddns_addr addr = { 0 };
    assert_int_equal(addr_parse(text, &addr), 0);
    return addr;
}

/* What is printed goes to a file meanwhile: it is no terminal. */
static void show(struct status_host *hosts, size_t count, struct status s, const char *unasked)
{
    FILE *file = tmpfile();
    int kept = dup(1);

    assert_non_null(file);
    fflush(stdout);
    s.taken_at_ms = NOW;
    s.hosts = hosts;
    s.host_count = count;
    assert_int_equal(dup2(fileno(file), 1), 1);
    status_table_print(&s, unasked);
    fflush(stdout);
    assert_int_equal(dup2(kept, 1), 1);
    close(kept);
    rewind(file);
    shown[fread(shown, 1, sizeof(shown) - 1, file)] = '\0';
    fclose(file);
}

static struct status_family family(const char *published, int64_t since_s)
{
    return (struct status_family){ .wanted = true,
                                   .published = ip(published),
                                   .observed = ip(published),
                                   .source = "http-echo",
                                   .published_at_ms = AGO(since_s) };
}

static const struct status live = { .live = true,
                                    .daemon_pid = 42,
                                    .daemon_since_at_ms = AGO(300) };
static const struct status_grant good = { .found = true, .state = "active", .days_left = 30 };

static void test_current(void **state)
{
    struct status_host hosts[] = { { .name = "home.example.com",
                                     .state = RECORD_CURRENT,
                                     .v4 = family("203.0.113.7", 3 * 86400),
                                     .v6 = family("2001:db8::17", 200),
                                     .next_check_at_ms = NOW + 240000,
                                     .grant = good } };
    (void)state;
    show(hosts, 1, live, NULL);
    assert_string_equal(shown,
                        "NAME              TYPE  PUBLISHED     STATE    CHANGED    NEXT\n"
                        "home.example.com  A     203.0.113.7   current  3 d ago    in 4 min\n"
                        "                  AAAA  2001:db8::17  current  3 min ago  in 4 min\n"
                        "The daemon runs (process 42, started 5 min ago).\n");
}

static void test_trouble(void **state)
{
    struct status_host hosts[] = {
        { .name = "a.example.com",
          .state = RECORD_DUE,
          .v4 = family("203.0.113.7", 18),
          .next_at_ms = NOW + 42000,
          .grant = good },
        { .name = "b.example.com",
          .state = RECORD_BACKING_OFF,
          .v4 = family("203.0.113.7", 86400),
          .next_at_ms = NOW + 1800000,
          .failures = 3,
          .error_class = ERR_TEMP,
          .error = "the provider\nanswered 500",
          .grant = { .found = true, .state = "probing", .provider = "Ex", .days_left = 9 } },
        { .name = "c.example.com",
          .v4.wanted = true,
          .error_class = ERR_CONSENT,
          .error = "no consent was given",
          .grant = { .state = "none", .days_left = -1 } },
        { .name = "d.example.com",
          .state = RECORD_PAUSED,
          .v4 = family("203.0.113.7", 1),
          .grant = { .found = true, .state = "needs-consent", .needs_consent = true } },
    };
    (void)state;
    hosts[0].v4.observed = ip("198.51.100.4");
    hosts[1].grant.refreshed_at_ms = AGO(21 * 86400);
    hosts[3].v4.candidate = ip("198.51.100.5");
    show(hosts, 4, (struct status){ .unsaved_tokens = 1 }, NULL);
    assert_string_equal(
        shown, "NAME           TYPE  PUBLISHED    STATE        CHANGED   NEXT\n"
               "a.example.com  A     203.0.113.7  due          18 s ago  in 42 s\n"
               "  A: http-echo sees 198.51.100.4, to be published in 42 s\n"
               "b.example.com  A     203.0.113.7  backing-off  24 h ago  in 30 min\n"
               "  error (temporary, 3 times in a row): the provider?answered 500\n"
               "  Ex refuses the grant, and is asked again; if that lasts, run: dcddns setup "
               "b.example.com\n"
               "  grant: about 9 days left unless it is refreshed (last: 21 d ago)\n"
               "c.example.com  A     none         new          never     -\n"
               "  grant none; run: dcddns setup c.example.com\n"
               "d.example.com  A     203.0.113.7  paused       1 s ago   -\n"
               "  A: 198.51.100.5 is seen, and being confirmed\n"
               "  consent is needed again; run: dcddns setup d.example.com\n"
               "New tokens of 1 grant cannot be stored: mend the disk before the daemon ends.\n"
               "The daemon does not run.\n");
}

/* Nothing is wider than 80 columns, whatever the names and addresses. */
static void test_width(void **state)
{
    struct status_host hosts[] = {
        { .name = "a-rather-long-name.with-many-labels.of-a-customer.dyn.example.org",
          .state = RECORD_BACKING_OFF,
          .v4 = family("203.0.113.107", 119 * 60),
          .v6 = family("2001:db8:b6c3:1234:5678:9abc:def0:1234", 119 * 60),
          .next_at_ms = NOW + 119 * 60000,
          .grant = good },
        { .name = "b.example.com",
          .state = RECORD_CURRENT,
          .v4 = family("203.0.113.7", 7),
          .grant = good },
    };
    (void)state;
    show(hosts, 2, live, NULL);
    for (const char *at = shown; *at; at += strcspn(at, "\n") + 1)
        assert_true(strcspn(at, "\n") <= 80);
    assert_non_null(strstr(shown, "\na-rather-long-name.with-many-labels.of-a-customer.dyn."
                                  "example.org\n  A"));
    assert_non_null(strstr(shown, "2001:db8:b6c3:1234:5678:9abc:def0:1234 backing-off"));
    hosts[0].v6.wanted = false; /* short addresses leave room for short names */
    show(hosts, 2, live, NULL);
    assert_non_null(strstr(shown, "\nb.example.com "));
    for (const char *at = shown; *at; at += strcspn(at, "\n") + 1)
        assert_true(strcspn(at, "\n") <= 80);
}

static void test_ends(void **state)
{
    struct status deaf = { .daemon_pid = 42 };
    (void)state;
    show(NULL, 0, live, NULL);
    assert_string_equal(shown, "No host is configured yet; run: dcddns setup NAME\n"
                               "The daemon runs (process 42, started 5 min ago).\n");
    show(NULL, 0, deaf, "control-socket is none");
    assert_non_null(strstr(shown, "The daemon runs (process 42); this is from disk, up to an hour "
                                  "old: control-socket is none\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_current),
        cmocka_unit_test(test_trouble),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests_name("status_table", tests, NULL, NULL);
}
