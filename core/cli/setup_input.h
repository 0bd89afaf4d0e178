/* What a person answers to `dcddns setup`: yes or no, and the code.  Must not know what the answers
 * cause. */
#ifndef DCDDNS_CLI_SETUP_INPUT_H
#define DCDDNS_CLI_SETUP_INPUT_H

#include <stdbool.h>

#include "engine/consent_request.h"

enum { SETUP_LINE_MAX = 8192 };

/* Prints "QUESTION [y/N] " and reads a line. */
bool setup_agrees(const char *question);
enum setup_answer {
    SETUP_NO_ANSWER, /* none that can be read; ERR says why */
    SETUP_CODE,
    SETUP_DECLINED, /* the provider or its customer said no */
    SETUP_INVALID   /* the provider did not take what it was asked */
};
/* Asks on standard input until it is a code, three times at a terminal, else once. */
enum setup_answer setup_ask_code(const struct pending *, char code[CONSENT_CODE_MAX],
                                 struct error *);
/* First line of FILE ("-": standard input), or CODE when FILE is NULL, into TEXT, which the caller
 * wipes. */
int setup_given_text(const char *code, const char *file, char text[SETUP_LINE_MAX], struct error *);

#endif
