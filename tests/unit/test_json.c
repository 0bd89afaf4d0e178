/* JSON within limits: whole texts only, at most 16 deep, numbers and strings of numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

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

static bool parses(const char *text, size_t len)
{
    struct json *json = json_parse(text, len);
    bool ok = json != NULL;
    json_free(&json);
    assert_null(json);
    return ok;
}

static void takes_one_whole_value(void **state)
{
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        { "{}", true },
        { " {\"a\":1} \r\n\t", true },
        { "[]", true },
        { "\"x\"", true },
        { "null", true },
        { "{\"a\":1,\"a\":2}", true },
        { "{\"a\\u0000b\":1}", true },
        { "{\"a\":\"]]]]]]]]]]]]]]]]]]]]}}}}[[[[[[[[[[[[[[[[[[[[[[\\\"[[[\"}", true },
        { "", false },
        { " ", false },
        { "{", false },
        { "{}x", false },
        { "{}{}", false },
        { "{} []", false },
        { "{\"a\":}", false },
        { "{a:1}", false },
        { "{'a':1}", false },
        { "{\"a\":1,}", false },
        { "<html></html>", false },
        { "access_token=abc&expires_in=1", false },
        { "nul", false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (parses(rows[i].text, strlen(rows[i].text)) != rows[i].ok)
            fail_msg("%s", rows[i].text);
    }
    assert_false(parses(NULL, 0));
    assert_false(parses("{}\0", 3));
    assert_false(parses("{}\0{}", 5));
    assert_true(parses("{}garbage", 2)); /* the length counts, not the NUL */
    assert_false(parses("{\"a\":1}", 6));
}

static void limits_the_depth(void **state)
{
    char text[64];
    (void)state;
    for (size_t depth = 1; depth <= 30; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(parses(text, 2 * depth), depth <= 16);
    }
    static char bomb[100000];
    memset(bomb, '[', sizeof(bomb));
    assert_false(parses(bomb, sizeof(bomb)));
    for (size_t i = 0; i + 5 < sizeof(bomb); i += 5)
        memcpy(bomb + i, "{\"a\":", 5);
    assert_false(parses(bomb, sizeof(bomb)));
}

static void gets_members(void **state)
{
    static const char text[] = "{\"s\":\"text\",\"n\":7,\"b\":true,\"f\":false,\"z\":null,"
                               "\"o\":{\"in\":\"side\"},\"l\":[\"a\",\"b\"],\"S\":\"other\"}";
    struct json *o = json_parse(text, sizeof(text) - 1);
    (void)state;
    assert_true(json_is_object(o));
    assert_string_equal(json_string(o, "s"), "text");
    assert_string_equal(json_string(o, "S"), "other");
    assert_null(json_string(o, "n"));
    assert_null(json_string(o, "z"));
    assert_null(json_string(o, "missing"));
    assert_null(json_string(NULL, "s"));
    assert_null(json_get(NULL, "s"));
    assert_string_equal(json_string(json_get(o, "o"), "in"), "side");
    assert_null(json_string(json_get(o, "s"), "in"));
    assert_null(json_get(json_get(o, "l"), "in"));
    assert_true(json_bool(o, "b", false));
    assert_false(json_bool(o, "f", true));
    assert_true(json_bool(o, "n", true));
    assert_false(json_bool(o, "missing", false));
    const struct json *list = json_get(o, "l");
    const struct json *first = json_first(list);
    assert_string_equal(json_text(first), "a");
    assert_null(json_name(first));
    assert_string_equal(json_text(json_next(first)), "b");
    assert_null(json_next(json_next(first)));
    assert_null(json_first(NULL));
    assert_null(json_next(NULL));
    assert_null(json_name(NULL));
    assert_null(json_text(NULL));
    assert_null(json_text(list));
    assert_string_equal(json_name(json_first(o)), "s");
    assert_false(json_is_object(NULL));
    json_free(&o);
    json_free(&o);
    json_free(NULL);
}

