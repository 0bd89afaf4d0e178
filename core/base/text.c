/* Readers of small pieces of text; see text.h.  No I/O, no locale: the C library's locale functions
 * are avoided because a plugin may have changed it. */
#include "base/text.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_word(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool text_int(const char *text, int64_t min, int64_t max, int64_t *out)
{
    bool negative = *text == '-';
    const char *at = text + (negative ? 1 : 0);
    int64_t value = 0; /* kept negative: that side holds one more */

    if (!is_digit(*at))
        return false;
    for (; is_digit(*at); at++) {
        int digit = *at - '0';
        if (value < (INT64_MIN + digit) / 10)
            return false;
        value = value * 10 - digit;
    }
    if (!negative && value == INT64_MIN)
        return false;
    if (!negative)
        value = -value;
    if (*at != '\0' || value < min || value > max)
        return false;
    *out = value;
    return true;
}

bool text_bool(const char *text, bool *out)
{
    static const char *const yes[] = { "yes", "on", "true", "1" };
    static const char *const no[] = { "no", "off", "false", "0" };
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (!same_word(text, yes[i]) && !same_word(text, no[i]))
            continue;
        *out = same_word(text, yes[i]);
        return true;
    }
    return false;
}

static int64_t unit_seconds(const char *unit)
{
    static const struct {
        const char *name;
        int64_t seconds;
    } units[] = {
        { "", 1 },   { "s", 1 },    { "sec", 1 },   { "min", 60 },
        { "m", 60 }, { "h", 3600 }, { "d", 86400 },
    };
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (same_word(unit, units[i].name))
            return units[i].seconds;
    }
    return 0;
}

bool text_seconds(const char *text, int64_t *out)
{
    enum { TEN_YEARS = 315360000 };
    char digits[12] = "";
    size_t len = strspn(text, "0123456789");
    int64_t value = 0;

    if (len == 0 || len >= sizeof(digits))
        return false;
    memcpy(digits, text, len);
    text += len;
    while (is_space(*text))
        text++;
    int64_t unit = unit_seconds(text);
    if (unit == 0 || !text_int(digits, 0, TEN_YEARS, &value) || value > TEN_YEARS / unit)
        return false;
    *out = value * unit;
    return true;
}

bool text_list_next(const char **cursor, char *out, size_t cap)
{
    while (is_space(**cursor) || **cursor == ',')
        (*cursor)++;
    size_t len = strcspn(*cursor, ",");
    const char *start = *cursor;
    *cursor += len;
    while (len > 0 && is_space(start[len - 1]))
        len--;
    if (len == 0 || len >= cap)
        return false;
    memcpy(out, start, len);
    out[len] = '\0';
    return true;
}

