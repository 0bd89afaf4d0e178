/* Says why a request got no answer.  Knows no curl: http.c sorts the faults. */
#include "net/http_fault.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/date.h"
#include "base/text.h"
#include "platform/os.h"

#define DAY_MS (INT64_C(86400) * 1000)
/* A clock that is ahead of the program by more is no better than one that is behind it. */
#define FUTURE_MS (20 * 365 * DAY_MS)

static const char blame[] = "the clock of this machine";

bool http_fault_blames_clock(const char *text)
{
    return strstr(text, blame) != NULL;
}

/* What shows that the clock is wrong, in WHY, or false: it may be right. */
static bool clock_is_wrong(const struct http_fault *f, char why[static ERROR_TEXT_MAX])
{
    char date[DATE_TEXT_MAX] = "";
    const int64_t now = os.wall_ms(), away = now - f->date_ms;

    if (f->date_ms > 0 && (away > DAY_MS || away < -DAY_MS))
        snprintf(why, ERROR_TEXT_MAX, "servers said it is %s", date_text(f->date_ms, date));
    else if (now < date_built_ms())
        snprintf(why, ERROR_TEXT_MAX, "this program is of %.10s", date_text(date_built_ms(), date));
    else if (f->date_ms == 0 && now - date_built_ms() > FUTURE_MS)
        snprintf(why, ERROR_TEXT_MAX, "this program is more than 20 years older");
    else
        return false;
    return true;
}

/* True, with ERR, when the clock is why a good certificate looks bad.  It is verified all the same.
 */
static bool tell_clock(const struct http_fault *f, const char *detail, struct error *err)
{
    char now[DATE_TEXT_MAX] = "", why[ERROR_TEXT_MAX] = "";

    date_text(os.wall_ms(), now);
    if (clock_is_wrong(f, why))
        error_set(err, ERR_TEMP,
                  "%s is wrong, set it: it says %s, but %s; so the certificate of %s cannot be "
                  "checked, nothing was sent (%s)",
                  blame, now, why, f->host, detail);
    else if (f->date_ms > 0)
        return false; /* servers agree with it */
    else if (strstr(f->detail, "not yet valid"))
        error_set(err, ERR_TEMP,
                  "the certificate of %s is not valid yet, nothing was sent: %s may be slow, it "
                  "says %s",
                  f->host, blame, now);
    else if (strstr(f->detail, "expired"))
        error_set(err, ERR_TEMP,
                  "the certificate of %s has expired, nothing was sent; or %s is fast, it says %s",
                  f->host, blame, now);
    else
        return false;
    return true;
}

static void tell_connect(const struct http_fault *f, struct error *err)
{
    char text[ADDR_TEXT_MAX];
    if (addr_is_set(f->refused))
        error_set(err, ERR_TEMP,
                  "%s leads to %s, which is not a public address of the family that "
                  "was asked for; it was not contacted",
                  f->host, addr_text(f->refused, text));
    else
        error_set(err, ERR_TEMP,
                  "cannot connect to %s port %u: %s; try again later, or check "
                  "network and firewall",
                  f->host, f->port,
                  f->os_code > 0 ? os_strerror(-f->os_code) : "no address answers");
}

void http_fault_tell(const struct http_fault *f, struct error *err)
{
    char detail[TEXT_ESCAPED_MAX] = "";
    text_escape(f->detail, strlen(f->detail), detail);
    switch (f->kind) {
    case HTTP_FAULT_MEMORY:
        error_set(err, ERR_LOCAL, "out of memory during a request to %s", f->host);
        return;
    case HTTP_FAULT_CONNECT:
        tell_connect(f, err);
        return;
    case HTTP_FAULT_TIMEOUT:
        error_set(err, ERR_TEMP, "%s: gave up after %lld ms while %s; try again later", f->host,
                  (long long)f->ms, f->phase);
        return;
    case HTTP_FAULT_CERTIFICATE:
        if (!tell_clock(f, detail, err))
            error_set(err, ERR_TEMP,
                      "the certificate of %s was not accepted, nothing was sent: %s; "
                      "somebody may be in between",
                      f->host, detail);
        return;
    case HTTP_FAULT_CA_FILE:
        error_set(err, ERR_LOCAL,
                  "the trusted certificates cannot be read: %s; correct the file "
                  "that the configuration names",
                  detail);
        return;
    case HTTP_FAULT_TLS:
        error_set(err, ERR_TEMP,
                  "no secure connection (TLS 1.2 or newer) to %s: %s; try again "
                  "later",
                  f->host, detail);
        return;
    case HTTP_FAULT_DEVICE:
        error_set(err, ERR_TEMP,
                  "cannot reach %s by network device %s: %s; check its name and the "
                  "right to bind to it",
                  f->host, f->device, detail);
        return;
    case HTTP_FAULT_TOO_LARGE:
        error_set(err, ERR_TEMP,
                  "%s sent more than the %zu bytes that are read; check that the "
                  "URL is right",
                  f->host, f->max_body);
        return;
    case HTTP_FAULT_STATUS:
        error_set(err, ERR_TEMP,
                  "%s answered with a status that HTTP does not have; try again "
                  "later",
                  f->host);
        return;
    case HTTP_FAULT_OTHER:
        break;
    }
    error_set(err, ERR_TEMP, "the request to %s failed: %s; try again later", f->host, detail);
}
