/* ddclient.conf: lines of `key=value, key=value HOST,HOST`; settings without a host are those of
 * all hosts that follow.  Only names are taken; passwords are skipped over and never kept. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "import/inside.h"

enum { KEY_MAX = 64, VALUE_MAX = 512, LINE_MAX = 8192 };

/* What decides which records a host has. */
struct uses {
    bool v4_given, v4_off, v6_on;
};

struct scanner {
    struct import_reader *r;
    size_t at;      /* in the text */
    int line;       /* of the logical line */
    struct buf row; /* the logical line, without comments; may hold passwords: wiped */
};

/* True when a row was read.  Lines that end with a backslash go on in the next one. */
static bool next_row(struct scanner *s)
{
    struct import_reader *r = s->r;
    char quote = '\0';
    bool comment = false;

    buf_free(&s->row);
    if (s->at >= r->len)
        return false;
    s->line = import_line(r, s->at);
    for (; s->at < r->len; s->at++) {
        char c = r->text[s->at];
        bool joined = c == '\\' && s->at + 1 < r->len &&
                      (r->text[s->at + 1] == '\n' || r->text[s->at + 1] == '\r');
        if (c == '\n')
            break;
        if (joined && !comment) {
            s->at += r->text[s->at + 1] == '\r' && s->at + 2 < r->len ? 2 : 1;
            buf_putc(&s->row, ' ');
            continue;
        }
        if (!comment && (c == '"' || c == '\'') && (quote == '\0' || quote == c))
            quote = quote ? '\0' : c;
        comment = comment || (c == '#' && quote == '\0');
        if (!comment)
            buf_putc(&s->row, c == '\r' || c == '\t' ? ' ' : c);
    }
    s->at++;
    return true;
}

static size_t key_length(const char *at)
{
    size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    size_t blanks = strspn(at + len, " ");
    return len > 0 && at[len + blanks] == '=' ? len : 0;
}

/* Copies the value at AT; returns what is behind it. */
static const char *take_value(const char *at, char value[VALUE_MAX])
{
    char quote = *at == '"' || *at == '\'' ? *at : '\0';
    size_t len = 0;

    if (quote)
        at++;
    len = quote ? strcspn(at, quote == '"' ? "\"" : "'") : strcspn(at, " ,");
    snprintf(value, VALUE_MAX, "%.*s", len < VALUE_MAX ? (int)len : 0, at);
    at += len;
    return quote && *at == quote ? at + 1 : at;
}

static bool is_off(const char *value)
{
    return strcasecmp(value, "no") == 0 || strcasecmp(value, "disabled") == 0 || value[0] == '\0';
}

static void take_setting(struct scanner *s, const char *key, const char *value, struct uses *uses)
{
    if (strcasecmp(key, "use") == 0 || strcasecmp(key, "usev4") == 0) {
        uses->v4_given = true;
        uses->v4_off = is_off(value);
    } else if (strcasecmp(key, "usev6") == 0) {
        uses->v6_on = !is_off(value);
    }
    import_advise(s->r, key, value, s->line);
}

static int add_name(struct scanner *s, const char *text, size_t len, const struct uses *uses)
{
    char name[2 * FQDN_MAX] = "";
    bool ipv6 = uses->v6_on;
    bool ipv4 = !uses->v4_off && (uses->v4_given || !ipv6);

    if (len >= sizeof(name))
        return import_fail(s->r, s->line, "a name that is far too long");
    memcpy(name, text, len);
    return import_add_families(s->r, name, s->line, ipv4 || !ipv6, ipv6);
}

/* HOST,HOST; what follows is a login and a password of older files. */
static int take_names(struct scanner *s, const char *at, const struct uses *uses)
{
    bool more = true;
    while (more && *at) {
        size_t len = strcspn(at, " ,");
        if (len > 0 && add_name(s, at, len, uses) < 0)
            return -1;
        at += len;
        size_t gap = strspn(at, " ");
        more = at[gap] == ',';
        at += gap + strspn(at + gap, " ,");
    }
    return 0;
}

static int take_row(struct scanner *s, struct uses *global)
{
    struct uses uses = *global;
    char key[KEY_MAX] = "", value[VALUE_MAX] = "";
    const char *at = buf_text(&s->row);
    int rc = 0;

    at += strspn(at, " ,");
    for (size_t len = key_length(at); len > 0; len = key_length(at)) {
        snprintf(key, sizeof(key), "%.*s", len < sizeof(key) ? (int)len : 0, at);
        at += len;
        at += strspn(at, " =");
        at = take_value(at, value);
        take_setting(s, key, value, &uses);
        at += strspn(at, " ,");
    }
    if (*at)
        rc = take_names(s, at, &uses);
    else
        *global = uses;
    mem_wipe(value, sizeof(value));
    return rc;
}

int import_read_ddclient(struct import_reader *r)
{
    struct scanner s = { .r = r, .row = BUF_MAX(LINE_MAX) };
    struct uses global = { 0 };
    int rc = 0;

    while (rc == 0 && next_row(&s))
        rc = buf_ok(&s.row) ? take_row(&s, &global)
                            : import_fail(r, s.line,
                                          "the line is longer than 8 KiB, or memory ran "
                                          "out");
    buf_free(&s.row);
    return rc;
}
