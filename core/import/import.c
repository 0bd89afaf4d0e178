/* Recognising a file and what all formats share; see import.h. */
#include "import/import.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "import/inside.h"

static const char *const format_names[IMPORT_FORMATS] = {
    [IMPORT_UNKNOWN] = "unknown",
    [IMPORT_DYNDNS] = "domain-connect-dyndns",
    [IMPORT_SERVICE] = "the Domain Connect service for Windows",
    [IMPORT_INADYN] = "inadyn",
    [IMPORT_DDCLIENT] = "ddclient",
};

const char *import_format_name(enum import_format format)
{
    return format_names[format];
}

bool import_has_grants(enum import_format format)
{
    return format == IMPORT_DYNDNS || format == IMPORT_SERVICE;
}

static void name_clear(struct import_name *name)
{
    mem_free(name->provider_name);
    mem_free(name->api_url);
    mem_free_secret(name->refresh_token);
    *name = (struct import_name){ 0 };
}

void import_free(struct import_file *file)
{
    for (size_t i = 0; i < file->count; i++)
        name_clear(&file->names[i]);
    mem_free(file->names);
    buf_free(&file->notes);
    *file = (struct import_file){ 0 };
}

int import_line(struct import_reader *r, size_t offset)
{
    if (offset < r->counted) {
        r->counted = 0;
        r->newlines = 0;
    }
    for (; r->counted < offset && r->counted < r->len; r->counted++)
        r->newlines += r->text[r->counted] == '\n';
    return r->newlines + 1;
}

int import_fail(struct import_reader *r, int line, const char *what)
{
    if (line > 0)
        return error_set(r->err, ERR_PERM, "%s:%d: %s", r->shown, line, what);
    return error_set(r->err, ERR_PERM, "%s: %s", r->shown, what);
}

static struct import_name *grow(struct import_reader *r)
{
    struct import_file *file = r->file;
    if (file->count == IMPORT_NAMES_MAX) {
        error_set(r->err, ERR_PERM, "%s: more than %d names; divide the file", r->shown,
                  IMPORT_NAMES_MAX);
        return NULL;
    }
    if ((file->count & (file->count - 1)) == 0) {
        size_t cap = file->count == 0 ? 1 : file->count * 2;
        struct import_name *list = mem_resize(file->names, cap * sizeof(*list));
        if (!list) {
            error_set(r->err, ERR_LOCAL, "%s: out of memory", r->shown);
            return NULL;
        }
        file->names = list;
    }
    struct import_name *name = &file->names[file->count++];
    *name = (struct import_name){ 0 };
    return name;
}

/* "printer" and "@" may be shown; what has other characters may be a password. */
static bool is_part(const char *text)
{
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                             "-_.*@")] == '\0';
}

struct import_name *import_add(struct import_reader *r, const char *text, int line)
{
    struct import_name *name = grow(r);
    if (!name)
        return NULL;
    name->line = line;
    if (text_fqdn(text, name->fqdn)) {
        text_escape(text, strlen(text), name->shown);
    } else if (is_part(text)) {
        text_escape(text, strlen(text), name->shown);
        error_set(&name->error, ERR_PERM,
                  "%s:%d: \"%.80s\" is not a full host name like home.example.com; with the zone "
                  "behind it: dcddns setup NAME.ZONE",
                  r->shown, line, name->shown);
    } else {
        snprintf(name->shown, sizeof(name->shown), "line %d", line);
        error_set(&name->error, ERR_PERM,
                  "%s:%d: what stands where a host name belongs is none; if there is one in that "
                  "line: dcddns setup NAME",
                  r->shown, line);
    }
    return name;
}

static struct import_name *find(const struct import_file *file, const char *fqdn)
{
    for (size_t i = 0; fqdn[0] != '\0' && i < file->count; i++) {
        if (strcmp(file->names[i].fqdn, fqdn) == 0)
            return &file->names[i];
    }
    return NULL;
}

int import_add_families(struct import_reader *r, const char *text, int line, bool ipv4, bool ipv6)
{
    char fqdn[FQDN_MAX] = "";
    if (text[0] == '@' && text[1] == '.')
        text += 2;
    struct import_name *name = text_fqdn(text, fqdn) ? find(r->file, fqdn) : NULL;

    if (!name)
        name = import_add(r, text, line);
    if (!name)
        return -1;
    name->ipv4 = name->ipv4 || ipv4;
    name->ipv6 = name->ipv6 || ipv6;
    return 0;
}