static bool label_ok(const char *label, size_t len)
{
    if (len == 0 || len > 63 || label[0] == '-' || label[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = label[i];
        if (!(c >= 'a' && c <= 'z') && !is_digit(c) && c != '-' && c != '_')
            return false;
    }
    return true;
}

bool text_fqdn(const char *text, char out[FQDN_MAX])
{
    size_t len = strlen(text);
    int labels = 0;
    const char *last = NULL;

    out[0] = '\0';
    if (len > 0 && text[len - 1] == '.')
        len--;
    if (len == 0 || len >= FQDN_MAX)
        return false;
    char name[FQDN_MAX] = "";
    for (size_t i = 0; i < len; i++)
        name[i] = lower(text[i]);
    const char *at = text_starts_with(name, "*.") ? name + 2 : name;
    while (at) {
        size_t n = strcspn(at, ".");
        if (!label_ok(at, n))
            return false;
        last = at;
        labels++;
        at = at[n] == '.' ? at + n + 1 : NULL;
    }
    /* A numeric last label is an address, or part of one (RFC 1123, 2.1). */
    if (labels < 2 || strspn(last, "0123456789") == strlen(last))
        return false;
    memcpy(out, name, len + 1);
    return true;
}

/* Length of the well-formed, printable UTF-8 sequence at DATA, or 0.  C1 controls, U+2028/2029 and
 * the directional overrides U+202A-202E, U+2066-2069 can disguise a line and count as malformed. */
static size_t printable_utf8(const unsigned char *data, size_t len)
{
    if (data[0] < 0x80)
        return data[0] >= 0x20 && data[0] != 0x7f && data[0] != '\\' ? 1 : 0;
    size_t need = data[0] >= 0xf0 ? 4 : data[0] >= 0xe0 ? 3 : 2;
    if (data[0] < 0xc2 || data[0] > 0xf4 || need > len)
        return 0;
    uint32_t code = data[0] & (0xffU >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if ((data[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (data[i] & 0x3fU);
    }
    if ((need == 3 && code < 0x800) || (need == 4 && (code < 0x10000 || code > 0x10ffff)))
        return 0;
    if ((code >= 0xd800 && code <= 0xdfff) || code < 0xa0)
        return 0;
    if ((code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
        return 0;
    return need;
}

const char *text_escape(const char *data, size_t len, char out[TEXT_ESCAPED_MAX])
{
    static const char hex[] = "0123456789abcdef";
    size_t used = 0, at = 0;

    while (at < len) {
        const unsigned char *from = (const unsigned char *)data + at;
        size_t n = printable_utf8(from, len - at);
        size_t need = n > 0 ? n : 4;
        if (used + need + 4 > TEXT_ESCAPED_MAX) {
            memcpy(out + used, "...", 4);
            return out;
        }
        if (n > 0) {
            memcpy(out + used, from, n);
        } else {
            const char escaped[4] = { '\\', 'x', hex[*from >> 4], hex[*from & 15] };
            memcpy(out + used, escaped, sizeof(escaped));
        }
        used += need;
        at += n > 0 ? n : 1;
    }
    out[used] = '\0';
    return out;
}

/* Levenshtein distance, cut off above 2; words longer than 63 bytes are never close. */
static size_t distance(const char *a, const char *b)
{
    enum { LONGEST = 64 };
    size_t row[LONGEST] = { 0 };
    size_t alen = strlen(a), blen = strlen(b);

    if (alen >= LONGEST || blen >= LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= blen; j++)
        row[j] = j;
    for (size_t i = 1; i <= alen; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= blen; j++) {
            size_t best = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[blen];
}

void text_tame(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
    }
}

const char *text_closest(const char *word, const char *const *candidates, size_t count)
{
    const char *best = NULL;
    size_t least = 3;
    for (size_t i = 0; i < count; i++) {
        size_t d = distance(word, candidates[i]);
        /* Two edits turn any two-letter word into any other: that is no likeness. */
        if (d < least && d < strlen(candidates[i])) {
            least = d;
            best = candidates[i];
        }
    }
    return best;
}

bool text_equal_secret(const char *a, const char *b)
{
    size_t alen = strlen(a), blen = strlen(b);
    unsigned char diff = alen == blen ? 0 : 1;
    for (size_t i = 0; i < alen && i < blen; i++)
        diff = (unsigned char)(diff | (a[i] ^ b[i]));
    return diff == 0;
}

bool text_is_token(const char *text, size_t max)
{
    size_t len = strlen(text);
    if (len == 0 || len > max)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= 0x20 || text[i] >= 0x7f)
            return false;
    }
    return true;
}

bool text_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static size_t common_start(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

void text_redact(char *text, const char *secret)
{
    enum { SECRET_MIN = 6, PART_MIN = 12, STARS = 3 };
    size_t len = secret ? strlen(secret) : 0;
    char *to = text;

    if (len < SECRET_MIN)
        return;
    while (*text) {
        size_t same = common_start(text, secret);
        if (same == len || same >= PART_MIN) {
            memcpy(to, "***", STARS);
            to += STARS;
            text += same;
        } else {
            *to++ = *text++;
        }
    }
    *to = '\0';
}
