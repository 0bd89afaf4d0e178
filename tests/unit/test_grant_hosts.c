/* Lists of hosts: reading, joining, taking out, and names relative to a zone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "failing_memory.h"
#include "state/grant_hosts.h"

static void test_reading(void **state)
{
    static const struct {
        const char *list;
        size_t count;
        const char *entries[3];
    } rows[] = {
        { NULL, 0, { NULL } },          { "", 1, { "" } },
        { "home", 1, { "home" } },      { "home,www,", 3, { "home", "www", "" } },
        { ",home", 2, { "", "home" } }, { "a.b,*", 2, { "a.b", "*" } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char host[FQDN_MAX] = "";
        const char *cursor = rows[i].list;
        assert_int_equal(grant_hosts_count(rows[i].list), rows[i].count);
        for (size_t n = 0; n < rows[i].count; n++) {
            assert_true(grant_hosts_next(&cursor, host));
            assert_string_equal(host, rows[i].entries[n]);
            assert_true(grant_hosts_have(rows[i].list, host));
        }
        assert_false(grant_hosts_next(&cursor, host));
        assert_false(grant_hosts_have(rows[i].list, "hom"));
    }
}

/* No name is that long: whoever wrote it, it ends the list. */
static void test_long_entry(void **state)
{
    char list[FQDN_MAX + 10] = "a,", host[FQDN_MAX] = "";
    const char *cursor = list;
    (void)state;
    memset(list + 2, 'x', FQDN_MAX);
    assert_true(grant_hosts_next(&cursor, host));
    assert_false(grant_hosts_next(&cursor, host));
    assert_int_equal(grant_hosts_count(list), 1);
}

static void test_relative(void **state)
{
    static const struct {
        const char *zone, *fqdn, *host; /* NULL: not in the zone */
    } rows[] = {
        { "example.com", "home.example.com", "home" },
        { "example.com", "a.b.example.com", "a.b" },
        { "example.com", "example.com", "" },
        { "example.com", "*.example.com", "*" },
        { "example.com", "myexample.com", NULL },
        { "example.com", "home.example.org", NULL },
        { "example.com", "com", NULL },
        { "home.example.com", "example.com", NULL },
        { "", "example.com", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char host[FQDN_MAX] = "", fqdn[FQDN_MAX] = "";
        bool in = grant_hosts_relative(rows[i].zone, rows[i].fqdn, host);
        assert_int_equal(in, rows[i].host != NULL);
        if (!in)
            continue;
        assert_string_equal(host, rows[i].host);
        assert_true(grant_hosts_fqdn(rows[i].zone, host, fqdn));
        assert_string_equal(fqdn, rows[i].fqdn);
    }
    char full[FQDN_MAX] = "", label[FQDN_MAX] = "";
    memset(label, 'x', 250);
    assert_false(grant_hosts_fqdn("example.com", label, full));
    label[FQDN_MAX - 1 - 12] = '\0'; /* 241 and .example.com: 253, the longest name there is */
    assert_true(grant_hosts_fqdn("example.com", label, full));
    assert_int_equal(strlen(full), FQDN_MAX - 1);
}

static void test_add_and_drop(void **state)
{
    static const struct {
        const char *list, *more, *sum, *less, *rest;
    } rows[] = {
        { NULL, "home", "home", "home", NULL },
        { NULL, "", "", "", NULL },
        { "home,www", "cam,home,", "home,www,cam,", "home,cam", "www," },
        { "", "home", ",home", "", "home" },
        { "home", "", "home,", "home", "" },
        { "home", "home", "home", "other", "home" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = { 0 };
        char *list = mem_strdup(rows[i].list);
        assert_int_equal(grant_hosts_add(&list, rows[i].more, &err), 0);
        assert_string_equal(list, rows[i].sum);
        assert_int_equal(grant_hosts_drop(&list, rows[i].less, &err), 0);
        assert_int_equal(list == NULL, rows[i].rest == NULL);
        if (list)
            assert_string_equal(list, rows[i].rest);
        mem_free(list);
    }
}

/* A list that is as long as may be stays what it was. */
static void test_too_long(void **state)
{
    struct error err = { 0 };
    char *list = NULL;
    char host[64] = "";
    size_t count = 0;
    (void)state;
    memset(host, 'x', 50);
    while (grant_hosts_add(&list, host, &err) == 0) {
        snprintf(host + 50, 14, "-%zu", ++count);
        assert_true(strlen(list) <= GRANT_HOSTS_MAX);
    }
    assert_int_equal(err.class, ERR_USAGE);
    assert_true(strlen(list) > GRANT_HOSTS_MAX - 64);
    assert_int_equal(grant_hosts_count(list), count);
    mem_free(list);
}

static void test_without_memory(void **state)
{
    struct error err = { 0 };
    char *list = mem_strdup("home,www");
    (void)state;
    for (int i = 0; i < 2; i++) {
        failing_memory_at(i);
        assert_int_equal(grant_hosts_add(&list, "cam", &err), -1);
        assert_int_equal(err.class, ERR_LOCAL);
        failing_memory_at(i);
        assert_int_equal(grant_hosts_drop(&list, "home", &err), -1);
        failing_memory_off();
        assert_string_equal(list, "home,www");
    }
    mem_free(list);
}

static void test_words(void **state)
{
    static const struct {
        const char *list;
        size_t most;
        const char *words;
    } rows[] = {
        { "home", 3, "home" },
        { "home,", 3, "home and example.com" },
        { "home,www,", 3, "home, www and example.com" },
        { "a,b,c,d", 3, "a, b and 2 more" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf words = BUF_MAX(100);
        grant_hosts_say(&words, "example.com", rows[i].list, rows[i].most);
        assert_string_equal(buf_text(&words), rows[i].words);
        buf_free(&words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),  cmocka_unit_test(test_long_entry),
        cmocka_unit_test(test_relative), cmocka_unit_test(test_add_and_drop),
        cmocka_unit_test(test_too_long), cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests_name("grant hosts", tests, NULL, NULL);
}
