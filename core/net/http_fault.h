/* Sentences for requests that got no answer. */
#ifndef DCDDNS_NET_HTTP_FAULT_H
#define DCDDNS_NET_HTTP_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "dcddns/plugin.h"
#include "net/http.h"

enum http_fault_kind {
    HTTP_FAULT_OTHER, /* DETAIL says it all */
    HTTP_FAULT_MEMORY,
    HTTP_FAULT_CONNECT,     /* OS_CODE, or REFUSED is set */
    HTTP_FAULT_TIMEOUT,     /* after MS while PHASE */
    HTTP_FAULT_CERTIFICATE, /* the peer's was not accepted */
    HTTP_FAULT_CA_FILE,     /* ours cannot be read */
    HTTP_FAULT_TLS,
    HTTP_FAULT_DEVICE,
    HTTP_FAULT_TOO_LARGE,
    HTTP_FAULT_STATUS /* no number from 100 to 599 */
};

struct http_fault {
    enum http_fault_kind kind;
    const char *host;
    unsigned port;
    const char *detail; /* the library's words */
    const char *phase;
    int64_t ms;
    int os_code; /* errno, or 0 */
    const char *device;
    size_t max_body;
    const struct dcddns_addr *refused; /* family 0: none */
    int64_t date_ms; /* what the time should be, by what servers said before; 0 = not known */
};

/* Fills ERR: what happened, where, and what to do next. */
void http_fault_tell(const struct http_fault *, struct error *err);

/* TEXT, of an error that came from a request, names the clock of this machine as what is, or may
 * be, wrong: it is worth another try when the clock was set. */
bool http_fault_blames_clock(const char *text);

#endif
