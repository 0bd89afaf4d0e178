/* Name -> value lists of the plugin contract: limits, order, encodings, secrets wiped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/fields.h"
#include "base/json.h"
#include "unit/failing_memory.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int reset(void **state)
{
    (void)state;
    failing_memory_off();
    json_use_allocator(malloc, free);
    return 0;
}

static void sets_gets_removes(void **state)
{
    struct dcddns_fields f = { 0 };
    (void)state;
    assert_null(fields_get(&f, "a"));
    assert_int_equal(fields_set(&f, "a", "1", 0), DCDDNS_OK);
    assert_int_equal(fields_set(&f, "b", "2", DCDDNS_SECRET), DCDDNS_OK);
    assert_int_equal(fields_set(&f, "c", "", 0), DCDDNS_OK);
    assert_int_equal(fields_set(&f, "a", "3", 0), DCDDNS_OK);
    assert_int_equal(f.count, 3);
    assert_string_equal(fields_get(&f, "a"), "3");
    assert_string_equal(fields_get(&f, "c"), "");
    assert_int_equal(f.list[1].flags, DCDDNS_SECRET);
    assert_null(fields_get(&f, "A"));
    assert_int_equal(fields_set(&f, "a", NULL, 0), DCDDNS_OK);
    assert_null(fields_get(&f, "a"));
    assert_string_equal(f.list[0].name, "b"); /* the order of the rest stays */
    assert_string_equal(f.list[1].name, "c");
    assert_int_equal(fields_set(&f, "a", NULL, 0), DCDDNS_OK);
    assert_int_equal(fields_set(&f, "b", "4", 0), DCDDNS_OK);
    assert_int_equal(f.list[0].flags, 0);
    fields_free(&f);
    assert_int_equal(f.count, 0);
    assert_null(f.list);
    assert_null(fields_get(NULL, "a"));
    assert_null(fields_get(&f, NULL));
}

static void copies_what_it_is_given(void **state)
{
    struct dcddns_fields f = { 0 };
    char name[] = "name", value[] = "value";
    (void)state;
    fields_set(&f, name, value, 0);
    name[0] = value[0] = 'X';
    assert_string_equal(fields_get(&f, "name"), "value");
    assert_int_equal(fields_set(&f, "name", fields_get(&f, "name"), 0), DCDDNS_OK);
    assert_string_equal(fields_get(&f, "name"), "value");
    fields_free(&f);
}

static void refuses_names_and_values(void **state)
{
    static const char *const names[] = { "",    "a b", "a=b", "a&b", "\xc3\xa4", "a\n",
                                         "a/b", "a:b", "a%",  "a\"", "a[0]" };
    static const char *const values[] = { "a\r\nb", "\n", "\x1f", "\x7f", "\xc3\xa4", "\t" };
    struct dcddns_fields f = { 0 };
    char name[66] = "", long_value[FIELD_VALUE_MAX + 2] = "";
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(fields_set(&f, names[i], "x", 0), DCDDNS_E_BUG);
    for (size_t i = 0; i < COUNT(values); i++)
        assert_int_equal(fields_set(&f, "x", values[i], 0), DCDDNS_E_BUG);
    assert_int_equal(fields_set(&f, NULL, "x", 0), DCDDNS_E_BUG);
    assert_int_equal(fields_set(NULL, "x", "x", 0), DCDDNS_E_BUG);
    assert_int_equal(f.count, 0);
    memset(name, 'n', 65);
    assert_int_equal(fields_set(&f, name, "x", 0), DCDDNS_E_BUG);
    name[64] = '\0';
    assert_int_equal(fields_set(&f, name, "x", 0), DCDDNS_OK);
    assert_int_equal(fields_set(&f, "Az09_.-", " ~!", 0), DCDDNS_OK);
    memset(long_value, 'v', FIELD_VALUE_MAX + 1);
    assert_int_equal(fields_set(&f, "x", long_value, 0), DCDDNS_E_BUG);
    long_value[FIELD_VALUE_MAX] = '\0';
    assert_int_equal(fields_set(&f, "x", long_value, 0), DCDDNS_OK);
    assert_int_equal(fields_set(&f, "x", "a\nb", 0), DCDDNS_E_BUG);
    assert_string_equal(fields_get(&f, "x"), long_value); /* a refused value changes nothing */
    fields_free(&f);
}

static void holds_a_bounded_number(void **state)
{
    struct dcddns_fields f = { 0 };
    char name[16] = "";
    (void)state;
    for (int i = 0; i < FIELDS_MAX; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        assert_int_equal(fields_set(&f, name, "v", 0), DCDDNS_OK);
    }
    assert_int_equal(fields_set(&f, "more", "v", 0), DCDDNS_E_BUG);
    assert_int_equal(fields_set(&f, "n0", "w", 0), DCDDNS_OK);
    assert_int_equal(fields_set(&f, "n5", NULL, 0), DCDDNS_OK);
    assert_int_equal(fields_set(&f, "more", "v", 0), DCDDNS_OK);
    fields_free(&f);
}