static void reads_integers(void **state)
{
    static const struct {
        const char *value;
        bool ok;
        int64_t want;
    } rows[] = {
        { "3600", true, 3600 },
        { "\"3600\"", true, 3600 },
        { "0", true, 0 },
        { "-0", true, 0 },
        { "1e3", true, 1000 },
        { "3600.0", true, 3600 },
        { "9007199254740992", true, 9007199254740992 },
        { "-9007199254740992", true, -9007199254740992 },
        { "3600.5", false, 0 },
        { "\"3600.5\"", false, 0 },
        { "\"\"", false, 0 },
        { "\" 3600\"", false, 0 },
        { "\"1e3\"", false, 0 },
        { "1e300", false, 0 },
        { "-1e300", false, 0 },
        { "1e999", false, 0 },
        { "true", false, 0 },
        { "null", false, 0 },
        { "[3600]", false, 0 },
        { "{}", false, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[64] = "{\"n\":";
        int64_t value = 77;
        strncat(text, rows[i].value, 40);
        strncat(text, "}", 2);
        struct json *o = json_parse(text, strlen(text));
        if (json_integer(o, "n", INT64_MIN, INT64_MAX, &value) != rows[i].ok)
            fail_msg("%s", rows[i].value);
        assert_int_equal(value, rows[i].ok ? rows[i].want : 77);
        json_free(&o);
    }
}

static void integers_have_bounds(void **state)
{
    static const char text[] = "{\"n\":10,\"s\":\"10\"}";
    struct json *o = json_parse(text, sizeof(text) - 1);
    int64_t value = 0;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *name = i ? "s" : "n";
        assert_true(json_integer(o, name, 10, 10, &value));
        assert_false(json_integer(o, name, 11, 20, &value));
        assert_false(json_integer(o, name, 0, 9, &value));
    }
    assert_false(json_integer(o, "missing", 0, 20, &value));
    assert_false(json_integer(NULL, "n", 0, 20, &value));
    json_free(&o);
}

static struct json *build(void)
{
    struct json *o = json_new_object(), *list = json_new_array(), *first = json_new_object();
    bool ok = json_set_string(o, "s", "a\"b\n") && json_set_string(o, "none", NULL) &&
              json_set_integer(o, "n", 1234567890123) && json_set_bool(o, "b", true) &&
              json_set_bool(o, "f", false) && json_set_string(first, "x", "y");
    ok = json_append(list, first) && ok;
    ok = json_append(list, json_new_object()) && ok;
    ok = json_set(o, "l", list) && ok;
    if (!ok)
        json_free(&o);
    return o;
}

static void builds_and_prints(void **state)
{
    struct json *o = build();
    (void)state;
    char *text = json_print(o, false);
    assert_string_equal(text, "{\"s\":\"a\\\"b\\n\",\"n\":1234567890123,\"b\":true,\"f\":false,"
                              "\"l\":[{\"x\":\"y\"},{}]}");
    mem_free(text);
    text = json_print(o, true);
    assert_non_null(strchr(text, '\n'));
    struct json *again = json_parse(text, strlen(text));
    assert_string_equal(json_string(again, "s"), "a\"b\n");
    json_free(&again);
    mem_free(text);
    json_free(&o);
}

static void times_survive_a_round_trip(void **state)
{
    static const int64_t values[] = { 0, -1, 1, 1700000000000, 999999999999999, -999999999999999 };
    (void)state;
    for (size_t i = 0; i < COUNT(values); i++) {
        struct json *o = json_new_object();
        int64_t back = 0;
        assert_true(json_set_integer(o, "t", values[i]));
        char *text = json_print(o, false);
        json_free(&o);
        o = json_parse(text, strlen(text));
        assert_true(json_integer(o, "t", INT64_MIN, INT64_MAX, &back));
        assert_int_equal(back, values[i]);
        mem_free(text);
        json_free(&o);
    }
}

static void frees_a_child_that_finds_no_parent(void **state)
{
    (void)state;
    assert_false(json_set(NULL, "x", json_new_object()));
    assert_false(json_append(NULL, json_new_object()));
    struct json *o = json_new_object();
    assert_false(json_set(o, "x", NULL));
    assert_false(json_append(o, NULL));
    json_free(&o);
}

/* Every allocation fails once: no crash, no leak, no half text. */
static void survives_without_memory(void **state)
{
    static const char text[] = "{\"a\":\"b\",\"c\":[1,\"two\",{\"d\":null}]}";
    bool parsed = false, printed = false;
    (void)state;
    for (long n = 0; n < 80 && !printed; n++) {
        failing_memory_at(n);
        json_use_allocator(failing_memory_alloc, failing_memory_release);
        struct json *o = json_parse(text, sizeof(text) - 1);
        parsed = o != NULL;
        json_free(&o);
        failing_memory_at(n);
        o = build();
        char *out = o ? json_print(o, true) : NULL;
        printed = out && failing_memory_left >= 0;
        if (out)
            assert_non_null(strstr(out, "1234567890123"));
        mem_free(out);
        json_free(&o);
    }
    assert_true(parsed);
    assert_true(printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_one_whole_value),
        cmocka_unit_test(limits_the_depth),
        cmocka_unit_test(gets_members),
        cmocka_unit_test(reads_integers),
        cmocka_unit_test(integers_have_bounds),
        cmocka_unit_test(builds_and_prints),
        cmocka_unit_test(times_survive_a_round_trip),
        cmocka_unit_test(frees_a_child_that_finds_no_parent),
        cmocka_unit_test_teardown(survives_without_memory, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
