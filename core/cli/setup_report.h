/* What `dcddns setup` tells: words for people, or with --json one JSON object a line, for a program
 * that asks a person in its place.  Must not know what causes it. */
#ifndef DCDDNS_CLI_SETUP_REPORT_H
#define DCDDNS_CLI_SETUP_REPORT_H

#include "cli/setup.h"

/* A line of words; without a newline. */
void setup_say(const struct setup *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The page to open. */
void setup_report_consent(const struct setup_consent *);
/* The grant is on disk, and the sections of its hosts. */
void setup_report_grant(const struct setup_consent *);
/* How the first update of FQDN ended; returns its exit status. */
int setup_report_result(const struct setup *, const char *fqdn);
/* Tells a running daemon. */
void setup_report_to_daemon(const struct setup *);
/* Returns the exit status of the error's class. */
int setup_report_error(const struct setup *, const struct error *);

#endif
