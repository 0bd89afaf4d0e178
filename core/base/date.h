/* Dates as text, and the earliest one that can be.  Reads no clock. */
#ifndef DCDDNS_BASE_DATE_H
#define DCDDNS_BASE_DATE_H

#include <stdint.h>

enum { DATE_TEXT_MAX = 80 };

/* "2026-11-22 09:05 UTC" of milliseconds since 1970. */
const char *date_text(int64_t wall_ms, char text[DATE_TEXT_MAX]);
/* The day that this program was built on (SOURCE_DATE_EPOCH for packages), at 0:00 UTC: a clock
 * that shows an earlier date is wrong. */
int64_t date_built_ms(void);

#endif
