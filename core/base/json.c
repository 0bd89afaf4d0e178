/* JSON within limits; see json.h.  The only includer of cJSON: struct json IS a cJSON. */
#include "base/json.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { DEPTH_MAX = 16 };

static const cJSON *in(const struct json *json)
{
    return (const cJSON *)(const void *)json;
}

static cJSON *inout(struct json *json)
{
    return (cJSON *)(void *)json;
}

static const struct json *out(const cJSON *item)
{
    return (const struct json *)(const void *)item;
}

void json_use_allocator(void *(*alloc)(size_t), void (*release)(void *))
{
    cJSON_Hooks hooks = { .malloc_fn = alloc, .free_fn = release };
    cJSON_InitHooks(&hooks);
}

const char *json_library(void)
{
    return cJSON_Version();
}

/* cJSON recurses a thousand levels deep; this looks at brackets outside strings before it may. */
static bool shallow(const char *text, size_t len)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == '}' || c == ']'))
            depth--;
        if (depth > DEPTH_MAX)
            return false;
    }
    return true;
}

struct json *json_parse_where(const char *text, size_t len, size_t *where)
{
    *where = 0;
    if (!text || !shallow(text, len))
        return NULL;
    const char *end = NULL;
    cJSON *item = cJSON_ParseWithLengthOpts(text, len, &end, false);
    if (end)
        *where = (size_t)(end - text);
    if (!item)
        return NULL;
    for (; end < text + len; end++) {
        if (!strchr(" \t\r\n", *end) || *end == '\0') {
            *where = (size_t)(end - text);
            cJSON_Delete(item);
            return NULL;
        }
    }
    return (struct json *)(void *)item;
}

struct json *json_parse(const char *text, size_t len)
{
    size_t ignored = 0;
    return json_parse_where(text, len, &ignored);
}

void json_free(struct json **json)
{
    if (!json || !*json)
        return;
    cJSON_Delete(inout(*json));
    *json = NULL;
}

const struct json *json_get(const struct json *object, const char *name)
{
    return out(cJSON_GetObjectItemCaseSensitive(in(object), name));
}

const char *json_text(const struct json *value)
{
    return cJSON_GetStringValue(in(value));
}

const char *json_string(const struct json *object, const char *name)
{
    return json_text(json_get(object, name));
}

bool json_integer(const struct json *object, const char *name, int64_t min, int64_t max,
                  int64_t *value)
{
    const cJSON *item = in(json_get(object, name));
    if (cJSON_IsString(item))
        return text_int(item->valuestring, min, max, value);
    if (!cJSON_IsNumber(item))
        return false;
    double number = item->valuedouble;
    if (!(number >= -9007199254740992.0 && number <= 9007199254740992.0)) /* NaN fails too */
        return false;
    int64_t whole = (int64_t)number;
    if ((double)whole < number || (double)whole > number || whole < min || whole > max)
        return false;
    *value = whole;
    return true;
}

bool json_bool(const struct json *object, const char *name, bool def)
{
    const cJSON *item = in(json_get(object, name));
    return cJSON_IsBool(item) ? cJSON_IsTrue(item) != 0 : def;
}

bool json_is_object(const struct json *json)
{
    return cJSON_IsObject(in(json)) != 0;
}

bool json_is_array(const struct json *json)
{
    return cJSON_IsArray(in(json)) != 0;
}

const struct json *json_first(const struct json *json)
{
    return json ? out(in(json)->child) : NULL;
}

const struct json *json_next(const struct json *json)
{
    return json ? out(in(json)->next) : NULL;
}

const char *json_name(const struct json *json)
{
    return json ? in(json)->string : NULL;
}

struct json *json_new_object(void)
{
    return (struct json *)(void *)cJSON_CreateObject();
}

struct json *json_new_array(void)
{
    return (struct json *)(void *)cJSON_CreateArray();
}

bool json_set(struct json *object, const char *name, struct json *child)
{
    if (!child)
        return false;
    if (object && cJSON_AddItemToObject(inout(object), name, inout(child)))
        return true;
    json_free(&child);
    return false;
}

bool json_append(struct json *array, struct json *child)
{
    if (!child)
        return false;
    if (array && cJSON_AddItemToArray(inout(array), inout(child)))
        return true;
    json_free(&child);
    return false;
}

bool json_set_string(struct json *object, const char *name, const char *value)
{
    return !value || json_set(object, name, (struct json *)(void *)cJSON_CreateString(value));
}

struct json *json_new_string(const char *value)
{
    return (struct json *)(void *)cJSON_CreateString(value);
}

bool json_set_integer(struct json *object, const char *name, int64_t value)
{
    return json_set(object, name, (struct json *)(void *)cJSON_CreateNumber((double)value));
}

bool json_set_bool(struct json *object, const char *name, bool value)
{
    return json_set(object, name, (struct json *)(void *)cJSON_CreateBool(value));
}

char *json_print(const struct json *json, bool pretty)
{
    char *text = pretty ? cJSON_Print(in(json)) : cJSON_PrintUnformatted(in(json));
    if (!text)
        return NULL;
    char *copy = mem_strdup(text);
    mem_wipe(text, strlen(text));
    cJSON_free(text);
    return copy;
}
