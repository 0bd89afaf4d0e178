/* What a child tells and prints, as lines, in the order in which it matters.  Knows no pipes. */
#include "platform/child_lines.h"

#include <string.h>

enum { SLICE_MS = 50 };

/* The next whole line of what was read, or all of it when there will be no more. */
static bool cut_line(struct child_lines *lines, bool last, char *line, size_t cap)
{
    const char *end = memchr(lines->data, '\n', lines->len);
    size_t len = end ? (size_t)(end - lines->data) : lines->len;

    if (!end && lines->len < sizeof(lines->data) && !(last && lines->len > 0))
        return false;
    const size_t used = end ? len + 1 : len;
    if (end && len > 0 && lines->data[len - 1] == '\r') /* as Windows ends lines */
        len--;
    const size_t shown = len < cap - 1 ? len : cap - 1;
    memcpy(line, lines->data, shown);
    line[shown] = '\0';
    memmove(lines->data, lines->data + used, lines->len - used);
    lines->len -= used;
    return true;
}

static bool next_line(struct os_child *child, struct child_lines *lines, bool last, char *line,
                      size_t cap)
{
    while (!cut_line(lines, false, line, cap)) {
        const int64_t got =
            child_read(child, lines, lines->data + lines->len, sizeof(lines->data) - lines->len);
        if (got <= 0)
            return cut_line(lines, last, line, cap);
        lines->len += (size_t)got;
    }
    return true;
}

enum os_child_event os_child_next(struct os_child *child, int64_t timeout_ms, char *line,
                                  size_t cap)
{
    struct child_said *said = child_said(child);
    const int64_t until = child_now_ms() + timeout_ms;

    for (;;) {
        const bool last = said->ended; /* before reading: what it wrote is there by then */
        if (next_line(child, &said->told, last, line, cap))
            return OS_CHILD_TOLD;
        if (next_line(child, &said->printed, last, line, cap))
            return OS_CHILD_PRINTED;
        if (last)
            return OS_CHILD_ENDED;
        if (child_now_ms() >= until)
            return OS_CHILD_SILENT;
        child_pause(child, SLICE_MS);
        child_look(child);
    }
}
