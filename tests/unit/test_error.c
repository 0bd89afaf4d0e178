/* Errors: class and sentence, cut but never overrun. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/error.h"

static void sets_class_and_text(void **state)
{
    struct error err = { 0 };
    (void)state;
    assert_int_equal(error_set(&err, ERR_TEMP, "%s answered %d", "api", 503), -1);
    assert_int_equal(err.class, ERR_TEMP);
    assert_string_equal(err.text, "api answered 503");
    assert_int_equal(error_set(NULL, ERR_TEMP, "%d", 1), -1);
    error_prefix(NULL, "x");
}

static void cuts_long_text(void **state)
{
    struct error err = { 0 };
    char lots[2000];
    (void)state;
    memset(lots, 'x', sizeof(lots) - 1);
    lots[sizeof(lots) - 1] = '\0';
    error_set(&err, ERR_PERM, "%s", lots);
    assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
}

static void prefixes(void **state)
{
    struct error err = { 0 };
    (void)state;
    error_set(&err, ERR_CONFIG, "no such key");
    error_prefix(&err, "%s:%d", "dcddns.conf", 7);
    assert_string_equal(err.text, "dcddns.conf:7: no such key");
    assert_int_equal(err.class, ERR_CONFIG);
    err = (struct error){ 0 };
    error_prefix(&err, "a");
    assert_string_equal(err.text, "a: ");
}

static void prefixes_fit_at_every_length(void **state)
{
    char prefix[ERROR_TEXT_MAX + 20];
    (void)state;
    for (size_t n = 0; n < sizeof(prefix); n++) {
        struct error err = { 0 };
        memset(prefix, 'p', n);
        prefix[n < sizeof(prefix) ? n : n - 1] = '\0';
        memset(err.text, 't', ERROR_TEXT_MAX - 1);
        error_prefix(&err, "%s", prefix);
        assert_int_equal(err.text[ERROR_TEXT_MAX - 1], '\0');
        assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
        if (n > 0 && n < ERROR_TEXT_MAX - 2) {
            assert_int_equal(strspn(err.text, "p"), n);
            assert_memory_equal(err.text + n, ": ", 2);
        }
    }
}

static void names_and_exit_statuses(void **state)
{
    static const struct {
        enum error_class class;
        const char *name;
        int status;
    } rows[] = {
        { ERR_NONE, "none", 0 },         { ERR_TEMP, "temporary", 1 },
        { ERR_PERM, "permanent", 2 },    { ERR_CONSENT, "consent", 2 },
        { ERR_CONFLICT, "conflict", 2 }, { ERR_CONFIG, "configuration", 2 },
        { ERR_LOCAL, "local", 1 },       { ERR_STOP, "stopped", 1 },
        { ERR_USAGE, "usage", 64 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(error_class_name(rows[i].class), rows[i].name);
        assert_int_equal(error_exit_status(rows[i].class), rows[i].status);
    }
    assert_string_equal(error_class_name((enum error_class)99), "unknown");
    assert_int_equal(error_exit_status((enum error_class)99), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_class_and_text),
        cmocka_unit_test(cuts_long_text),
        cmocka_unit_test(prefixes),
        cmocka_unit_test(prefixes_fit_at_every_length),
        cmocka_unit_test(names_and_exit_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
