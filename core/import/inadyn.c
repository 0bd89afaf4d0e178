/* inadyn.conf: `key = value`, lists in braces, blocks `provider NAME { ... }`; also the older
 * `key value` lines.  Only names are taken; passwords are skipped over and never kept. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "import/inside.h"

enum { WORD_MAX = 512 };
enum kind { END, WORD, SIGN }; /* SIGN: one of { } = , ( ); also += */

struct scanner {
    struct import_reader *r;
    size_t at;
    int line; /* of the token */
    enum kind kind;
    char sign;
    char word[WORD_MAX]; /* may be a password: wiped */
    bool too_long;
    int open; /* line of a quote that is not closed; nothing is read after it */
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

/* From its begin to its end or that of the file. */
static void skip_comment(struct scanner *s)
{
    s->at += 2;
    while (s->at < s->r->len && !starts(s, "*/"))
        s->at++;
    s->at += s->at < s->r->len ? 2 : 0;
}

static void skip_blanks(struct scanner *s)
{
    while (s->at < s->r->len) {
        if (s->r->text[s->at] == '#' || starts(s, "//"))
            skip_line(s);
        else if (starts(s, "/*"))
            skip_comment(s);
        else if (!strchr(" \t\r\n", s->r->text[s->at]))
            return;
        else
            s->at++;
    }
}

static void put(struct scanner *s, size_t *used)
{
    if (*used + 1 < sizeof(s->word))
        s->word[(*used)++] = s->r->text[s->at];
    else
        s->too_long = true;
}

/* ${NAME}, a variable of the environment. */
static void put_variable(struct scanner *s, size_t *used)
{
    while (s->at + 1 < s->r->len && !strchr("}\r\n", s->r->text[s->at])) {
        put(s, used);
        s->at++;
    }
}

/* Up to QUOTE, or without one (0) up to what cannot be in a word. */
static void scan_word(struct scanner *s, char quote)
{
    size_t used = 0;
    for (; s->at < s->r->len; s->at++) {
        char c = s->r->text[s->at];
        if (quote ? c == quote || c == '\n' : strchr(" \t\r\n{}=,#\"'", c) != NULL)
            break;
        if (!quote && c == '(' && used == 7 && memcmp(s->word, "include", 7) == 0)
            break;
        if (c == '\\' && s->at + 1 < s->r->len)
            s->at++;
        else if (!quote && starts(s, "${"))
            put_variable(s, &used);
        if (!quote && starts(s, "+="))
            break;
        put(s, &used);
    }
    if (quote && s->at < s->r->len && s->r->text[s->at] == quote)
        s->at++;
    else if (quote)
        s->open = s->line;
    s->word[used] = '\0';
}

static void next(struct scanner *s)
{
    skip_blanks(s);
    s->line = import_line(s->r, s->at);
    s->too_long = false;
    s->kind = END;
    if (s->at == s->r->len || s->open)
        return;
    s->at += starts(s, "+=") ? 1 : 0;
    char c = s->r->text[s->at];
    s->kind = strchr("{}=,()", c) ? SIGN : WORD;
    s->sign = s->kind == SIGN ? c : '\0';
    if (s->kind == SIGN) {
        s->at++;
    } else if (c == '"' || c == '\'') {
        s->at++;
        scan_word(s, c);
    } else {
        scan_word(s, '\0');
    }
    if (s->open)
        s->kind = END;
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

static bool is_name_key(const char *key)
{
    return strcasecmp(key, "hostname") == 0 || strcasecmp(key, "alias") == 0;
}

/* The token is a value of KEY. */
static int take(struct scanner *s, const char *key, const struct block *block)
{
    if (!is_name_key(key)) {
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

/* `include("FILE")` */
static int include(struct scanner *s, int line)
{
    next(s);
    if (s->kind == WORD)
        next(s);
    if (!is_sign(s, ')'))
        return import_fail(s->r, line, "expected `include(\"FILE\")`");
    import_advise(s->r, "include", "", line);
    next(s);
    return 0;
}

/* `key value` of older files.  An unknown key may be the end of a password with a blank in it. */
static int older(struct scanner *s, const char *key, int line, const struct block *block)
{
    bool known = import_knows(key);
    if (s->kind == WORD && s->line == line)
        return values(s, known || is_name_key(key) ? key : "a setting", block);
    return known ? 0 : import_fail(s->r, line, "a value is missing");
}

/* After a key that no '=' follows. */
static int other(struct scanner *s, const char *key, int line, struct block *block)
{
    bool opens = strcasecmp(key, "provider") == 0 || strcasecmp(key, "custom") == 0;
    if (is_sign(s, '(') && strcasecmp(key, "include") == 0)
        return include(s, line);
    if (!opens && (s->kind == WORD || import_knows(key)))
        return older(s, key, line, block);
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
    if (s.open)
        rc = import_fail(r, s.open, "a quote that is not closed in its line");
    mem_wipe(s.word, sizeof(s.word));
    return rc;
}