/* Which of two grants of one name is alive cannot be known, and trying both may end both. */
static void refuse_twins(struct import_reader *r)
{
    struct import_file *file = r->file;
    for (size_t i = 0; i < file->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (file->names[i].fqdn[0] == '\0' ||
                strcmp(file->names[i].fqdn, file->names[k].fqdn) != 0)
                continue;
            for (int j = 0; j < 2; j++)
                error_set(&file->names[j == 0 ? i : k].error, ERR_PERM,
                          "%s: %s stands there twice, in lines %d and %d; import from a copy that "
                          "has the right one only",
                          r->shown, file->names[i].fqdn, file->names[k].line, file->names[i].line);
        }
    }
}

/* What is at the start of a line tells the two configuration languages apart. */
static enum import_format guess(const struct import_reader *r)
{
    static const struct {
        const char *word, *then;
        enum import_format format;
    } marks[] = {
        { "provider", " \t\"'", IMPORT_INADYN }, { "custom", " \t\"'", IMPORT_INADYN },
        { "period", " \t=", IMPORT_INADYN },     { "allow-ipv6", " \t=", IMPORT_INADYN },
        { "hostname", " \t=", IMPORT_INADYN },   { "alias", " \t", IMPORT_INADYN },
        { "protocol", " \t=", IMPORT_DDCLIENT }, { "use", " \t=", IMPORT_DDCLIENT },
        { "usev4", " \t=", IMPORT_DDCLIENT },    { "usev6", " \t=", IMPORT_DDCLIENT },
        { "daemon", " \t=", IMPORT_DDCLIENT },   { "login", " \t=", IMPORT_DDCLIENT },
        { "server", " \t=", IMPORT_DDCLIENT },   { "host", "=", IMPORT_DDCLIENT },
        { "ssl", "=", IMPORT_DDCLIENT },         { "password", "=", IMPORT_DDCLIENT },
        { "web", "=", IMPORT_DDCLIENT },         { "zone", "=", IMPORT_DDCLIENT },
    };
    const char *at = r->text, *end = r->text + r->len;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *next = stop ? stop + 1 : end;
        while (at < next && (*at == ' ' || *at == '\t'))
            at++;
        for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
            size_t len = strlen(marks[i].word);
            if ((size_t)(next - at) > len && memcmp(at, marks[i].word, len) == 0 &&
                at[len] != '\0' && strchr(marks[i].then, at[len]))
                return marks[i].format;
        }
        at = next;
    }
    return IMPORT_UNKNOWN;
}

static int read_as(struct import_reader *r)
{
    size_t blank = 0;
    while (blank < r->len && strchr(" \t\r\n", r->text[blank]))
        blank++;
    if (blank == r->len)
        return import_fail(r, 0, "the file is empty");
    if (r->text[blank] == '{')
        return import_read_json(r);
    r->file->format = guess(r);
    if (r->file->format == IMPORT_INADYN)
        return import_read_inadyn(r);
    if (r->file->format == IMPORT_DDCLIENT)
        return import_read_ddclient(r);
    return import_fail(r, 0,
                       "this is none of the files that can be read: settings.txt of "
                       "domain-connect-dyndns or of the Domain Connect service for Windows, "
                       "inadyn.conf, ddclient.conf");
}

int import_read(struct import_file *file, const char *shown, const char *text, size_t len,
                struct error *err)
{
    static const char bom[] = { (char)0xef, (char)0xbb, (char)0xbf };
    struct import_reader r = { .file = file, .shown = shown, .text = text, .len = len, .err = err };
    *file = (struct import_file){ .notes = BUF_MAX(IMPORT_NOTES_MAX) };

    if (len > IMPORT_FILE_MAX)
        return import_fail(&r, 0, "larger than any such file is (1 MiB)");
    const char *nul = len > 0 ? memchr(text, '\0', len) : NULL;
    if (nul)
        return import_fail(&r, import_line(&r, (size_t)(nul - text)),
                           "holds a NUL byte; save it as UTF-8 text");
    if (len >= sizeof(bom) && memcmp(text, bom, sizeof(bom)) == 0) {
        r.text += sizeof(bom);
        r.len -= sizeof(bom);
    }
    if (read_as(&r) < 0)
        return -1;
    if (import_has_grants(file->format))
        refuse_twins(&r);
    return file->count > 0 ? 0 : import_fail(&r, 0, "it names no host");
}
