/* Memory: zeroed, counted, replaceable, wiped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "unit/failing_memory.h"

static int reset(void **state)
{
    (void)state;
    failing_memory_off();
    return 0;
}

static void gives_zeroed_memory(void **state)
{
    (void)state;
    failing_memory_at(-1);
    for (size_t size = 1; size < 5000; size = size * 3 + 1) {
        unsigned char *block = mem_new(3, size);
        assert_non_null(block);
        for (size_t i = 0; i < 3 * size; i++)
            assert_int_equal(block[i], 0);
        mem_free(block);
    }
}

static void gives_a_block_for_nothing(void **state)
{
    void *a = mem_new(0, 8), *b = mem_new(8, 0);
    (void)state;
    assert_non_null(a);
    assert_non_null(b);
    void *more = mem_resize(a, 0);
    assert_non_null(more);
    mem_free(more);
    mem_free(b);
    mem_free(NULL);
}

static void refuses_products_that_overflow(void **state)
{
    (void)state;
    failing_memory_at(-1);
    assert_null(mem_new(SIZE_MAX / 2 + 1, 2));
    assert_null(mem_new(2, SIZE_MAX / 2 + 1));
    assert_null(mem_new(SIZE_MAX, SIZE_MAX));
    assert_int_equal(failing_memory_asked, 0);
}

static void keeps_the_old_block_when_growing_fails(void **state)
{
    char *text = mem_strdup("kept");
    (void)state;
    failing_memory_at(0);
    assert_null(mem_resize(text, 100));
    assert_string_equal(text, "kept");
    failing_memory_at(-1);
    char *more = mem_resize(text, 100);
    assert_non_null(more);
    assert_string_equal(more, "kept");
    mem_free(more);
}

static void copies_text(void **state)
{
    static const char raw[] = { 'a', '\0', 'b' };
    char *all = mem_strdup("zone"), *part = mem_strndup("zone.example", 4);
    char *none = mem_strndup("zone", 0), *bytes = mem_strndup(raw, sizeof(raw));
    (void)state;
    assert_string_equal(all, "zone");
    assert_string_equal(part, "zone");
    assert_string_equal(none, "");
    assert_memory_equal(bytes, "a\0b\0", 4); /* bodies may hold NULs */
    assert_null(mem_strdup(NULL));
    assert_null(mem_strndup(NULL, 5));
    mem_free(all);
    mem_free(part);
    mem_free(none);
    mem_free(bytes);
}

static void says_when_there_is_none(void **state)
{
    (void)state;
    failing_memory_at(0);
    assert_null(mem_new(1, 1));
    failing_memory_at(0);
    assert_null(mem_strdup("x"));
    failing_memory_at(0);
    assert_null(mem_strndup("x", 1));
}

static void wipes(void **state)
{
    char text[] = "secret";
    (void)state;
    mem_wipe(text, 3);
    assert_memory_equal(text, "\0\0\0ret", 7);
    mem_wipe(NULL, 3);

    failing_memory_at(-1);
    failing_memory_secret = "inconceivable";
    char *copy = mem_strdup("inconceivable");
    mem_free_secret(copy);
    assert_false(failing_memory_dirty);
    copy = mem_strdup("inconceivable");
    mem_free(copy);
    assert_true(failing_memory_dirty); /* the detector works */
    mem_free_secret(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(gives_zeroed_memory, reset),
        cmocka_unit_test_teardown(gives_a_block_for_nothing, reset),
        cmocka_unit_test_teardown(refuses_products_that_overflow, reset),
        cmocka_unit_test_teardown(keeps_the_old_block_when_growing_fails, reset),
        cmocka_unit_test_teardown(copies_text, reset),
        cmocka_unit_test_teardown(says_when_there_is_none, reset),
        cmocka_unit_test_teardown(wipes, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
