/* What a person answers to `dcddns setup`: yes or no, and the code.  Must not know what the answers
 * cause. */
#ifndef DCDDNS_CLI_SETUP_INPUT_H
#define DCDDNS_CLI_SETUP_INPUT_H

#include <stdbool.h>

#include "engine/consent_request.h"

enum { SETUP_LINE_MAX = 8192 };

/* Prints "QUESTION [y/N] " and reads a line. */
bool setup_agrees(const char *question);
/* Asks on standard input until it is a code, three times at a terminal, else once.  -1: ERR_PERM
 * (*DECLINED: the provider or its customer said no) or what consent_read() says. */
int setup_ask_code(const struct pending *, char code[CONSENT_CODE_MAX], bool *declined,
                   struct error *);
/* First line of FILE, or CODE when FILE is NULL, into TEXT, which the caller wipes. */
int setup_given_text(const char *code, const char *file, char text[SETUP_LINE_MAX], struct error *);

#endif
