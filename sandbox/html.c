/*
 * HTML escaping. Must not know the pages.
 */
#include "html.h"

void buf_html(struct buf *b, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            buf_str(b, "&amp;");
            break;
        case '<':
            buf_str(b, "&lt;");
            break;
        case '>':
            buf_str(b, "&gt;");
            break;
        case '"':
            buf_str(b, "&quot;");
            break;
        case '\'':
            buf_str(b, "&#39;");
            break;
        default:
            /* A control byte has no place in a page; show that something was there. */
            if ((unsigned char)*text < 32 || *text == 127) {
                buf_str(b, "\xEF\xBF\xBD");
            } else {
                buf_add(b, text, 1);
            }
        }
    }
}
