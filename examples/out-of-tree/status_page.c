/* SPDX-License-Identifier: MIT
 *
 * The status page is HTML that a small device writes: no parser is needed, but nothing it says is
 * trusted.  Must not know what a value means. */
#include "status_page.h"

#include <string.h>

static const char blanks[] = " \t\r\n";

static bool skip_word(const char **at, const char *word)
{
    size_t len = strlen(word);
    if (strncmp(*at, word, len) != 0)
        return false;
    *at += len;
    return true;
}

/* One tag: true when there was one that ends. */
static bool skip_tag(const char **at)
{
    const char *end = **at == '<' ? strchr(*at, '>') : NULL;
    if (!end)
        return false;
    *at = end + 1;
    return true;
}

static const char *skip_markup(const char *at)
{
    const char *before = NULL;

    while (at != before) {
        before = at;
        at += strspn(at, blanks);
        if (!skip_word(&at, "&nbsp;"))
            skip_tag(&at);
    }
    return at;
}

bool status_page_value(const char *page, const char *label, char *value, size_t cap)
{
    const char *at = strstr(page, label);

    value[0] = '\0';
    if (!at)
        return false;
    at = skip_markup(at + strlen(label));
    size_t len = strcspn(at, " \t\r\n<&");
    if (len >= cap)
        len = cap - 1;
    memcpy(value, at, len);
    value[len] = '\0';
    return true;
}
