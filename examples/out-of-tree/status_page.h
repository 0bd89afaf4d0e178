/* SPDX-License-Identifier: MIT
 *
 * Finds a value behind its label in the status page of the router.  Pure: text in, text out. */
#ifndef BRIGHTBOX_STATUS_PAGE_H
#define BRIGHTBOX_STATUS_PAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Copies the word behind LABEL ("WAN address:") to VALUE, at most CAP - 1 bytes, NUL-ended.  Tags,
 * blanks and "&nbsp;" between the two are skipped; the word ends at a tag, a blank or the end of
 * PAGE, and a longer one is cut.  False when PAGE has no LABEL; an empty VALUE when nothing is
 * behind it. */
bool status_page_value(const char *page, const char *label, char *value, size_t cap);

#endif
