/* Ordered, wiped name -> value list; see fields.h. */
#include "base/fields.h"

#include <stdbool.h>

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/url.h"

static bool name_ok(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    if (!name)
        return false;
    size_t len = strlen(name);
    return len > 0 && len <= 64 && strspn(name, allowed) == len;
}

static bool value_ok(const char *value)
{
    size_t len = strlen(value);
    if (len > FIELD_VALUE_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)value[i];
        if (byte < 0x20 || byte > 0x7e)
            return false;
    }
    return true;
}

static struct field *find(const struct dcddns_fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (strcmp(fields->list[i].name, name) == 0)
            return &fields->list[i];
    }
    return NULL;
}

const char *fields_get(const struct dcddns_fields *fields, const char *name)
{
    if (!fields || !name)
        return NULL;
    const struct field *field = find(fields, name);
    return field ? field->value : NULL;
}

static void release(struct field *field)
{
    mem_free(field->name);
    mem_free_secret(field->value);
    *field = (struct field){ 0 };
}

static void remove_field(struct dcddns_fields *fields, struct field *field)
{
    size_t at = (size_t)(field - fields->list);
    release(field);
    memmove(field, field + 1, (fields->count - at - 1) * sizeof(*field));
    fields->count--;
}

static int append(struct dcddns_fields *fields, const char *name, const char *value, uint32_t flags)
{
    struct field field = { .name = mem_strdup(name), .value = mem_strdup(value), .flags = flags };
    struct field *list = NULL;

    if (fields->count >= FIELDS_MAX) {
        release(&field);
        return DCDDNS_E_BUG;
    }
    if (field.name && field.value)
        list = mem_resize(fields->list, (fields->count + 1) * sizeof(*list));
    if (!list) {
        release(&field);
        return DCDDNS_E_NOMEM;
    }
    fields->list = list;
    fields->list[fields->count++] = field;
    return DCDDNS_OK;
}

int fields_set(struct dcddns_fields *fields, const char *name, const char *value, uint32_t flags)
{
    if (!fields || !name_ok(name) || (value && !value_ok(value)))
        return DCDDNS_E_BUG;
    struct field *field = find(fields, name);
    if (!value) {
        if (field)
            remove_field(fields, field);
        return DCDDNS_OK;
    }
    if (!field)
        return append(fields, name, value, flags);

    char *copy = mem_strdup(value);
    if (!copy)
        return DCDDNS_E_NOMEM;
    mem_free_secret(field->value);
    field->value = copy;
    field->flags = flags;
    return DCDDNS_OK;
}

void fields_free(struct dcddns_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++)
        release(&fields->list[i]);
    mem_free(fields->list);
    *fields = (struct dcddns_fields){ 0 };
}

static void encode_json(const struct dcddns_fields *fields, struct buf *out)
{
    struct json *object = json_new_object();
    bool complete = object;
    for (size_t i = 0; complete && i < fields->count; i++)
        complete = json_set_string(object, fields->list[i].name, fields->list[i].value);
    char *text = complete ? json_print(object, false) : NULL;
    if (text)
        buf_puts(out, text);
    else
        out->failed = true;
    mem_free_secret(text);
    json_free(&object);
}

static void encode_form(const struct dcddns_fields *fields, struct buf *out)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (i > 0)
            buf_putc(out, '&');
        url_add_escaped(out, fields->list[i].name);
        buf_putc(out, '=');
        url_add_escaped(out, fields->list[i].value);
    }
}

void fields_encode(const struct dcddns_fields *fields, enum fields_encoding encoding,
                   struct buf *out)
{
    switch (encoding) {
    case FIELDS_JSON:
        encode_json(fields, out);
        break;
    case FIELDS_FORM:
        encode_form(fields, out);
        break;
    default:
        for (size_t i = 0; i < fields->count; i++)
            url_add_query(out, fields->list[i].name, fields->list[i].value);
        break;
    }
}
