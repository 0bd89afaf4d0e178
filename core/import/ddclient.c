/* ddclient.conf: lines of `key=value, key=value HOST,HOST`; settings without a host are those of
 * all hosts that follow.  Only names are taken; passwords are skipped over and never kept. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "import/inside.h"

enum { KEY_MAX = 64, VALUE_MAX = 2048, LINE_MAX = 8192 };

/* What decides which records a host has. */
struct uses {
    bool v4_given, v4_off, v6_given, v6_on;
};

struct scanner {
    struct import_reader *r;
    size_t at;      /* in the text */
    int line;       /* of the logical line */
    struct buf row; /* the logical line, without comments and passwords */
};

static bool is_key_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/* Where the password ends that begins at AT: before a blank, with '#' and ',' in it, or with the
 * last single or the next double quote. */
static size_t password_end(const char *line, size_t at, size_t len)
{
    char quote = at < len && (line[at] == '\'' || line[at] == '"') ? line[at] : '\0';
    size_t quoted = 0;
    for (size_t end = at + 1; quote && end < len; end++) {
        bool last = end + 1 == len || strchr(" \t,", line[end + 1]);
        if (line[end] == quote && last && (quote == '\'' || quoted == 0))
            quoted = end + 1;
    }
    if (quoted > 0)
        return quoted;
    while (at < len && line[at] != ' ' && line[at] != '\t')
        at++;
    return at;
}

/* The next key with "password" in it that no comment hides; its value is from FROM to before TO. */
static bool find_password(const char *line, size_t at, size_t len, size_t *from, size_t *to)
{
    static const char word[] = "password";
    for (; at + sizeof(word) - 1 <= len && line[at] != '#'; at++) {
        size_t end = at + sizeof(word) - 1;
        if (strncasecmp(line + at, word, sizeof(word) - 1) != 0)
            continue;
        while (end < len && is_key_char(line[end]))
            end++;
        while (end < len && (line[end] == ' ' || line[end] == '\t'))
            end++;
        if (end == len || line[end] != '=')
            continue;
        *from = ++end;
        while (end < len && (line[end] == ' ' || line[end] == '\t'))
            end++;
        *to = password_end(line, end, len);
        return true;
    }
    return false;
}

static void copy(struct scanner *s, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buf_putc(&s->row, text[i] == '\t' || text[i] == '\r' ? ' ' : text[i]);
}

/* One line of the file without its comment, and without passwords, which ddclient takes in a way
 * of its own. True when it goes on in the next line. */
static bool add_line(struct scanner *s, const char *line, size_t len)
{
    size_t at = 0, from = 0, to = 0;

    while (len > 0 && strchr(" \t\r", line[len - 1]))
        len--;
    bool joined = len > 0 && line[len - 1] == '\\';
    while (find_password(line, at, joined ? len - 1 : len, &from, &to)) {
        copy(s, line + at, from - at);
        buf_putc(&s->row, 'x');
        at = to;
    }
    const char *comment = memchr(line + at, '#', len - at);
    if (comment)
        return copy(s, line + at, (size_t)(comment - line) - at), false;
    copy(s, line + at, len - at - joined);
    buf_putc(&s->row, ' ');
    return joined;
}

/* True when a row was read.  Lines that end with a backslash go on in the next one. */
static bool next_row(struct scanner *s)
{
    struct import_reader *r = s->r;
    bool more = s->at < r->len;

    buf_free(&s->row);
    if (!more)
        return false;
    s->line = import_line(r, s->at);
    while (more && s->at < r->len) {
        const char *line = r->text + s->at;
        const char *end = memchr(line, '\n', r->len - s->at);
        size_t len = end ? (size_t)(end - line) : r->len - s->at;
        more = add_line(s, line, len);
        s->at += len + (end ? 1 : 0);
    }
    return true;
}

static size_t key_length(const char *at)
{
    size_t len = 0;
    while (is_key_char(at[len]))
        len++;
    size_t blanks = strspn(at + len, " ");
    return len > 0 && at[len + blanks] == '=' ? len : 0;
}

/* Copies the value at AT, up to a blank or comma that is not quoted; returns what is behind it. */
static const char *take_value(const char *at, char value[VALUE_MAX])
{
    size_t used = 0;
    char quote = '\0';

    for (; *at && (quote || (*at != ' ' && *at != ',')); at++) {
        if (*at == quote || (!quote && (*at == '"' || *at == '\''))) {
            quote = quote ? '\0' : *at;
            continue;
        }
        if (*at == '\\' && at[1] != '\0')
            at++;
        if (used + 1 < VALUE_MAX)
            value[used++] = *at;
    }
    value[used + 1 < VALUE_MAX ? used : 0] = '\0'; /* half of a value is none */
    return at;
}

static bool is_off(const char *value)
{
    return strcasecmp(value, "no") == 0 || strcasecmp(value, "disabled") == 0 || value[0] == '\0';
}

/* Without usev4 and usev6, ddclient takes the way that it finds a setting for. */
static const char *const ways4[] = { "ip", "ipv4", "if", "ifv4", "web", "webv4", NULL };
static const char *const ways6[] = { "ipv6", "ifv6", "webv6", NULL };

static bool is_one_of(const char *key, const char *const *keys)
{
    while (*keys && strcasecmp(key, *keys) != 0)
        keys++;
    return *keys;
}

static void take_setting(struct scanner *s, const char *key, const char *value, struct uses *uses)
{
    if (strcasecmp(key, "use") == 0 || strcasecmp(key, "usev4") == 0) {
        uses->v4_given = true;
        uses->v4_off = is_off(value);
    } else if (strcasecmp(key, "usev6") == 0) {
        uses->v6_given = true;
        uses->v6_on = !is_off(value);
    } else if (is_one_of(key, ways4)) {
        uses->v4_given = true;
    } else if (is_one_of(key, ways6)) {
        uses->v6_on = uses->v6_on || !uses->v6_given;
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

/* HOST,HOST; what follows is a login and a password, and never looked at. */
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

/* `key=value`; ddclient knows no blanks around the sign, people do. Returns what is behind it. */
static const char *take_assignment(const char *at, size_t len, char key[KEY_MAX],
                                   char value[VALUE_MAX])
{
    bool roomy = at[len] == ' ';
    snprintf(key, KEY_MAX, "%.*s", len < KEY_MAX ? (int)len : 0, at);
    at += len + strspn(at + len, " ") + 1;
    at = take_value(at + (roomy ? strspn(at, " ") : 0), value);
    return at + strspn(at, " ,");
}

static int take_row(struct scanner *s, struct uses *global)
{
    struct uses uses = *global;
    char key[KEY_MAX] = "", value[VALUE_MAX] = "", hosts[VALUE_MAX] = "";
    const char *at = buf_text(&s->row);
    int rc = 0;

    at += strspn(at, " ,");
    for (size_t len = key_length(at); rc == 0 && len > 0; len = key_length(at)) {
        at = take_assignment(at, len, key, value);
        if (strcasecmp(key, "host") != 0)
            take_setting(s, key, value, &uses);
        else if (value[0] == '\0')
            rc = import_fail(s->r, s->line, "host= without a value that can be read");
        else
            memcpy(hosts, value, sizeof(hosts));
    }
    mem_wipe(value, sizeof(value)); /* keys of providers have many names */
    if (!*at && !hosts[0])
        *global = uses;
    if (rc == 0)
        rc = take_names(s, hosts, &uses);
    return rc == 0 ? take_names(s, at, &uses) : rc;
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
