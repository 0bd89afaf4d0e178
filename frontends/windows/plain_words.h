/* What the core says, for people with windows: where it names a command whose work a button or a
 * menu does here, the words name that.  Pure; must not know windows. */
#ifndef DCDDNS_FRONTENDS_PLAIN_WORDS_H
#define DCDDNS_FRONTENDS_PLAIN_WORDS_H

#include <stddef.h>

enum plain_place {
    PLAIN_SETUP, /* the setup dialog: "get a new code" */
    PLAIN_TRAY,  /* the tray: its menu has what is to be done */
    PLAIN_PLACES
};

enum { PLAIN_MAX = 2048 };

/* TEXT without "dcddns: " at its start; cut, at the end of a character, to what fits.  OUT must not
 * be in TEXT.  Commands that nothing here does (doctor, reload) are left as they are. */
void plain_words(enum plain_place, const char *text, char *out, size_t size);

#endif
