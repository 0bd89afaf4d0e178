/* Desktop notifications: which events are shown, and with which words.  Pure: must not know how a
 * bubble reaches a screen. */
#include "desktop.h"

#include <stdio.h>
#include <string.h>

/* Text with a limit that is never cut within a character or an entity. */
struct text {
    char *data;
    size_t len, cap;
};

static void add(struct text *text, const char *piece, size_t len)
{
    if (text->len + len >= text->cap)
        text->cap = text->len; /* full: nothing smaller may follow what was left out */
    if (text->len + len >= text->cap)
        return;
    memcpy(text->data + text->len, piece, len);
    text->len += len;
    text->data[text->len] = '\0';
}

/* Bytes of the well-formed UTF-8 character at AT (RFC 3629), or 0. */
static size_t character(const unsigned char *at)
{
    static const struct {
        unsigned char first, last, low, high; /* first byte; range of the second */
        size_t len;
    } forms[] = {
        { 0x01, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
        { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        size_t n = 1;
        if (at[0] < forms[i].first || at[0] > forms[i].last)
            continue;
        if (forms[i].len > 1 && (at[1] < forms[i].low || at[1] > forms[i].high))
            return 0;
        for (n = 2; n < forms[i].len; n++) {
            if (at[n] < 0x80 || at[n] > 0xbf)
                return 0;
        }
        return forms[i].len;
    }
    return 0;
}

static const char *entity(char c)
{
    return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : NULL;
}

/* What is no text becomes '?': a message bus drops those who send such strings. */
static void add_text(struct text *text, const char *piece, int markup)
{
    for (const unsigned char *at = (const unsigned char *)piece; *at;) {
        size_t len = character(at);
        const char *escaped = markup ? entity((char)*at) : NULL;
        if (escaped)
            add(text, escaped, strlen(escaped));
        else if (len == 0 || (len == 1 && *at != '\n' && (*at < 0x20 || *at == 0x7f)))
            add(text, "?", 1);
        else
            add(text, (const char *)at, len);
        at += len > 0 ? len : 1;
    }
}

struct look {
    const char *id, *title; /* %s: the record */
    const char *action;     /* label of the button, when there is a URL */
};

static const struct look looks[] = {
    { "update.applied", "%s has a new address", NULL },
    { "update.failed", "%s could not be updated", NULL },
    { "update.recovered", "%s is up to date again", NULL },
    { "consent.needed", "%s needs your consent", "Give consent" },
    { "source.failed", "The address of this network is not known", NULL },
    { "source.stuck", "An IP source does not answer any more", NULL },
    { "address.cgnat", "%s cannot be reached: shared address", NULL },
    { "family.lost", "%s lost an address", NULL },
    { "dns.drift", "DNS shows another address for %s", NULL },
    { "config.rejected", "The configuration of dcddns has errors", NULL },
};
static const char *const unseen[] = { "daemon.started", "daemon.stopping", "daemon.summary",
                                      "config.reloaded" };

static const struct look *look_of(const char *id)
{
    static const struct look other = { "", "%s", NULL };
    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
        if (strcmp(looks[i].id, id) == 0)
            return &looks[i];
    }
    return &other;
}

int desktop_is_shown(const struct dcddns_event *event)
{
    for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++) {
        if (strcmp(unseen[i], event->id) == 0)
            return 0;
    }
    return 1;
}

int desktop_may_open(const char *url)
{
    if (strncmp(url, "https://", 8) != 0 || url[8] == '\0' || strlen(url) >= DESKTOP_URL_MAX)
        return 0;
    for (const char *at = url; *at; at++) {
        if (*at <= 0x20 || *at >= 0x7f)
            return 0;
    }
    return 1;
}

static void consent_key(const struct dcddns_event *event, char key[DESKTOP_KEY_MAX])
{
    snprintf(key, DESKTOP_KEY_MAX, "consent:%s", event->record);
}

static void set_key(const struct dcddns_event *event, char key[DESKTOP_KEY_MAX])
{
    /* Without a record the part before the dot: "source" recovers where "source" failed. */
    if (!*event->record)
        snprintf(key, DESKTOP_KEY_MAX, ":%.*s", (int)strcspn(event->id, "."), event->id);
    else if (strcmp(event->id, "consent.needed") == 0)
        consent_key(event, key); /* its button must outlive the failures that follow */
    else if (strcmp(event->id, "update.applied") == 0 && event->after.family != 0)
        /* Both families change at once; neither may hide the other. */
        snprintf(key, DESKTOP_KEY_MAX, "ipv%d:%s", event->after.family, event->record);
    else
        snprintf(key, DESKTOP_KEY_MAX, "%s", event->record);
}

/* True for what cannot be while the consent is missing.  A recovery that names an IP source tells
 * of an address that may be published again, and nothing of the consent. */
static int shows_consent(const struct dcddns_event *event)
{
    return strcmp(event->id, "update.applied") == 0 ||
           (strcmp(event->id, "update.recovered") == 0 && !*event->source);
}

static void set_title(const struct dcddns_event *event, const struct look *look, struct text *title)
{
    const char *record = strstr(look->title, "%s");

    if (!record) {
        add_text(title, look->title, 0);
        return;
    }
    add(title, look->title, (size_t)(record - look->title));
    add_text(title, *event->record ? event->record : "dcddns", 0);
    add_text(title, record + 2, 0);
}

void desktop_show(const struct dcddns_event *event, const struct desktop_can *can,
                  struct desktop_bubble *bubble)
{
    const struct look *look = look_of(event->id);
    struct text title = { .data = bubble->title, .cap = sizeof(bubble->title) };
    struct text body = { .data = bubble->body, .cap = sizeof(bubble->body) };

    *bubble = (struct desktop_bubble){
        .urgency = event->level <= DCDDNS_LOG_ERROR    ? DESKTOP_CRITICAL
                   : event->level <= DCDDNS_LOG_NOTICE ? DESKTOP_NORMAL
                                                       : DESKTOP_LOW,
        .icon = event->level <= DCDDNS_LOG_ERROR  ? "dialog-error"
                : event->level == DCDDNS_LOG_WARN ? "dialog-warning"
                                                  : "network-transmit-receive",
    };
    set_key(event, bubble->key);
    if (shows_consent(event))
        consent_key(event, bubble->ends);
    set_title(event, look, &title);
    add_text(&body, event->message, can->markup);
    if (!desktop_may_open(event->url))
        return;
    snprintf(bubble->url, sizeof(bubble->url), "%s", event->url);
    if (can->actions) {
        bubble->action = look->action ? look->action : "Open";
    } else {
        add(&body, "\n", 1);
        add_text(&body, event->url, can->markup);
    }
}
