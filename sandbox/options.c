/*
 * The settings of `ctl set`, one table. Must not know what they cause.
 */
#include "options.h"

#include <stdlib.h>
#include <string.h>

struct option_def {
    const char *key;
    const char *values; /* for help */
    const char *help;
    bool (*set)(struct options *options, const char *value);
    void (*show)(const struct options *options, struct buf *out);
};

static const char *const template_words[] = { "none", "v1", "v2", "both" };
static const char *const encoding_words[] = { "any", "json", "form", "query" };
static const char *const list_words[] = { "off", "on", "redirect", "token" };
static const char *const pkce_words[] = {
    "check", "ignore", "refuse", "require", "secret", "spend"
};

static const char *const answers_words[] = { "normal",  "no-aa",  "servfail",
                                             "refused", "silent", "cut" };

bool number_read(const char *text, unsigned max, unsigned *out)
{
    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 10);
    if (*end != '\0' || value > max) {
        return false;
    }
    *out = (unsigned)value;
    return true;
}

static bool read_word(const char *const *words, unsigned count, const char *value, unsigned *out)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(words[i], value) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool read_switch(const char *value, bool *out)
{
    static const char *const words[] = { "off", "on" };
    unsigned index = 0;
    if (!read_word(words, 2, value, &index)) {
        return false;
    }
    *out = index == 1;
    return true;
}

static void show_switch(bool value, struct buf *out)
{
    buf_str(out, value ? "on" : "off");
}

static bool set_async(struct options *o, const char *value)
{
    return read_switch(value, &o->async);
}

static void show_async(const struct options *o, struct buf *out)
{
    show_switch(o->async, out);
}

static bool set_templates(struct options *o, const char *value)
{
    return read_word(template_words, 4, value, &o->templates);
}

static void show_templates(const struct options *o, struct buf *out)
{
    buf_str(out, template_words[o->templates & 3u]);
}

static bool set_rotation(struct options *o, const char *value)
{
    return read_switch(value, &o->rotation);
}

static void show_rotation(const struct options *o, struct buf *out)
{
    show_switch(o->rotation, out);
}

static bool set_grace(struct options *o, const char *value)
{
    return number_read(value, 1000000, &o->grace_s);
}

static void show_grace(const struct options *o, struct buf *out)
{
    buf_printf(out, "%u", o->grace_s);
}

static bool set_lifetime(struct options *o, const char *value)
{
    return number_read(value, 100000000, &o->access_lifetime_s);
}

static void show_lifetime(const struct options *o, struct buf *out)
{
    buf_printf(out, "%u", o->access_lifetime_s);
}

static bool set_encoding(struct options *o, const char *value)
{
    unsigned index = 0;
    if (!read_word(encoding_words, 4, value, &index)) {
        return false;
    }
    o->token_encoding = (enum encoding)index;
    return true;
}

static void show_encoding(const struct options *o, struct buf *out)
{
    buf_str(out, encoding_words[o->token_encoding]);
}

static bool set_revert(struct options *o, const char *value)
{
    return read_switch(value, &o->revert);
}

static void show_revert(const struct options *o, struct buf *out)
{
    show_switch(o->revert, out);
}

static bool set_status(struct options *o, const char *value)
{
    unsigned status = 0;
    if (!number_read(value, 299, &status) || (status != 200 && status != 202 && status != 204)) {
        return false;
    }
    o->apply_status = status;
    return true;
}

static void show_status(const struct options *o, struct buf *out)
{
    buf_printf(out, "%u", o->apply_status);
}

static bool set_host_list(struct options *o, const char *value)
{
    unsigned index = 0;
    if (!read_word(list_words, 4, value, &index)) {
        return false;
    }
    o->host_list = (enum host_list)index;
    return true;
}

static void show_host_list(const struct options *o, struct buf *out)
{
    buf_str(out, list_words[o->host_list]);
}

static bool set_address_conflict(struct options *o, const char *value)
{
    return read_switch(value, &o->address_conflict);
}

