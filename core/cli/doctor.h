/* Between the files of `dcddns doctor` only. */
#ifndef DCDDNS_CLI_DOCTOR_H
#define DCDDNS_CLI_DOCTOR_H

#include "cli/cli.h"

struct steps {
    int number;
};

/* A discover_trace; CTX is a struct steps. */
void doctor_step(void *ctx, int ok, const char *asked, const char *answered, const char *means);
/* What each of the zone's own name servers says about FQDN, and what that means for what was
 * published.  ZONE as discovered, "" when it was not; a stored grant knows it, too. */
void doctor_dns(struct runtime *, const char *fqdn, const char *zone, struct steps *);

#endif
