/* One host's record to and from JSON: addresses as text, times as milliseconds since 1970.  Must
 * not know of files, nor of other hosts. */
#include "state/record_json.h"

#include <limits.h>
#include <string.h>

#include "base/addr.h"

#define INTEGER_MAX (INT64_C(1) << 53) /* JSON numbers are doubles */

static const char *const states[] = {
    [RECORD_NEW] = "new",       [RECORD_CURRENT] = "current",
    [RECORD_DUE] = "due",       [RECORD_BACKING_OFF] = "backing-off",
    [RECORD_PAUSED] = "paused",
};

const char *record_state_name(enum record_state state)
{
    if ((size_t)state >= sizeof(states) / sizeof(states[0]))
        return "unknown";
    return states[state];
}

static const char *const dns_states[] = {
    [RECORD_DNS_UNKNOWN] = "unknown",     [RECORD_DNS_CURRENT] = "current",
    [RECORD_DNS_LAGGING] = "lagging",     [RECORD_DNS_DIFFERENT] = "different",
    [RECORD_DNS_GONE] = "gone",           [RECORD_DNS_ALIAS] = "alias",
    [RECORD_DNS_DELEGATED] = "delegated",
};

const char *record_dns_name(enum record_dns_state state)
{
    if ((size_t)state >= sizeof(dns_states) / sizeof(dns_states[0]))
        return "unknown";
    return dns_states[state];
}

static bool set_text(struct json *json, const char *name, const char *text)
{
    return text[0] == '\0' || json_set_string(json, name, text);
}

static bool set_number(struct json *json, const char *name, int64_t value)
{
    return value == 0 || json_set_integer(json, name, value);
}

static bool set_address(struct json *json, const char *name, const struct dcddns_addr *addr)
{
    char text[ADDR_TEXT_MAX] = "";
    return set_text(json, name, addr_text(addr, text));
}

static bool set_loss(struct json *json, const struct record_loss *loss)
{
    if (loss->rounds == 0)
        return true;
    return set_number(json, "lost_ms", loss->since_wall_ms) &&
           set_number(json, "lost_counted_ms", loss->counted_wall_ms) &&
           set_number(json, "lost_for_ms", loss->missing_ms) &&
           set_number(json, "lost_rounds", loss->rounds) &&
           (!loss->told || json_set_bool(json, "lost_told", true));
}

static bool set_family(struct json *json, const char *name, const struct record_family *family)
{
    struct json *object = json_new_object();
    if (!object)
        return false;
    if (set_address(object, "observed", &family->observed) &&
        set_number(object, "observed_ms", family->observed_wall_ms) &&
        set_text(object, "source", family->source) &&
        set_address(object, "published", &family->published) &&
        set_number(object, "published_ms", family->published_wall_ms) &&
        set_loss(object, &family->loss)) {
        if (json_first(object))
            return json_set(json, name, object);
        json_free(&object);
        return true;
    }
    json_free(&object);
    return false;
}

static bool set_dns(struct json *json, const struct record_dns *dns)
{
    struct json *object = json_new_object();
    if (!object)
        return false;
    if (dns->asked_wall_ms == 0 && dns->applies == 0) {
        json_free(&object);
        return true;
    }
    if (json_set_string(object, "state", record_dns_name(dns->state)) &&
        set_number(object, "asked_ms", dns->asked_wall_ms) &&
        set_number(object, "current_ms", dns->current_wall_ms) &&
        set_number(object, "repaired_ms", dns->repaired_wall_ms) &&
        set_number(object, "drifts", dns->drifts) && set_number(object, "applies", dns->applies) &&
        (!dns->told || json_set_bool(object, "told", true)) &&
        (!dns->gave_up || json_set_bool(object, "gave_up", true)) &&
        set_text(object, "says", dns->says))
        return json_set(json, "dns", object);
    json_free(&object);
    return false;
}

struct json *record_to_json(const struct record *record)
{
    struct json *json = json_new_object();
    if (json && json_set_string(json, "state", record_state_name(record->state)) &&
        set_family(json, "ipv4", &record->v4) && set_family(json, "ipv6", &record->v6) &&
        set_dns(json, &record->dns) && set_number(json, "checked_ms", record->checked_wall_ms) &&
        set_number(json, "success_ms", record->success_wall_ms) &&
        set_number(json, "next_ms", record->next_wall_ms) &&
        set_number(json, "not_before_ms", record->not_before_wall_ms) &&
        set_number(json, "failures", record->failures) &&
        (record->error_class == ERR_NONE ||
         json_set_string(json, "error_class", error_class_name(record->error_class))) &&
        set_text(json, "error", record->error) &&
        (!record->called || json_set_bool(json, "called", true)))
        return json;
    json_free(&json);
    return NULL;
}

