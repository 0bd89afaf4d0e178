/* Commands become what a person does in a window. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "windows/plain_words.h"

#define MENU "choose \"Set up a name\" in the menu"

struct row {
    const char *text, *setup, *tray; /* TRAY NULL: as SETUP */
};

static void check(const struct row *row)
{
    char out[PLAIN_MAX] = "x";

    plain_words(PLAIN_SETUP, row->text, out, sizeof(out));
    assert_string_equal(out, row->setup);
    plain_words(PLAIN_TRAY, row->text, out, sizeof(out));
    assert_string_equal(out, row->tray ? row->tray : row->setup);
}

static void test_commands(void **state)
{
    static const struct row rows[] = {
        { "consent is needed again; run: dcddns setup home.example.com (revoked)",
          "consent is needed again; get a new code (revoked)",
          "consent is needed again; " MENU " (revoked)" },
        { "the stored grant is incomplete; run: dcddns setup home.example.com",
          "the stored grant is incomplete; get a new code",
          "the stored grant is incomplete; " MENU },
        { "older than 24 h: run dcddns setup a.example.com again and open the URL it prints",
          "older than 24 h: get a new code", "older than 24 h: " MENU },
        { "IPv4 only: run dcddns setup a.de --ipv6 again and open the URL it prints, or give the "
          "code with --ipv4",
          "IPv4 only: get a new code, or choose IPv4 alone",
          "IPv4 only: " MENU ", or give the code with --ipv4" },
        { "it is not known: run dcddns setup a.de first and open the URL it prints",
          "it is not known: get a new code first", "it is not known: " MENU " first" },
        { "give that one of its own first: dcddns setup --each b.example.com",
          "give that one of its own first: set up one name at a time",
          "give that one of its own first: choose \"Set up a name\" for one name at a time" },
        { "a.json is damaged; run `dcddns setup` for it again",
          "a.json is damaged; get a new code for it again",
          "a.json is damaged; " MENU " for it again" },
        { "record, then run: dcddns update --force", "record, then get a new code",
          "record, then " MENU },
        { "no host is configured yet; run: dcddns setup NAME",
          "no host is configured yet; get a new code", "no host is configured yet; " MENU },
        { "codes work once: run setup again and use the new code",
          "codes work once: get a new code", "codes work once: set the name up again" },
        { "the service is not installed; run: dcddns service install",
          "the service is not installed; choose to keep names up to date always",
          "the service is not installed; " MENU },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(&rows[i]);
}

static void test_what_stays(void **state)
{
    static const struct row rows[] = {
        { "dcddns: x: y", "x: y", NULL },
        { "dcddns: dcddns setup is nothing that was told to run",
          "dcddns setup is nothing that was told to run", NULL },
        { "run: dcddns setups", "run: dcddns setups", NULL },
        { "updates do not help; run: dcddns doctor home.example.com",
          "updates do not help; run: dcddns doctor home.example.com", NULL },
        { "", "", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(&rows[i]);
}

static void test_discovery(void **state)
{
    static const struct row row = {
        "no _domainconnect record for a.de or any name above it: its DNS provider does not offer "
        "Domain Connect, or the name is misspelt",
        "a.de: its DNS provider does not offer Domain Connect, or the name is misspelt",
        "no _domainconnect record for a.de or any name above it: its DNS provider does not offer "
        "Domain Connect, or the name is misspelt"
    };
    (void)state;
    check(&row);
}

static void test_taking_over(void **state)
{
    char out[PLAIN_MAX] = "";
    (void)state;

    plain_words(PLAIN_SETUP,
                "Stop the Domain Connect service for Windows for these names now, for good: two "
                "programs",
                out, sizeof(out));
    assert_string_equal(out, "Now stop the Domain Connect service in the list of services, and set "
                             "it to Disabled: two programs");
    plain_words(
        PLAIN_SETUP,
        "Keep it up to date from now on with the daemon: dcddns service install, then: dcddns "
        "service start, or: dcddns run",
        out, sizeof(out));
    assert_string_equal(out, "");
}

static void test_cut(void **state)
{
    char out[8] = "";
    (void)state;

    plain_words(PLAIN_SETUP, "abcdefghij", out, sizeof(out));
    assert_string_equal(out, "abcdefg");
    plain_words(PLAIN_SETUP, "abcdef\xc3\xa4xyz", out, sizeof(out));
    assert_string_equal(out, "abcdef");
    plain_words(PLAIN_SETUP, "abcde\xc3\xa4xyz", out, sizeof(out));
    assert_string_equal(out, "abcde\xc3\xa4");
    plain_words(PLAIN_SETUP, "abcde\xc3\xa4", out, sizeof(out));
    assert_string_equal(out, "abcde\xc3\xa4");
    plain_words(PLAIN_SETUP, "run: dcddns setup a.de", out, sizeof(out));
    assert_string_equal(out, "get a n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),  cmocka_unit_test(test_what_stays),
        cmocka_unit_test(test_discovery), cmocka_unit_test(test_taking_over),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
