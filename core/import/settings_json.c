/* settings.txt of the two Domain Connect clients: JSON with tokens.  The texts of values never go
 * into messages. */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/url.h"
#include "import/inside.h"

enum { TOKEN_MAX = 8192, MS_PER_S = 1000 };
static const int64_t YEAR_9999_S = INT64_C(253402300799);

static int say(struct import_reader *r, struct import_name *name, const char *key, const char *what)
{
    return error_set(&name->error, ERR_PERM, "%s:%d: \"%s\" %s", r->shown, name->line, key, what);
}

/* Where NAME stands as a key: the first place is good enough for a message. */
static int line_of(struct import_reader *r, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i + len + 1 < r->len; i++) {
        if (r->text[i] == '"' && r->text[i + len + 1] == '"' &&
            memcmp(r->text + i + 1, name, len) == 0)
            return import_line(r, i);
    }
    return 1;
}

static int take_url(struct import_reader *r, struct import_name *name, const struct json *object,
                    const char *key)
{
    const char *value = json_string(object, key);
    if (!value)
        return say(r, name, key, "is missing, or not a text");
    if (!url_is_https_base(value))
        return say(r, name, key, "is not an https:// URL without user, query and fragment");
    size_t len = strlen(value);
    while (len > 0 && value[len - 1] == '/')
        len--;
    name->api_url = mem_strndup(value, len);
    return name->api_url ? 0 : error_set(&name->error, ERR_LOCAL, "out of memory");
}

static int take_token(struct import_reader *r, struct import_name *name, const struct json *object)
{
    const struct json *member = json_get(object, "refresh_token");
    const char *value = json_text(member);
    if (!member)
        return say(r, name, "refresh_token",
                   "is missing: the setup of that program was not finished");
    if (!value || !text_is_token(value, TOKEN_MAX))
        return say(r, name, "refresh_token", "is not a token");
    name->refresh_token = mem_strdup(value);
    return name->refresh_token ? 0 : error_set(&name->error, ERR_LOCAL, "out of memory");
}

static int take_grant(struct import_reader *r, struct import_name *name, const struct json *object,
                      const char *url_key)
{
    const char *provider = json_string(object, "provider_name");
    char shown[TEXT_ESCAPED_MAX] = "";
    int64_t issued_s = 0;

    name->provider_name =
        mem_strdup(provider ? text_escape(provider, strlen(provider), shown) : "");
    if (!name->provider_name)
        return error_set(&name->error, ERR_LOCAL, "out of memory");
    if (json_integer(object, "iat", 0, YEAR_9999_S, &issued_s))
        name->issued_wall_ms = issued_s * MS_PER_S;
    if (take_url(r, name, object, url_key) < 0)
        return -1;
    return take_token(r, name, object);
}

/* -- domain-connect-dyndns -------------------------------------------------------------------- */

/* Without "protocols", or with "IP" in it, the consent was for the old template. */
static int take_protocols(struct import_reader *r, struct import_name *name,
                          const struct json *object)
{
    const struct json *list = json_get(object, "protocols");

    name->v1 = !list;
    if (list && !json_is_array(list))
        return say(r, name, "protocols", "is not a list");
    for (const struct json *item = json_first(list); item; item = json_next(item)) {
        const char *word = json_text(item);
        if (!word)
            return say(r, name, "protocols", "holds what is not a text");
        name->v1 = name->v1 || strcasecmp(word, "IP") == 0;
        name->ipv4 = name->ipv4 || strcasecmp(word, "IPv4") == 0;
        name->ipv6 = name->ipv6 || strcasecmp(word, "IPv6") == 0;
    }
    if (name->v1) {
        name->ipv4 = true;
        name->ipv6 = false;
    }
    return name->ipv4 || name->ipv6 ? 0 : say(r, name, "protocols", "names no family");
}

static int read_dyndns(struct import_reader *r, const struct json *root)
{
    for (const struct json *at = json_first(root); at; at = json_next(at)) {
        struct import_name *name = import_add(r, json_name(at), line_of(r, json_name(at)));
        if (!name)
            return -1;
        if (name->error.class != ERR_NONE)
            continue;
        if (!json_is_object(at))
            say(r, name, name->fqdn, "is not an object with the settings of a domain");
        else if (take_protocols(r, name, at) == 0)
            take_grant(r, name, at, "url_api");
    }
    return 0;
}

/* -- the service for Windows ------------------------------------------------------------------ */

static int read_service(struct import_reader *r, const struct json *root)
{
    const char *zone = json_string(root, "domain_name");
    const char *host = json_string(root, "host");
    struct buf fqdn = BUF_MAX(2 * FQDN_MAX);

    if (!zone)
        return import_fail(r, 1, "\"domain_name\" is missing, or not a text");
    if (host && host[0] != '\0' && strcmp(host, "@") != 0)
        buf_printf(&fqdn, "%s.", host);
    buf_puts(&fqdn, zone);
    struct import_name *name =
        import_add(r, buf_ok(&fqdn) ? buf_text(&fqdn) : zone, line_of(r, "domain_name"));
    buf_free(&fqdn);
    if (!name)
        return -1;
    if (name->error.class != ERR_NONE || !text_fqdn(zone, name->zone))
        return 0; /* the error is the name's */
    size_t host_len = strlen(name->fqdn) - strlen(name->zone);
    memcpy(name->host, name->fqdn, host_len > 0 ? host_len - 1 : 0);
    name->v1 = name->ipv4 = true;
    take_grant(r, name, root, "urlAPI");
    return 0;
}

/* -- both ------------------------------------------------------------------------------------- */

static enum import_format format_of(const struct json *root)
{
    if (json_get(root, "domain_name") || json_get(root, "urlAPI"))
        return IMPORT_SERVICE;
    for (const struct json *at = json_first(root); at; at = json_next(at)) {
        if (json_get(at, "url_api") || json_get(at, "refresh_token") || json_get(at, "protocols"))
            return IMPORT_DYNDNS;
    }
    return IMPORT_UNKNOWN;
}

/* cJSON ends a text there, so what stands behind it would be lost in silence. */
static const char *find_nul_escape(const struct import_reader *r)
{
    static const char escape[] = "\\u0000";
    for (size_t i = 0; i + sizeof(escape) - 1 <= r->len; i++) {
        if (memcmp(r->text + i, escape, sizeof(escape) - 1) == 0)
            return r->text + i;
    }
    return NULL;
}

int import_read_json(struct import_reader *r)
{
    size_t where = 0;
    const char *nul = find_nul_escape(r);
    if (nul)
        return import_fail(r, import_line(r, (size_t)(nul - r->text)), "holds a NUL character");
    struct json *root = json_parse_where(r->text, r->len, &where);
    int rc = -1;

    if (!root)
        return import_fail(r, import_line(r, where),
                           "this is not JSON from here on; the file is damaged, or memory ran out");
    r->file->format = format_of(root);
    if (r->file->format == IMPORT_SERVICE)
        rc = read_service(r, root);
    else if (r->file->format == IMPORT_DYNDNS)
        rc = read_dyndns(r, root);
    else
        import_fail(r, 0,
                    json_first(root) ? "JSON, but not the settings of a Domain Connect client"
                                     : "it names no domain");
    json_free(&root);
    return rc;
}
