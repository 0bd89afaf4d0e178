/* Texts with {words} of an event in them, escaped for where they go.  Pure. */
#ifndef DCDDNS_PLUGINS_TEMPLATE_H
#define DCDDNS_PLUGINS_TEMPLATE_H

#include <stdbool.h>

#include "shared/event_words.h"

enum template_use {
    TEMPLATE_TEXT,  /* as it is */
    TEMPLATE_JSON,  /* inside a JSON string, RFC 8259 section 7 */
    TEMPLATE_FORM,  /* percent-encoded: form bodies and URLs, RFC 3986 section 2 */
    TEMPLATE_HEADER /* one line of visible characters, RFC 9110 section 5.5 */
};

/* Replaces {event}, {record}, ..., {secret} of TEXT by their values (SECRET as it is given, but
 * escaped).  Braces around anything else stay.  For template_free(); NULL: no memory, or over
 * 64 KiB. */
char *template_fill(const char *text, const struct event_words *, const char *secret,
                    enum template_use);
/* Wipes, since it may hold the secret; accepts NULL. */
void template_free(char *);

#endif
