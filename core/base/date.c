/* Days since 1970 to a date of the Gregorian calendar; see date.h. */
#include "base/date.h"

#include <stdbool.h>
#include <stdio.h>

enum { DAY_MS = 86400 * 1000, MINUTE_MS = 60 * 1000, EPOCH = 1970 };

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

const char *date_text(int64_t wall_ms, char text[DATE_TEXT_MAX])
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    const int64_t cycle = 146097; /* days of 400 years */
    int64_t days = wall_ms > 0 ? wall_ms / DAY_MS : 0;
    const int64_t minutes = wall_ms > 0 ? wall_ms % DAY_MS / MINUTE_MS : 0;
    int64_t year = EPOCH + days / cycle * 400;
    int month = 0;

    for (days %= cycle; days >= 365 + is_leap(year); year++)
        days -= 365 + is_leap(year);
    for (; days >= lengths[month] + (month == 1 && is_leap(year)); month++)
        days -= lengths[month] + (month == 1 && is_leap(year));
    snprintf(text, DATE_TEXT_MAX, "%lld-%02d-%02d %02d:%02d UTC", (long long)year, month + 1,
             (int)days + 1, (int)(minutes / 60), (int)(minutes % 60));
    return text;
}

int64_t date_built_ms(void)
{
    return (int64_t)DCDDNS_BUILT_DAY * DAY_MS;
}
