/* One DNS answer as it came from the network (RFC 1035, section 4). */
#ifndef DCDDNS_NET_DNS_MESSAGE_H
#define DCDDNS_NET_DNS_MESSAGE_H

#include "base/format.h"
#include "net/dns.h"

enum { DNS_CNAMES_MAX = 8 };

/* Bytes of SPACE that dns_message_read() may need for the texts of a message of LEN bytes. */
#define DNS_SPACE(len) ((len) + (size_t)DNS_RECORDS_MAX * FQDN_MAX)

/* Checks header, question and owner names, follows CNAMEs inside the message and fills OUT, whose
 * texts lie in SPACE; notes who speaks (AA) and where a referral leads.  Accepts only a response
 * (QR) to a query (opcode 0) about NAME and TYPE. */
void dns_message_read(const uint8_t *message, size_t len, const char *name, enum dns_type type,
                      char *space, struct dns_answer *out);
/* Makes OUT a failure: STATUS, its error class, and a sentence. */
void dns_answer_fail(struct dns_answer *out, enum dns_status status, enum error_class class,
                     const char *format, ...) FORMAT_CHECKED(4, 5);
/* "A", "AAAA", "TXT" or "NS". */
const char *dns_type_name(enum dns_type);
/* "SERVFAIL" for 2, ...; "an unknown code" for those without a name. */
const char *dns_rcode_name(int rcode);

#endif
