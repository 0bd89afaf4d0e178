/* Dates as text, against the C library, and the day the program was built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <time.h>

#include "base/date.h"

static const int64_t DAY_MS = INT64_C(86400000);

static void dates(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        { 0, "1970-01-01 00:00 UTC" },
        { INT64_C(951782399999), "2000-02-28 23:59 UTC" },
        { INT64_C(951782400000), "2000-02-29 00:00 UTC" },
        { INT64_C(4107542400000), "2100-03-01 00:00 UTC" },
        { -5, "1970-01-01 00:00 UTC" },
    };
    char text[DATE_TEXT_MAX] = "";
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(date_text(rows[i].ms, text), rows[i].text);
    date_text(INT64_MAX, text); /* ends, and fits */
}

static void every_day_of_500_years(void **state)
{
    char text[DATE_TEXT_MAX] = "", want[DATE_TEXT_MAX] = "";
    (void)state;
    for (int64_t day = 0; day < 500 * 366; day++) {
        const time_t seconds = (time_t)(day * 86400 + day % 86400);
        struct tm parts = { 0 };
        gmtime_r(&seconds, &parts);
        strftime(want, sizeof(want), "%Y-%m-%d %H:%M UTC", &parts);
        assert_string_equal(date_text((int64_t)seconds * 1000, text), want);
    }
}

static void built(void **state)
{
    const int64_t ms = date_built_ms();
    (void)state;
    assert_int_equal(ms % DAY_MS, 0);
    assert_true(ms > INT64_C(1735689600000)); /* 2025 */
    assert_true(ms <= (int64_t)time(NULL) * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates),
        cmocka_unit_test(every_day_of_500_years),
        cmocka_unit_test(built),
    };
    return cmocka_run_group_tests_name("date", tests, NULL, NULL);
}
