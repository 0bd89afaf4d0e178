/* A grant to and from the JSON that is its payload in the store.  Tokens pass through here: what is
 * printed or parsed is wiped.  Must not know of files. */
#include "state/grant_json.h"

#include <limits.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

enum { SCHEMA = 1 };
#define INTEGER_MAX (INT64_C(1) << 53) /* JSON numbers are doubles */

static const char *const encodings[FIELDS_ENCODINGS] = {
    [FIELDS_JSON] = "json",
    [FIELDS_FORM] = "form",
    [FIELDS_QUERY] = "query",
};

static const char *const pkce_words[] = {
    [GRANT_PKCE_NONE] = NULL,
    [GRANT_PKCE_UNPROVEN] = "unproven",
    [GRANT_PKCE_PROVEN] = "proven",
    [GRANT_PKCE_IGNORED] = "ignored",
};
enum { PKCE_WORDS = sizeof(pkce_words) / sizeof(pkce_words[0]) };

const char *grant_pkce_name(enum grant_pkce pkce)
{
    return pkce_words[pkce];
}

static const struct {
    const char *name;
    size_t offset;
} integers[] = {
    { "granted_wall_ms", offsetof(struct grant, granted_wall_ms) },
    { "expires_in_s", offsetof(struct grant, expires_in_s) },
    { "obtained_wall_ms", offsetof(struct grant, obtained_wall_ms) },
    { "obtained_boot_ms", offsetof(struct grant, obtained_boot_ms) },
    { "refreshed_wall_ms", offsetof(struct grant, refreshed_wall_ms) },
    { "refresh_not_before_wall_ms", offsetof(struct grant, refresh_not_before_wall_ms) },
};

static const struct {
    const char *name;
    size_t offset, cap;
} names[] = {
    { "id", offsetof(struct grant, id), FQDN_MAX },
    { "zone", offsetof(struct grant, zone), FQDN_MAX },
    { "boot_id", offsetof(struct grant, boot_id), sizeof(((struct grant *)0)->boot_id) },
};

static bool set_tables(struct json *json, const struct grant *grant)
{
    const char *base = (const char *)grant;
    bool ok = true;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ok = ok && json_set_string(json, names[i].name, base + names[i].offset);
    for (size_t i = 0; i < GRANT_TEXTS; i++)
        ok = ok && json_set_string(json, grant_text_name(i), grant_text_get(grant, i));
    for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
        int64_t value = 0;
        memcpy(&value, base + integers[i].offset, sizeof(value));
        ok = ok && json_set_integer(json, integers[i].name, value);
    }
    return ok;
}

char *grant_to_json(const struct grant *grant)
{
    struct json *json = json_new_object();
    char *text = NULL;
    bool ok = json && json_set_integer(json, "schema", SCHEMA) && set_tables(json, grant) &&
              json_set_string(json, "encoding_exchange", encodings[grant->encoding_exchange]) &&
              json_set_string(json, "encoding_refresh", encodings[grant->encoding_refresh]) &&
              json_set_string(json, "pkce", pkce_words[grant->pkce]) &&
              json_set_bool(json, "refresh_in_flight", grant->refresh_in_flight) &&
              json_set_integer(json, "refresh_failures", grant->refresh_failures) &&
              json_set_bool(json, "needs_consent", grant->needs_consent) &&
              json_set_bool(json, "refresh_proven", grant->refresh_proven);
    if (ok)
        text = json_print(json, false);
    json_free(&json);
    return text;
}

static enum fields_encoding encoding(const struct json *json, const char *name)
{
    const char *word = json_string(json, name);
    for (int i = 0; word && i < FIELDS_ENCODINGS; i++) {
        if (strcmp(word, encodings[i]) == 0)
            return (enum fields_encoding)i;
    }
    return FIELDS_JSON;
}

static enum grant_pkce pkce(const struct json *json)
{
    const char *word = json_string(json, "pkce");
    for (int i = GRANT_PKCE_UNPROVEN; word && i < PKCE_WORDS; i++) {
        if (strcmp(word, pkce_words[i]) == 0)
            return (enum grant_pkce)i;
    }
    return GRANT_PKCE_NONE;
}

static int get_names(const struct json *json, struct grant *grant, struct error *err)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *text = json_string(json, names[i].name);
        size_t len = text ? strlen(text) : 0;
        if (len >= names[i].cap)
            return error_set(err, ERR_LOCAL, "\"%s\" in it is too long", names[i].name);
        if (text)
            memcpy((char *)grant + names[i].offset, text, len + 1);
    }
    return 0;
}

static int get_texts(const struct json *json, struct grant *grant, struct error *err)
{
    for (size_t i = 0; i < GRANT_TEXTS; i++) {
        const char *text = json_string(json, grant_text_name(i));
        char *copy = mem_strdup(text);
        if (text && !copy)
            return error_set(err, ERR_LOCAL, "out of memory");
        grant_text_set(grant, i, copy);
    }
    return 0;
}

static int check_schema(const struct json *json, struct error *err)
{
    int64_t schema = SCHEMA;
    if (!json_is_object(json))
        return error_set(err, ERR_LOCAL, "it is not a JSON object, or memory ran out");
    if (json_get(json, "schema") && !json_integer(json, "schema", 1, INTEGER_MAX, &schema))
        return error_set(err, ERR_LOCAL, "\"schema\" in it is not a number");
    if (schema > SCHEMA)
        return error_set(err, ERR_LOCAL,
                         "a newer version of dcddns wrote it (schema %lld, this one reads %d); "
                         "upgrade this one",
                         (long long)schema, SCHEMA);
    return 0;
}

int grant_from_json(const char *text, size_t len, struct grant *grant, struct error *err)
{
    struct json *json = json_parse(text, len);
    int64_t failures = 0;
    int result = -1;

    if (check_schema(json, err) != 0 || get_names(json, grant, err) != 0 ||
        get_texts(json, grant, err) != 0)
        goto out;
    for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
        int64_t value = 0;
        json_integer(json, integers[i].name, 0, INTEGER_MAX, &value);
        memcpy((char *)grant + integers[i].offset, &value, sizeof(value));
    }
    grant->encoding_exchange = encoding(json, "encoding_exchange");
    grant->encoding_refresh = encoding(json, "encoding_refresh");
    grant->pkce = pkce(json);
    grant->refresh_in_flight = json_bool(json, "refresh_in_flight", false);
    json_integer(json, "refresh_failures", 0, INT_MAX, &failures);
    grant->refresh_failures = (int)failures;
    grant->needs_consent = json_bool(json, "needs_consent", false);
    grant->refresh_proven = json_bool(json, "refresh_proven", false);
    result = 0;
out:
    if (result != 0)
        grant_clear(grant);
    json_free(&json);
    return result;
}
