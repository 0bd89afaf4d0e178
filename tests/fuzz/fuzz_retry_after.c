/* Retry-After: any text, and dates as RFC 9110 (5.6.7) has them, made of the first four bytes. */
#include "fuzz.h"

#include <time.h>

#include "net/http_wire.h"

enum { DAY_S = 86400 };
#define NOW_S INT64_C(1700000000)

static void read_text(const char *text)
{
    const int64_t wait = http_retry_after(text, NOW_S * 1000);
    FUZZ_CHECK(wait >= -1 && wait <= DAY_S);
    const size_t digits = strspn(text, "0123456789");
    if (digits > 0 && digits <= 18 && text[digits] == '\0') {
        const int64_t seconds = strtoll(text, NULL, 10);
        FUZZ_CHECK(wait == (seconds < DAY_S ? seconds : DAY_S));
    }
}

static void read_date(uint32_t at)
{
    const time_t date = (time_t)at;
    const int64_t ahead = (int64_t)at - NOW_S;
    struct tm parts = { 0 };
    char text[64] = "";

    FUZZ_CHECK(gmtime_r(&date, &parts));
    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    FUZZ_CHECK(http_retry_after(text, NOW_S * 1000) == (ahead < 0       ? 0
                                                        : ahead < DAY_S ? ahead
                                                                        : DAY_S));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    uint32_t at = 0;
    char *text = fuzz_text(data, size);

    read_text(text);
    for (int i = 0; i < 4; i++)
        at = at << 8 | fuzz_byte(&in);
    read_date(at);
    free(text);
    return 0;
}
