/* The text of one INI file, as written: sections, `key = value` lines and includes, every malformed
 * line reported with its number.  The only includer of ini.h.  Must not open files, nor know a
 * single section or key.
 *
 * inih cuts long lines, long section names and whatever follows " ;", joins lines that begin with a
 * blank, and names one bad line per file.  So each line is examined here first; only well-formed
 * `key = value` lines reach the library, the others arrive there as empty lines. */
#include <ini.h>

#include <string.h>

#include "base/mem.h"
#include "config/load.h"

enum { NO_SECTION = -1, BAD_SECTION = -2 };

struct reader {
    struct load *load;
    const char *file;
    const char *next; /* of the text */
    size_t left;
    int line;
    long section;    /* index, NO_SECTION yet, or below a malformed header: BAD_SECTION */
    const char *key; /* of the line inih has now, with its length: it may cut names */
    size_t key_len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void bad_line(const struct reader *r, const char *what)
{
    problems_add(&r->load->problems, r->file, r->line, "%s", what);
}

/* Length of the UTF-8 sequence at TEXT (RFC 3629: shortest form, no surrogates), or 0. */
static size_t utf8_length(const unsigned char *text, size_t len)
{
    if (text[0] < 0x80)
        return 1;
    size_t need = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    if (text[0] < 0xc2 || text[0] > 0xf4 || need > len)
        return 0;
    for (size_t i = 1; i < need; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    bool overlong = (text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xf0 && text[1] < 0x90);
    bool beyond = (text[0] == 0xed && text[1] > 0x9f) || (text[0] == 0xf4 && text[1] > 0x8f);
    return overlong || beyond ? 0 : need;
}

/* What is wrong with the bytes of a line, or NULL. */
static const char *bad_bytes(const char *line, size_t len)
{
    const unsigned char *at = (const unsigned char *)line;
    while (len > 0) {
        size_t n = utf8_length(at, len);
        if (n == 0)
            return "is not valid UTF-8; save the file as UTF-8";
        if ((*at < 0x20 && *at != '\t') || *at == 0x7f)
            return "holds a control character; write plain text, one line per key";
        at += n;
        len -= n;
    }
    return NULL;
}

/* True where inih would begin a comment in the middle of a line. */
static bool has_inline_comment(const char *line, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        if (line[i] == ';' && is_blank(line[i - 1]))
            return true;
    }
    return false;
}

static size_t trimmed(const char **text, size_t len)
{
    while (len > 0 && is_blank(**text)) {
        (*text)++;
        len--;
    }
    while (len > 0 && is_blank((*text)[len - 1]))
        len--;
    return len;
}

static void add_section(struct reader *r, const char *kind, size_t kind_len, const char *name,
                        size_t name_len)
{
    struct load *load = r->load;
    struct ini_section *list =
        load_grow(load->sections, load->section_count, &load->section_cap, sizeof(*list));
    if (!list) {
        load->problems.no_memory = true;
        return;
    }
    load->sections = list;
    list[load->section_count] = (struct ini_section){ .kind = load_strndup(load, kind, kind_len),
                                                      .name = load_strndup(load, name, name_len),
                                                      .file = r->file,
                                                      .line = r->line };
    r->section = (long)load->section_count++;
}

/* LINE begins with '['. */
static void section_line(struct reader *r, const char *line, size_t len)
{
    const char *close = memchr(line, ']', len);
    r->section = BAD_SECTION;
    if (!close) {
        bad_line(r, "the section's name has no ']' at its end");
        return;
    }
    if (close + 1 != line + len) {
        bad_line(r, "text after the section's ']'; comments stand on lines of their own");
        return;
    }
    const char *kind = line + 1;
    size_t inside = trimmed(&kind, len - 2);
    size_t kind_len = 0;
    while (kind_len < inside && !is_blank(kind[kind_len]))
        kind_len++;
    const char *name = kind + kind_len;
    size_t name_len = trimmed(&name, inside - kind_len);
    add_section(r, kind, kind_len, name, name_len);
}

/* True when LINE is `include PATTERN` (right or wrong), which no library knows. */
static bool include_line(struct reader *r, const char *line, size_t len)
{
    static const char word[] = "include";
    struct load *load = r->load;

    if (len < sizeof(word) || memcmp(line, word, sizeof(word) - 1) != 0 ||
        !is_blank(line[sizeof(word) - 1]))
        return false;
    const char *pattern = line + sizeof(word);
    len = trimmed(&pattern, len - sizeof(word));
    if (len == 0 || *pattern == '=') {
        bad_line(r, "write `include FILE` or `include DIR/*.conf`, without '='");
        return true;
    }
    struct ini_include *list =
        load_grow(load->includes, load->include_count, &load->include_cap, sizeof(*list));
    if (list) {
        load->includes = list;
        list[load->include_count] = (struct ini_include){
            .pattern = load_strndup(load, pattern, len), .file = r->file, .line = r->line
        };
        load->include_count++;
    } else {
        load->problems.no_memory = true;
    }
    return true;
}

static bool key_line(struct reader *r, const char *line, size_t len, size_t max)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    const char *equals = memchr(line, '=', len);
    size_t key_len = equals ? trimmed(&line, (size_t)(equals - line)) : 0;

