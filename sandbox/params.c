/*
 * Decoding and encoding of parameters. Must not know what they mean.
 */
#include "params.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PARAMS_MAX 64

/* Takes both strings, also when it fails. */
static bool params_add(struct params *p, char *name, char *value)
{
    struct param *items =
        name && value ? array_grow(p->items, &p->cap, p->count, sizeof *items, PARAMS_MAX) : NULL;
    if (!items) {
        free(name);
        free(value);
        return false;
    }
    p->items = items;
    p->items[p->count++] = (struct param){ name, value };
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    int low = tolower((unsigned char)c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* Returns a new string, or NULL when an escape is wrong or hides a NUL. */
static char *decode(const char *text, size_t n)
{
    char *out = malloc(n + 1);
    size_t len = 0;
    if (!out) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        int c = (unsigned char)text[i];
        if (c == '+') {
            c = ' ';
        } else if (c == '%') {
            c = -1;
            if (n - i > 2 && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
                c = hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]);
                i += 2;
            }
        }
        if (c <= 0) {
            free(out);
            return NULL;
        }
        out[len++] = (char)c;
    }
    out[len] = '\0';
    return out;
}

bool params_read_form(struct params *p, const char *text, size_t n)
{
    const char *end = text + n;
    while (text < end) {
        const char *next = memchr(text, '&', (size_t)(end - text));
        const char *stop = next ? next : end;
        const char *equals = memchr(text, '=', (size_t)(stop - text));
        const char *name_end = equals ? equals : stop;
        const char *value = equals ? equals + 1 : stop;
        if (stop > text && !params_add(p, decode(text, (size_t)(name_end - text)),
                                       decode(value, (size_t)(stop - value)))) {
            return false;
        }
        text = next ? next + 1 : end;
    }
    return true;
}

bool params_read_json(struct params *p, const char *text, size_t n)
{
    cJSON *root = cJSON_ParseWithLength(text, n);
    bool ok = cJSON_IsObject(root);
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, root)
    {
        if (ok && cJSON_IsString(item) && item->string) {
            ok = params_add(p, strdup(item->string), strdup(item->valuestring));
        }
    }
    cJSON_Delete(root);
    return ok;
}

const char *params_get(const struct params *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++) {
        if (strcmp(p->items[i].name, name) == 0) {
            return p->items[i].value;
        }
    }
    return NULL;
}

const char *params_duplicate(const struct params *p)
{
    for (size_t i = 1; i < p->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(p->items[i].name, p->items[j].name) == 0) {
                return p->items[i].name;
            }
        }
    }
    return NULL;
}

void params_free(struct params *p)
{
    for (size_t i = 0; i < p->count; i++) {
        free(p->items[i].name);
        free(p->items[i].value);
    }
    free(p->items);
    *p = (struct params){ 0 };
}

void buf_url(struct buf *b, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c < 128 && isalnum(c)) || strchr("-._~", c)) {
            buf_add(b, text, 1);
        } else {
            char escape[3] = { '%', hex[c >> 4], hex[c & 15] };
            buf_add(b, escape, sizeof escape);
        }
    }
}
