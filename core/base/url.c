/* Percent-encoding, queries and the strict forms of URLs; see url.h.  Text only: no request is made
 * here and no name resolved. */
#include "base/url.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* RFC 3986, 2.3.  Not isalnum(): its answer depends on the locale. */
static bool unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           strchr("-._~", c);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void url_add_escaped(struct buf *b, const char *text)
{
    for (; *text; text++) {
        if (unreserved(*text))
            buf_putc(b, *text);
        else
            buf_printf(b, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

void url_add_query(struct buf *b, const char *name, const char *value)
{
    buf_putc(b, strchr(buf_text(b), '?') ? '&' : '?');
    url_add_escaped(b, name);
    buf_putc(b, '=');
    url_add_escaped(b, value);
}

static int hex(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, lower(c)) : NULL;
    return at ? (int)(at - digits) : -1;
}

static char *decode(const char *text, size_t len)
{
    char *value = mem_new(len + 1, 1);
    size_t used = 0;
    if (!value)
        return NULL;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            bool whole = len - i > 2;
            int high = whole ? hex(text[i + 1]) : -1;
            int low = whole ? hex(text[i + 2]) : -1;
            if (high < 0 || low < 0 || (high == 0 && low == 0)) {
                mem_free_secret(value);
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        value[used++] = c;
    }
    return value;
}

char *url_query_value(const char *url, const char *name)
{
    const char *at = strpbrk(url, "?#");
    size_t want = strlen(name);
    while (at) {
        const char *pair = at + 1;
        size_t len = strcspn(pair, "&#");
        if (len > want && strncmp(pair, name, want) == 0 && pair[want] == '=')
            return decode(pair + want + 1, len - want - 1);
        at = pair[len] ? pair + len : NULL;
    }
    return NULL;
}

static size_t host_length(const char *text)
{
    if (*text == '[') {
        const char *end = strchr(text, ']');
        size_t inside = end ? strspn(text + 1, "0123456789abcdefABCDEF:.") : 0;
        return end && inside > 0 && text + 1 + inside == end ? (size_t)(end - text) + 1 : 0;
    }
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_");
}

/* host[:port][/path], the part after "https://". */
static bool authority_and_path(const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || len > 2048)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= 0x20 || c >= 0x7f || strchr("?#@\\\"<>^`{|}", c))
            return false;
    }
    size_t host = host_length(text);
    if (host == 0 || text[0] == '.' || text[0] == '-')
        return false;
    const char *rest = text + host;
    if (*rest == ':') {
        char digits[8] = "";
        int64_t port = 0;
        size_t n = strspn(rest + 1, "0123456789");
        if (n == 0 || n >= sizeof(digits))
            return false;
        memcpy(digits, rest + 1, n);
        if (!text_int(digits, 1, 65535, &port))
            return false;
        rest += 1 + n;
    }
    return *rest == '\0' || *rest == '/';
}

bool url_is_bare_authority(const char *text)
{
    return strlen(text) <= 255 && authority_and_path(text);
}

bool url_is_https_base(const char *text)
{
    static const char scheme[] = "https://";
    if (strncmp(text, scheme, sizeof(scheme) - 1) != 0)
        return false;
    return authority_and_path(text + sizeof(scheme) - 1);
}

bool url_host(const char *url, char *out, size_t cap)
{
    const char *start = strstr(url, "://");
    if (!start || cap == 0)
        return false;
    start += 3;
    size_t len = strcspn(start, "/?#");
    const char *at = memchr(start, '@', len);
    if (at) {
        len -= (size_t)(at + 1 - start);
        start = at + 1;
    }
    size_t host = host_length(start);
    /* What follows must be a port: a host that is read in part is another host. */
    if (host == 0 || host > len || (host < len && start[host] != ':'))
        return false;
    if (*start == '[') {
        start++;
        host -= 2;
    }
    if (host >= cap)
        return false;
    for (size_t i = 0; i < host; i++)
        out[i] = lower(start[i]);
    out[host] = '\0';
    return true;
}