    for (size_t i = 0; i < key_len; i++) {
        if (!memchr(letters, line[i], sizeof(letters) - 1))
            key_len = 0;
    }
    if (key_len == 0)
        bad_line(r, "expected `key = value`, `[section]`, `include FILE` or a comment");
    else if (len > max)
        problems_add(
            &r->load->problems, r->file, r->line,
            "the line has %zu bytes, %zu are allowed; a list may be given in several lines "
            "with the same key",
            len, max);
    else if (r->section == NO_SECTION)
        bad_line(r, "a key before the first section; put `[core]` above it");
    else {
        r->key = line;
        r->key_len = key_len;
        return r->section >= 0;
    }
    return false;
}

/* True when inih may see the line. */
static bool examine(struct reader *r, const char *line, size_t len, size_t max)
{
    const char *wrong = bad_bytes(line, len);
    const char *text = line;
    size_t text_len = trimmed(&text, len);

    if (wrong) {
        bad_line(r, wrong);
        return false;
    }
    if (text_len == 0 || *text == '#' || *text == ';')
        return false;
    if (text != line) {
        bad_line(r, "begins with a blank; values cannot go on in the next line, repeat the key");
        return false;
    }
    if (has_inline_comment(text, text_len)) {
        bad_line(r,
                 "a ';' after a blank would begin a comment; put comments on lines of their own, "
                 "write %3B in a URL");
        return false;
    }
    if (*text == '[') {
        section_line(r, text, text_len);
        return false;
    }
    return !include_line(r, text, text_len) && key_line(r, text, text_len, max);
}

/* What inih calls for the next line: always one whole line, at the number it counts itself. */
static char *next_line(char *out, int room, void *stream)
{
    struct reader *r = stream;
    const char *line = r->next;

    if (r->left == 0 || room < 3 || r->load->problems.no_memory)
        return NULL;
    const char *end = memchr(line, '\n', r->left);
    size_t len = end ? (size_t)(end - line) : r->left;
    r->next += end ? len + 1 : len;
    r->left -= end ? len + 1 : len;
    r->line++;
    if (len > 0 && line[len - 1] == '\r')
        len--;
    while (len > 0 && is_blank(line[len - 1]))
        len--;
    size_t max = (size_t)room - 2 < CONFIG_LINE_MAX ? (size_t)room - 2 : CONFIG_LINE_MAX;
    if (!examine(r, line, len, max))
        len = 0;
    memcpy(out, line, len);
    out[len] = '\n';
    out[len + 1] = '\0';
    return out;
}

/* Section and name as inih has them may be cut: ours are used. */
static int on_value(void *user, const char *section, const char *name, const char *value)
{
    struct reader *r = user;
    struct load *load = r->load;
    struct ini_section *home = &load->sections[r->section];

    (void)section;
    (void)name;
    if (home->count == CONFIG_SECTION_KEYS) {
        bad_line(r, "too many keys in this section");
        return 1;
    }
    struct ini_entry *list =
        load_grow(home->entries, home->count, &home->cap, sizeof(*home->entries));
    if (!list) {
        load->problems.no_memory = true;
        return 1;
    }
    home->entries = list;
    list[home->count++] = (struct ini_entry){ .key = load_strndup(load, r->key, r->key_len),
                                              .value = load_strndup(load, value, strlen(value)),
                                              .file = r->file,
                                              .line = r->line };
    return 1;
}

void ini_read(struct load *load, const char *file, const char *text, size_t len)
{
    static const char bom[] = { (char)0xef, (char)0xbb, (char)0xbf };
    struct reader r = {
        .load = load, .file = file, .next = text, .left = len, .section = NO_SECTION
    };
    int reported = load->problems.total;

    if (len >= sizeof(bom) && memcmp(text, bom, sizeof(bom)) == 0) {
        r.next += sizeof(bom);
        r.left -= sizeof(bom);
    }
    int rc = ini_parse_stream(next_line, &r, on_value, &r);
    if (rc == -2)
        load->problems.no_memory = true;
    else if (rc != 0 && load->problems.total == reported)
        problems_add(&load->problems, file, rc, "the INI library cannot read this line");
}
