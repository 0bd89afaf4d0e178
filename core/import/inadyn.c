/* inadyn.conf: `key = value`, lists in braces, blocks `provider NAME { ... }`; also the older
 * `key value` lines.  Only names are taken; passwords are skipped over and never kept. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "import/inside.h"

enum { WORD_MAX = 512 };
enum kind { END, WORD, SIGN }; /* SIGN: one of { } = , */

struct scanner {
    struct import_reader *r;
    size_t at;
    int line; /* of the token */
    enum kind kind;
    char sign;
    char word[WORD_MAX]; /* may be a password: wiped */
    bool too_long;
};

struct block {
    bool inside, ipv6;
};

static bool starts(const struct scanner *s, const char *mark)
{
    size_t len = strlen(mark);
    return s->r->len - s->at >= len && memcmp(s->r->text + s->at, mark, len) == 0;
}

static void skip_line(struct scanner *s)
{
    while (s->at < s->r->len && s->r->text[s->at] != '\n')
        s->at++;
}

static void skip_blanks(struct scanner *s)
{
    while (s->at < s->r->len) {
        if (s->r->text[s->at] == '#' || starts(s, "//"))
            skip_line(s);
        else if (!strchr(" \t\r\n", s->r->text[s->at]))
            return;
        else
            s->at++;
    }
}

/* Up to QUOTE, or without one (0) up to what cannot be in a word. */
static void scan_word(struct scanner *s, char quote)
{
    size_t used = 0;
    for (; s->at < s->r->len; s->at++) {
        char c = s->r->text[s->at];
        if (quote ? c == quote : strchr(" \t\r\n{}=,#\"'", c) != NULL)
            break;
        if (c == '\\' && s->at + 1 < s->r->len)
            c = s->r->text[++s->at];
        if (used + 1 < sizeof(s->word))
            s->word[used++] = c;
        else
            s->too_long = true;
    }
    if (quote && s->at < s->r->len)
        s->at++;
    s->word[used] = '\0';
}

static void next(struct scanner *s)
{
    skip_blanks(s);
    s->line = import_line(s->r, s->at);
    s->too_long = false;
    s->kind = END;
    if (s->at == s->r->len)
        return;
    char c = s->r->text[s->at];
    s->kind = strchr("{}=,", c) ? SIGN : WORD;
    s->sign = s->kind == SIGN ? c : '\0';
    if (s->kind == SIGN) {
        s->at++;
    } else if (c == '"' || c == '\'') {
        s->at++;
        scan_word(s, c);
    } else {
        scan_word(s, '\0');
    }
}

static bool is_sign(const struct scanner *s, char sign)
{
    return s->kind == SIGN && s->sign == sign;
}

static bool holds_ipv6(const char *text)
{
    for (; strlen(text) >= 4; text++) {
        if (strncasecmp(text, "ipv6", 4) == 0)
            return true;
    }
    return false;
}

/* The token is a value of KEY. */
static int take(struct scanner *s, const char *key, const struct block *block)
{
    if (strcasecmp(key, "hostname") != 0 && strcasecmp(key, "alias") != 0) {
        import_advise(s->r, key, s->too_long ? "" : s->word, s->line);
        return 0;
    }
    if (s->too_long)
        return import_fail(s->r, s->line, "a name that is far too long");
    return import_add_families(s->r, s->word, s->line, !block->ipv6, block->ipv6);
}

/* After '=': one value, or a list of them in braces.  Ends at the token behind it. */
static int values(struct scanner *s, const char *key, const struct block *block)
{
    bool list = is_sign(s, '{');
    if (list)
        next(s);
    while (s->kind == WORD || (list && is_sign(s, ','))) {
        if (s->kind == WORD && take(s, key, block) < 0)
            return -1;
        next(s);
        if (!list)
            return 0;
    }
    if (!list || !is_sign(s, '}'))
        return import_fail(s->r, s->line,
                           list ? "the list has no '}' at its end" : "a value is missing");
    next(s);
    return 0;
}

/* After a key that no '=' follows: a block, or the older `key value`. */
static int other(struct scanner *s, const char *key, int line, struct block *block)
{
    bool opens = strcasecmp(key, "provider") == 0 || strcasecmp(key, "custom") == 0;
    if (s->kind == WORD && !opens)
        return s->line == line ? values(s, key, block)
                               : import_fail(s->r, line, "a value is missing");
    bool ipv6 = s->kind == WORD && holds_ipv6(s->word);
    if (s->kind == WORD)
        next(s);
    if (!opens || block->inside || !is_sign(s, '{'))
        return import_fail(s->r, s->line, "expected `key = value` or `provider NAME {`");
    *block = (struct block){ .inside = true, .ipv6 = ipv6 };
    next(s);
    return 0;
}

static int statement(struct scanner *s, struct block *block)
{
    char key[64] = "";
    int line = s->line;

    if (is_sign(s, '}') && block->inside) {
        *block = (struct block){ 0 };
        next(s);
        return 0;
    }
    if (s->kind != WORD || s->too_long)
        return import_fail(s->r, s->line, "expected `key = value` or `provider NAME {`");
    snprintf(key, sizeof(key), "%.63s", s->word);
    next(s);
    if (!is_sign(s, '='))
        return other(s, key, line, block);
    next(s);
    return values(s, key, block);
}

int import_read_inadyn(struct import_reader *r)
{
    struct scanner s = { .r = r };
    struct block block = { 0 };
    int rc = 0;

    next(&s);
    while (rc == 0 && s.kind != END)
        rc = statement(&s, &block);
    if (rc == 0 && block.inside)
        rc = import_fail(r, s.line, "the last block has no '}' at its end");
    mem_wipe(s.word, sizeof(s.word));
    return rc;
}
