/*
 * The settings of `ctl set`: their names, checks and defaults. Knows nothing of what they cause.
 */
#ifndef SANDBOX_OPTIONS_H
#define SANDBOX_OPTIONS_H

#include "sandbox.h"

void options_defaults(struct options *options);

/* Set one from text. False with a sentence in `out` when the key or value is wrong. */
bool options_set(struct options *options, const char *key, const char *value, struct buf *out);

/* One line "key value" per setting. */
void options_show(const struct options *options, struct buf *out);

/* The table as help, one line per setting. */
void options_help(struct buf *out);

/* A whole decimal number 0..max. False: anything else. */
bool number_read(const char *text, unsigned max, unsigned *out);

#endif
