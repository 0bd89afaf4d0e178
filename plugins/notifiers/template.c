/* Filling in templates; see template.h.  Sends nothing. */
#include "template.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST = 65536, ESCAPED_MAX = 8 };

struct out {
    char *text;
    size_t len, room;
    bool failed;
};

void template_free(char *text)
{
    volatile char *at = text;
    while (at && *at)
        *at++ = '\0';
    free(text);
}

/* Not by realloc(), which would leave copies of a secret behind. */
static bool grow(struct out *out, size_t room)
{
    char *larger = malloc(room);
    out->failed = larger == NULL;
    if (!larger)
        return false;
    if (out->text)
        memcpy(larger, out->text, out->len + 1);
    template_free(out->text);
    out->text = larger;
    out->room = room;
    return true;
}

static void put(struct out *out, const char *data, size_t len)
{
    if (out->failed || len > LONGEST - out->len) {
        out->failed = true;
        return;
    }
    if (out->len + len + 1 > out->room && !grow(out, 2 * (out->len + len + 1)))
        return;
    memcpy(out->text + out->len, data, len);
    out->len += len;
    out->text[out->len] = '\0';
}

static bool is_plain_in_url(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr("-._~", c) != NULL;
}

/* One byte as it must be written there; "" = it may not be there at all. */
static void escape(unsigned char c, enum template_use use, char to[ESCAPED_MAX])
{
    bool control = c < 0x20 || c == 0x7f;
    snprintf(to, ESCAPED_MAX, "%c", c);
    if (use == TEMPLATE_HEADER && control)
        to[0] = '\0';
    if (use == TEMPLATE_FORM && !is_plain_in_url(c))
        snprintf(to, ESCAPED_MAX, "%%%02X", (unsigned)c);
    if (use == TEMPLATE_JSON && (c == '"' || c == '\\'))
        snprintf(to, ESCAPED_MAX, "\\%c", c);
    if (use == TEMPLATE_JSON && control)
        snprintf(to, ESCAPED_MAX, "\\u%04x", (unsigned)c);
}

static void put_value(struct out *out, const char *value, enum template_use use)
{
    char escaped[ESCAPED_MAX] = "";
    for (; *value; value++) {
        escape((unsigned char)*value, use, escaped);
        put(out, escaped, strlen(escaped));
    }
}

/* The value of {NAME}, LEN bytes long, or NULL. */
static const char *value_of(const char *name, size_t len, const struct event_words *words,
                            const char *secret)
{
    if (len == strlen("secret") && strncmp(name, "secret", len) == 0)
        return secret ? secret : "";
    for (size_t i = 0; i < EVENT_WORDS; i++) {
        if (strlen(words->list[i].name) == len && strncmp(words->list[i].name, name, len) == 0)
            return words->list[i].value;
    }
    return NULL;
}

char *template_fill(const char *text, const struct event_words *words, const char *secret,
                    enum template_use use)
{
    struct out out = { 0 };

    put(&out, "", 0);
    while (*text) {
        size_t len = *text == '{' ? strspn(text + 1, "abcdefghijklmnopqrstuvwxyz") : 0;
        const char *value =
            len > 0 && text[len + 1] == '}' ? value_of(text + 1, len, words, secret) : NULL;
        if (value) {
            put_value(&out, value, use);
            text += len + 2;
        } else {
            put(&out, text++, 1);
        }
    }
    if (!out.failed)
        return out.text;
    template_free(out.text);
    return NULL;
}
