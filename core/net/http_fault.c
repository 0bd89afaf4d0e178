/* Says why a request got no answer.  Knows no curl: http.c sorts the faults. */
#include "net/http_fault.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/text.h"
#include "platform/os.h"

/* 2024-01-01: a clock before that makes good certificates look bad. */
#define WALL_MS_2024 INT64_C(1704067200000)

static const char *clock_hint(void)
{
    return os.wall_ms() < WALL_MS_2024 ? "; the clock of this machine is wrong, set it first" : "";
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
        error_set(err, ERR_TEMP,
                  "the certificate of %s was not accepted, nothing was sent: %s; "
                  "somebody may be in between%s",
                  f->host, detail, clock_hint());
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
                  "later%s",
                  f->host, detail, clock_hint());
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