static void show_address_conflict(const struct options *o, struct buf *out)
{
    show_switch(o->address_conflict, out);
}

static bool set_pkce(struct options *o, const char *value)
{
    unsigned index = 0;
    if (!read_word(pkce_words, 6, value, &index)) {
        return false;
    }
    o->pkce = (enum pkce)index;
    return true;
}

static void show_pkce(const struct options *o, struct buf *out)
{
    buf_str(out, pkce_words[o->pkce]);
}

static bool set_answers(struct options *o, const char *value)
{
    unsigned index = 0;
    if (!read_word(answers_words, 6, value, &index)) {
        return false;
    }
    o->dns_answers = (enum dns_answers)index;
    return true;
}

static void show_answers(const struct options *o, struct buf *out)
{
    buf_str(out, answers_words[o->dns_answers]);
}

static bool set_lag(struct options *o, const char *value)
{
    return number_read(value, 1000000, &o->dns_lag_s);
}

static void show_lag(const struct options *o, struct buf *out)
{
    buf_printf(out, "%u", o->dns_lag_s);
}

static bool set_split(struct options *o, const char *value)
{
    return read_switch(value, &o->dns_split);
}

static void show_split(const struct options *o, struct buf *out)
{
    show_switch(o->dns_split, out);
}

static const struct option_def table[] = {
    { "async", "on|off", "has the asynchronous flow (urlAsyncUX)", set_async, show_async },
    { "templates", "both|v1|v2|none", "which templates are onboarded", set_templates,
      show_templates },
    { "rotation", "on|off", "a refresh gives a new refresh token", set_rotation, show_rotation },
    { "grace", "SECONDS", "how long a rotated refresh token still works", set_grace, show_grace },
    { "access-lifetime", "SECONDS", "life of access tokens made from now on", set_lifetime,
      show_lifetime },
    { "token-encoding", "any|json|form|query", "where token parameters are looked for",
      set_encoding, show_encoding },
    { "revert", "on|off", "supports revert (off: 501)", set_revert, show_revert },
    { "apply-status", "200|202|204", "status of an apply that worked", set_status, show_status },
    { "host-list", "on|off|redirect|token", "consent takes several hosts at once; where not, how",
      set_host_list, show_host_list },
    { "address-conflict", "on|off", "an apply of one family removes the other",
      set_address_conflict, show_address_conflict },
    { "pkce", "check|ignore|refuse|require|secret|spend", "how PKCE is treated", set_pkce,
      show_pkce },
    { "dns-answers", "normal|no-aa|servfail|refused|silent|cut",
      "how the zone's own server answers (questions without recursion)", set_answers,
      show_answers },
    { "dns-lag", "SECONDS", "DNS shows what was before an apply for so long", set_lag, show_lag },
    { "dns-split", "on|off", "questions with recursion get 10.53.53.53", set_split, show_split },
};

void options_defaults(struct options *options)
{
    *options = (struct options){
        .async = true,
        .templates = (1u << SERVICE_V1) | (1u << SERVICE_V2),
        .rotation = true,
        .grace_s = 5,
        .access_lifetime_s = 3600,
        .token_encoding = ENCODING_ANY,
        .revert = true,
        .apply_status = 202,
        .host_list = HOST_LIST_ON,
        .address_conflict = true,
        .pkce = PKCE_CHECK,
    };
}

bool options_set(struct options *options, const char *key, const char *value, struct buf *out)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].key, key) != 0) {
            continue;
        }
        if (!table[i].set(options, value)) {
            buf_printf(out, "set %s takes %s\n", key, table[i].values);
            return false;
        }
        return true;
    }
    buf_printf(out, "no setting named '%s'; the settings are:\n", key);
    options_help(out);
    return false;
}

void options_show(const struct options *options, struct buf *out)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        buf_printf(out, "%s ", table[i].key);
        table[i].show(options, out);
        buf_str(out, "\n");
    }
}

void options_help(struct buf *out)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        buf_printf(out, "  %-16s %-20s %s\n", table[i].key, table[i].values, table[i].help);
    }
}
