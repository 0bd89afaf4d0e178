/*
 * A certificate authority for one run of the sandbox, and the certificate of its servers. The
 * private keys never leave memory. Knows nothing of files or servers.
 */
#ifndef SANDBOX_CA_H
#define SANDBOX_CA_H

#include <stdbool.h>

/* PEM texts; zeroed is empty. */
struct ca {
    char *ca_certificate;
    char *certificate;
    char *key;
};

/* Make a CA that may vouch for the sandbox's names only (RFC 5280 4.2.1.10), and a certificate for
 * these names, good for 30 days. False: OpenSSL failed; ca_free still applies. */
bool ca_make(struct ca *ca);

/* Wipe and free. */
void ca_free(struct ca *ca);

#endif