static void encodes(void **state)
{
    struct dcddns_fields f = { 0 };
    struct buf out = BUF_MAX(1000);
    (void)state;
    fields_set(&f, "grant_type", "refresh_token", 0);
    fields_set(&f, "t", "a\"b\\c&d=e /+%?", DCDDNS_SECRET);
    fields_set(&f, "empty", "", 0);

    fields_encode(&f, FIELDS_JSON, &out);
    struct json *object = json_parse(buf_text(&out), out.len);
    assert_true(json_is_object(object));
    assert_string_equal(json_string(object, "grant_type"), "refresh_token");
    assert_string_equal(json_string(object, "t"), "a\"b\\c&d=e /+%?");
    assert_string_equal(json_string(object, "empty"), "");
    assert_null(strchr(buf_text(&out), '\n'));
    json_free(&object);
    buf_free(&out);

    fields_encode(&f, FIELDS_FORM, &out);
    assert_string_equal(buf_text(&out),
                        "grant_type=refresh_token&t=a%22b%5Cc%26d%3De%20%2F%2B%25%3F&empty=");
    buf_free(&out);

    buf_puts(&out, "https://api.example/token");
    fields_encode(&f, FIELDS_QUERY, &out);
    assert_string_equal(buf_text(&out), "https://api.example/token?grant_type=refresh_token"
                                        "&t=a%22b%5Cc%26d%3De%20%2F%2B%25%3F&empty=");
    buf_free(&out);
    fields_free(&f);
}

static void encodes_nothing(void **state)
{
    struct dcddns_fields f = { 0 };
    struct buf out = BUF_MAX(10);
    (void)state;
    fields_encode(&f, FIELDS_JSON, &out);
    assert_string_equal(buf_text(&out), "{}");
    buf_free(&out);
    fields_encode(&f, FIELDS_FORM, &out);
    fields_encode(&f, FIELDS_QUERY, &out);
    assert_string_equal(buf_text(&out), "");
    fields_set(&f, "name", "too long for that buffer", 0);
    fields_encode(&f, FIELDS_JSON, &out);
    assert_false(buf_ok(&out));
    buf_free(&out);
    fields_free(&f);
}

/* Every allocation of setting two fields and encoding them fails once. */
static void survives_without_memory(void **state)
{
    int rc = DCDDNS_E_NOMEM;
    bool whole = false;
    (void)state;
    for (long n = 0; n < 60 && !whole; n++) {
        struct dcddns_fields f = { 0 };
        struct buf out = BUF_MAX(1000);
        failing_memory_at(n);
        json_use_allocator(failing_memory_alloc, failing_memory_release);
        rc = fields_set(&f, "one", "1", 0);
        if (rc == DCDDNS_OK)
            rc = fields_set(&f, "two", "2", 0);
        if (rc == DCDDNS_OK)
            rc = fields_set(&f, "two", "3", 0);
        assert_true(rc == DCDDNS_OK || rc == DCDDNS_E_NOMEM);
        fields_encode(&f, FIELDS_JSON, &out);
        whole = rc == DCDDNS_OK && buf_ok(&out) && failing_memory_left >= 0;
        if (rc == DCDDNS_OK && buf_ok(&out))
            assert_string_equal(buf_text(&out), "{\"one\":\"1\",\"two\":\"3\"}");
        buf_free(&out);
        fields_free(&f);
    }
    assert_true(whole);
}

static void wipes_values(void **state)
{
    struct dcddns_fields f = { 0 };
    struct buf out = BUF_MAX(1000);
    (void)state;
    failing_memory_at(-1);
    failing_memory_secret = "inconceivable";
    fields_set(&f, "a", "inconceivable", DCDDNS_SECRET);
    fields_set(&f, "a", "inconceivable!", DCDDNS_SECRET);
    fields_set(&f, "b", "inconceivable", DCDDNS_SECRET);
    fields_set(&f, "b", NULL, 0);
    fields_encode(&f, FIELDS_FORM, &out);
    buf_free(&out);
    fields_free(&f);
    assert_false(failing_memory_dirty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(sets_gets_removes, reset),
        cmocka_unit_test_teardown(copies_what_it_is_given, reset),
        cmocka_unit_test_teardown(refuses_names_and_values, reset),
        cmocka_unit_test_teardown(holds_a_bounded_number, reset),
        cmocka_unit_test_teardown(encodes, reset),
        cmocka_unit_test_teardown(encodes_nothing, reset),
        cmocka_unit_test_teardown(survives_without_memory, reset),
        cmocka_unit_test_teardown(wipes_values, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
