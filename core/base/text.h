/* Reading and writing small pieces of text: numbers, durations, names, lists, escapes. */
#ifndef DCDDNS_BASE_TEXT_H
#define DCDDNS_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_ESCAPED_MAX = 256, FQDN_MAX = 254 };

/* Whole text is a decimal integer in [MIN, MAX]. */
bool text_int(const char *text, int64_t min, int64_t max, int64_t *out);
/* yes/no, on/off, true/false, 1/0, case-insensitive. */
bool text_bool(const char *text, bool *out);
/* "300", "300 s", "5 min", "1 h", "7 d" -> seconds; from 0 to 10 years. */
bool text_seconds(const char *text, int64_t *out);
/* Copies the next comma-separated entry, trimmed, into OUT; false at the end or when an entry does
 * not fit.  *CURSOR starts at the text and is advanced. */
bool text_list_next(const char **cursor, char *out, size_t cap);
/* Lower-case FQDN without the final dot: LDH labels (underscores and one leading "*." allowed), at
 * least two labels, not an IP address.  False when it is not a name. */
bool text_fqdn(const char *text, char out[FQDN_MAX]);
/* Remote text made safe for a log line: control bytes, DEL, ESC, invalid UTF-8, U+2028/9 become
 * \xNN; at most TEXT_ESCAPED_MAX bytes with "..." at the end when cut.  Returns OUT. */
const char *text_escape(const char *data, size_t len, char out[TEXT_ESCAPED_MAX]);
/* The same in place and uncut, for what another program of this machine says: control bytes and DEL
 * become '?'. */
void text_tame(char *text);
/* The one of COUNT candidates that is at most two edits away from WORD, or NULL. */
const char *text_closest(const char *word, const char *const *candidates, size_t count);
/* Equal in time that depends on the lengths only. */
bool text_equal_secret(const char *, const char *);
/* Printable ASCII without blanks, 1 to MAX bytes: what an OAuth token or code may be (RFC 6749 A.12
 * allows blanks; no provider sends them and they break headers). */
bool text_is_token(const char *text, size_t max);
bool text_starts_with(const char *text, const char *prefix);
/* Puts "***" in the place of every occurrence of SECRET in TEXT, and of a part from its start that
 * is 12 bytes or longer (a quotation that was cut).  Secrets shorter than 6 bytes are left: they
 * are found in any text.  NULL SECRET: nothing happens. */
void text_redact(char *text, const char *secret);

#endif
