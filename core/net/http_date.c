/* The dates in answers: how long to wait, and what servers say of the time.  Knows nothing of
 * requests. */
#include "base/text.h"
#include "net/http_curl.h"
#include "platform/os.h"

enum { RETRY_AFTER_MAX = 86400, MS_PER_S = 1000 };

/* A header that is a date (RFC 9110, section 5.6.7), in s since 1970; -1: none. */
static int64_t date_header(CURL *easy, const char *name)
{
    struct curl_header *header = NULL;
    if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return -1;
    return (int64_t)curl_getdate(header->value, NULL);
}

int64_t http_retry_after(const char *value, int64_t wall_ms)
{
    int64_t seconds = 0;
    if (!text_int(value, 0, INT64_MAX, &seconds)) {
        time_t date = curl_getdate(value, NULL);
        if (date < 0)
            return -1;
        seconds = (int64_t)date - wall_ms / MS_PER_S;
    }
    if (seconds < 0)
        return 0;
    return seconds < RETRY_AFTER_MAX ? seconds : RETRY_AFTER_MAX;
}

int64_t http_date_retry_after(CURL *easy)
{
    struct curl_header *header = NULL;
    /* The same clock made both dates; ours may be wrong. */
    const int64_t now = date_header(easy, "Date");
    if (curl_easy_header(easy, "Retry-After", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return -1;
    return http_retry_after(header->value, now > 0 ? now * MS_PER_S : os.wall_ms());
}

void http_date_note(struct http_wire *wire, CURL *easy)
{
    int64_t date = date_header(easy, "Date");
    if (date <= 0)
        return;
    wire->date_ms = date * MS_PER_S;
    wire->date_boot_ms = os.boot_ms();
}

int64_t http_date_by_servers(const struct http_wire *wire)
{
    return wire->date_ms > 0 ? wire->date_ms + os.boot_ms() - wire->date_boot_ms : 0;
}
