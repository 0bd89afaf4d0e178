/* Growable strings: the maximum holds, errors stick, nothing stays behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "unit/failing_memory.h"

static int reset(void **state)
{
    (void)state;
    failing_memory_off();
    return 0;
}

static void starts_empty(void **state)
{
    struct buf b = { .max = 10 };
    (void)state;
    assert_true(buf_ok(&b));
    assert_string_equal(buf_text(&b), "");
    buf_free(&b);
    assert_int_equal(b.max, 10);
    char *text = buf_take(&b);
    assert_string_equal(text, "");
    mem_free(text);
}

static void appends(void **state)
{
    struct buf b = BUF_MAX(100);
    (void)state;
    buf_puts(&b, "zone");
    buf_putc(&b, '=');
    buf_add(&b, "a\0b", 3);
    buf_add(&b, NULL, 0);
    buf_puts(&b, "");
    buf_printf(&b, "[%d %s]", 42, "x");
    assert_true(buf_ok(&b));
    assert_int_equal(b.len, 14);
    assert_memory_equal(b.data, "zone=a\0b[42 x]", 15);
    buf_free(&b);
    assert_int_equal(b.len, 0);
    assert_null(b.data);
}

static void every_size_up_to_the_maximum_fits(void **state)
{
    (void)state;
    for (size_t max = 0; max < 600; max++) {
        struct buf b = { .max = max };
        for (size_t i = 0; i < max; i++)
            buf_putc(&b, 'x');
        assert_true(buf_ok(&b));
        assert_int_equal(b.len, max);
        assert_int_equal(strlen(buf_text(&b)), max);
        buf_putc(&b, 'y');
        assert_false(buf_ok(&b));
        assert_int_equal(b.len, max);
        assert_null(strchr(buf_text(&b), 'y'));
        buf_free(&b);
    }
}

static void errors_stick(void **state)
{
    struct buf b = BUF_MAX(4);
    (void)state;
    buf_puts(&b, "12345");
    assert_false(buf_ok(&b));
    buf_puts(&b, "1");
    buf_putc(&b, '2');
    buf_add(&b, "3", 1);
    buf_printf(&b, "%d", 4);
    assert_int_equal(b.len, 0);
    assert_string_equal(buf_text(&b), "");
    assert_null(buf_take(&b));
    assert_true(buf_ok(&b)); /* empty after, and usable */
    assert_int_equal(b.max, 4);
    buf_printf(&b, "%s", "1234");
    buf_printf(&b, "%s", "");
    assert_true(buf_ok(&b));
    buf_printf(&b, "%s", "5");
    assert_false(buf_ok(&b));
    buf_free(&b);
}

static void takes_no_lengths_that_wrap(void **state)
{
    struct buf b = { .max = 100 };
    (void)state;
    buf_puts(&b, "x");
    buf_add(&b, "y", SIZE_MAX);
    assert_false(buf_ok(&b));
    buf_free(&b);
    buf_puts(&b, "x");
    buf_add(&b, "y", SIZE_MAX - 1);
    assert_false(buf_ok(&b));
    buf_free(&b);
}

static void hands_over(void **state)
{
    struct buf b = BUF_MAX(10);
    (void)state;
    buf_puts(&b, "mine");
    char *text = buf_take(&b);
    assert_string_equal(text, "mine");
    assert_int_equal(b.len, 0);
    assert_string_equal(buf_text(&b), "");
    buf_puts(&b, "next");
    assert_string_equal(buf_text(&b), "next");
    assert_string_equal(text, "mine");
    mem_free(text);
    buf_free(&b);
}

static void fails_without_memory(void **state)
{
    (void)state;
    for (long n = 0; n < 3; n++) {
        struct buf b = BUF_MAX(2000);
        failing_memory_at(n);
        for (int i = 0; i < 1000; i++)
            buf_putc(&b, 'x');
        assert_false(buf_ok(&b)); /* 128, 256, 512, 1024: four allocations */
        assert_int_equal(strlen(buf_text(&b)), b.len);
        assert_null(buf_take(&b));
    }
    struct buf empty = BUF_MAX(10);
    failing_memory_at(0);
    assert_null(buf_take(&empty));
    failing_memory_at(0);
    buf_printf(&empty, "%d", 1);
    assert_false(buf_ok(&empty));
    buf_free(&empty);
}

static void leaves_no_secret_behind(void **state)
{
    struct buf b = BUF_MAX(100000);
    (void)state;
    failing_memory_at(-1);
    failing_memory_secret = "inconceivable";
    for (int i = 0; i < 500; i++)
        buf_puts(&b, "inconceivable,");
    assert_true(failing_memory_asked > 3);
    buf_free(&b);
    assert_false(failing_memory_dirty);
    buf_puts(&b, "inconceivable");
    buf_putc(&b, '!');
    b.failed = true;
    assert_null(buf_take(&b));
    assert_false(failing_memory_dirty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(starts_empty, reset),
        cmocka_unit_test_teardown(appends, reset),
        cmocka_unit_test_teardown(every_size_up_to_the_maximum_fits, reset),
        cmocka_unit_test_teardown(errors_stick, reset),
        cmocka_unit_test_teardown(takes_no_lengths_that_wrap, reset),
        cmocka_unit_test_teardown(hands_over, reset),
        cmocka_unit_test_teardown(fails_without_memory, reset),
        cmocka_unit_test_teardown(leaves_no_secret_behind, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
