/* Rehearsals in this process: the order of what is told, options, and memory that runs out.  What
 * each hostile module gets told is in tests/abi/check-hostile.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "failing_memory.h"
#include "modules/rehearsal.h"

#define HOSTILE TEST_HOSTILE_DIR "/ip-source/"

static struct {
    int begun, ok, notes, failed;
    char step[128];   /* begun last */
    char first[1024]; /* the first failure */
    char noted[1024]; /* the last note */
} heard;

static void begin(void *ctx, const char *what)
{
    assert_ptr_equal(ctx, &heard);
    heard.begun++;
    snprintf(heard.step, sizeof(heard.step), "%s", what);
}

static void on_told(void *ctx, enum rehearsal_verdict verdict, const char *what, const char *why)
{
    assert_ptr_equal(ctx, &heard);
    switch (verdict) {
    case REHEARSAL_OK:
        assert_string_equal(what, heard.step);
        assert_string_equal(why, "");
        heard.ok++;
        break;
    case REHEARSAL_NOTE:
        snprintf(heard.noted, sizeof(heard.noted), "%s: %s", what, why);
        heard.notes++;
        break;
    case REHEARSAL_FAIL:
        assert_string_equal(what, heard.step);
        if (heard.failed++ == 0)
            snprintf(heard.first, sizeof(heard.first), "%s: %s", what, why);
        break;
    }
}

static int rehearse(const char *path, const struct schema_value *values, size_t count)
{
    const struct rehearsal_audience audience = { .begin = begin, .tell = on_told, .ctx = &heard };
    const struct rehearsal_options options = { .values = values, .count = count };
    bool stuck = true;

    memset(&heard, 0, sizeof(heard));
    int failures = rehearsal_run(path, &options, &audience, &stuck);
    assert_false(stuck);
    assert_int_equal(failures, heard.failed);
    assert_int_equal(heard.begun, heard.ok + heard.failed); /* one line for each check */
    return failures;
}

static void test_honest(void **state)
{
    (void)state;
    if (rehearse(HOSTILE "honest" TEST_SUFFIX, NULL, 0) != 0)
        fail_msg("%s", heard.first);
    assert_true(heard.ok > 25);
    assert_int_equal(heard.notes, 0);
}

static void test_our_own(void **state)
{
    static const char *const own[] = { "ip-source/http-echo", "auth/published-secret" };
    (void)state;
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        char path[512] = "";
        snprintf(path, sizeof(path), "%s/%s" TEST_SUFFIX, TEST_MODULE_DIR, own[i]);
        if (rehearse(path, NULL, 0) != 0)
            fail_msg("%s: %s", own[i], heard.first);
    }
}

static void test_refused_before_it_runs(void **state)
{
    (void)state;
    assert_int_equal(rehearse(HOSTILE "size-zero" TEST_SUFFIX, NULL, 0), 1);
    assert_string_equal(heard.first,
                        "file: a trusted place, loads, a descriptor that can be: " HOSTILE
                        "size-zero" TEST_SUFFIX
                        ": its descriptor says 0 bytes, allowed are 80 to 4096; rebuild "
                        "it with dcddns/plugin.h");
    assert_int_equal(heard.begun, 2);
    assert_int_equal(rehearse("/nonexistent/a.so", NULL, 0), 2);
    assert_string_equal(heard.first,
                        "exports: dcddns_plugin_v1 alone: /nonexistent/a.so: cannot be "
                        "read: No such file or directory");
}

static void test_same_words_once(void **state)
{
    (void)state;
    assert_true(rehearse(HOSTILE "bad-code" TEST_SUFFIX, NULL, 0) > 10);
    assert_string_equal(heard.first, "query(): the time is over before it begins: query() returned "
                                     "77, which is no result; return one of DCDDNS_");
}

static void test_options(void **state)
{
    static const struct schema_value blue[] = { { "colour", "blue", "--option", 0 } };
    static const struct schema_value red[] = { { "colour", "red", "--option", 0 } };
    static const struct schema_value wrong[] = { { "color", "blue", "--option", 0 } };
    (void)state;
    assert_int_equal(rehearse(HOSTILE "needs-option" TEST_SUFFIX, blue, 1), 0);
    assert_string_equal(heard.noted,
                        "options: names, defaults, help (2): url = "
                        "https://rehearsal.invalid/ was made up; give another one with "
                        "--option url=VALUE");
    assert_int_equal(rehearse(HOSTILE "needs-option" TEST_SUFFIX, red, 1), 1);
    assert_string_equal(heard.first, "create() and destroy(): create() failed with -2: colour is "
                                     "not blue; when the options are at fault, give others with "
                                     "--option KEY=VALUE");
    assert_int_equal(rehearse(HOSTILE "needs-option" TEST_SUFFIX, wrong, 1), 1);
    assert_string_equal(heard.first,
                        "options: names, defaults, help (2): --option: [needs-option] has no key "
                        "\"color\"; did you mean \"colour\"?");
}

/* Every allocation fails in turn: that is told as a failure, or it was not needed. */
static void test_memory(void **state)
{
    int failed = 0;
    (void)state;
    for (long n = 0; n < 100000; n++) {
        failing_memory_at(n);
        failed += rehearse(HOSTILE "honest" TEST_SUFFIX, NULL, 0) > 0;
        const bool over = failing_memory_left >= 0;
        failing_memory_off();
        if (over)
            break;
        if (n > 40) /* a hundred lives of the same kind */
            n += 12 * TEST_SCALE;
    }
    assert_true(failed > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_honest),
        cmocka_unit_test(test_our_own),
        cmocka_unit_test(test_refused_before_it_runs),
        cmocka_unit_test(test_same_words_once),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
