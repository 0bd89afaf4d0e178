/* The words of the setup dialog: what is wrong with a name that is being typed, and what a line of
 * `dcddns setup --json` means to a person.  Pure; must not know windows. */
#ifndef DCDDNS_FRONTENDS_SETUP_WORDS_H
#define DCDDNS_FRONTENDS_SETUP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum { SETUP_NAMES_MAX = 16, SETUP_WORDS_MAX = 2048, SETUP_URL_MAX = 4096 };

struct setup_names {
    char items[SETUP_NAMES_MAX][FQDN_MAX]; /* as text_fqdn() makes them, each once */
    size_t count;
};

/* Full names with blanks or commas between them.  False: there is none, or one is no full name;
 * WORDS then says why, "" when nothing was typed yet. */
bool setup_words_names(const char *typed, struct setup_names *names, char words[SETUP_WORDS_MAX]);

enum setup_step {
    SETUP_NOTHING, /* no line of setup, or of a later version: nothing to show */
    SETUP_CONSENT, /* URL is to be opened, its code belongs to NAME */
    SETUP_GRANTED,
    SETUP_UPDATED,     /* the record is right */
    SETUP_NOT_UPDATED, /* WORDS say why; the grant is stored all the same */
    SETUP_TOLD,        /* a running daemon goes on with it */
    SETUP_NOTE,
    SETUP_FAILED /* it ends here */
};

struct setup_line {
    enum setup_step step;
    char name[FQDN_MAX];
    char url[SETUP_URL_MAX];     /* https, or "" */
    char words[SETUP_WORDS_MAX]; /* for a person; "": nothing to say */
    char later[SETUP_WORDS_MAX]; /* of SETUP_CONSENT: for as long as another page comes before it */
};

/* A line of standard output, without its end. */
void setup_words_read(const char *text, size_t len, struct setup_line *line);
/* What the dialog says of itself. */
enum setup_text {
    SETUP_SAY_FIRST,
    SETUP_SAY_ADDRESSES,
    SETUP_SAY_LOOKING,
    SETUP_SAY_REDEEMING,
    SETUP_SAY_TAKING,
    SETUP_SAY_INSTALLING,
    SETUP_SAY_STARTING,
    SETUP_SAY_CANCELLED,
    SETUP_SAY_NO_REASON,
    SETUP_SAY_NO_PROGRAM,
    SETUP_SAY_SERVICE_RUNS,
    SETUP_SAY_SERVICE_FAILED,
    SETUP_SAY_TRAY_RUNS,
    SETUP_SAY_TRAY_FAILED,
    SETUP_SAY_NO_ADMINISTRATOR,
    SETUP_SAY_ONLY_ADMINISTRATOR,
    SETUP_SAY_HAS_SERVICE,
    SETUP_SAY_OLD_FOUND,
    SETUP_SAY_CLOSE,
    SETUP_SAY_CANCEL,
    SETUP_SAYINGS
};
const char *setup_words_text(enum setup_text);

#endif
