/*
 * Text into HTML, escaped. Knows nothing of the pages.
 */
#ifndef SANDBOX_HTML_H
#define SANDBOX_HTML_H

#include "buf.h"

/* Append text with & < > " ' and control bytes escaped: safe in element content and quoted
 * attribute values, nowhere else. */
void buf_html(struct buf *b, const char *text);

#endif
