/* A status as a table for people: aligned, within 80 columns, in colours on a terminal. */
#ifndef DCDDNS_CLI_STATUS_TABLE_H
#define DCDDNS_CLI_STATUS_TABLE_H

#include "engine/status.h"

/* To standard output.  UNASKED: why the daemon, which runs, did not say it itself; else NULL. */
void status_table_print(const struct status *, const char *unasked);

#endif