static int64_t get_number(const struct json *json, const char *name, int64_t max)
{
    int64_t value = 0;
    return json_integer(json, name, 0, max, &value) ? value : 0;
}

static void get_text(const struct json *json, const char *name, char *out, size_t cap)
{
    const char *text = json_string(json, name);
    size_t len = text ? strlen(text) : 0;
    out[0] = '\0';
    if (text && len < cap)
        memcpy(out, text, len + 1);
}

static struct dcddns_addr get_address(const struct json *json, const char *name, int family)
{
    struct dcddns_addr addr = { 0 };
    const char *text = json_string(json, name);
    /* What no machine can have was never observed nor published: the file was changed. */
    if (!text || addr_parse(text, &addr) != 0 || addr.family != family || addr_never(&addr))
        return (struct dcddns_addr){ 0 };
    return addr;
}

static struct record_loss get_loss(const struct json *json)
{
    return (struct record_loss){ .since_wall_ms = get_number(json, "lost_ms", INTEGER_MAX),
                                 .counted_wall_ms =
                                     get_number(json, "lost_counted_ms", INTEGER_MAX),
                                 .missing_ms = get_number(json, "lost_for_ms", INTEGER_MAX),
                                 .rounds = (int)get_number(json, "lost_rounds", INT_MAX),
                                 .told = json_bool(json, "lost_told", false) };
}

static struct record_family get_family(const struct json *json, int family)
{
    struct record_family out = { 0 };
    out.observed = get_address(json, "observed", family);
    out.published = get_address(json, "published", family);
    out.observed_wall_ms = get_number(json, "observed_ms", INTEGER_MAX);
    out.published_wall_ms = get_number(json, "published_ms", INTEGER_MAX);
    get_text(json, "source", out.source, sizeof(out.source));
    out.loss = get_loss(json);
    return out;
}

static struct record_dns get_dns(const struct json *json)
{
    struct record_dns out = { 0 };
    const char *word = json_string(json, "state");
    for (size_t i = 0; word && i < sizeof(dns_states) / sizeof(dns_states[0]); i++) {
        if (strcmp(word, dns_states[i]) == 0)
            out.state = (enum record_dns_state)i;
    }
    out.asked_wall_ms = get_number(json, "asked_ms", INTEGER_MAX);
    out.current_wall_ms = get_number(json, "current_ms", INTEGER_MAX);
    out.repaired_wall_ms = get_number(json, "repaired_ms", INTEGER_MAX);
    out.drifts = (int)get_number(json, "drifts", INT_MAX);
    out.applies = (int)get_number(json, "applies", INT_MAX);
    out.told = json_bool(json, "told", false);
    out.gave_up = json_bool(json, "gave_up", false);
    get_text(json, "says", out.says, sizeof(out.says));
    return out;
}

static enum record_state get_state(const struct json *json)
{
    const char *word = json_string(json, "state");
    for (size_t i = 0; word && i < sizeof(states) / sizeof(states[0]); i++) {
        if (strcmp(word, states[i]) == 0)
            return (enum record_state)i;
    }
    return RECORD_NEW;
}

static enum error_class get_error_class(const struct json *json)
{
    const char *word = json_string(json, "error_class");
    for (int i = ERR_NONE; word && i <= ERR_USAGE; i++) {
        if (strcmp(word, error_class_name((enum error_class)i)) == 0)
            return (enum error_class)i;
    }
    return ERR_NONE;
}

void record_from_json(const struct json *json, struct record *record)
{
    record->v4 = get_family(json_get(json, "ipv4"), 4);
    record->v6 = get_family(json_get(json, "ipv6"), 6);
    record->dns = get_dns(json_get(json, "dns"));
    record->state = get_state(json);
    record->checked_wall_ms = get_number(json, "checked_ms", INTEGER_MAX);
    record->success_wall_ms = get_number(json, "success_ms", INTEGER_MAX);
    record->next_wall_ms = get_number(json, "next_ms", INTEGER_MAX);
    record->not_before_wall_ms = get_number(json, "not_before_ms", INTEGER_MAX);
    record->failures = (int)get_number(json, "failures", INT_MAX);
    record->error_class = get_error_class(json);
    get_text(json, "error", record->error, sizeof(record->error));
    record->called = json_bool(json, "called", false);
}
