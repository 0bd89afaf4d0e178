/* Words in place of commands; see plain_words.h. */
#include "windows/plain_words.h"

#include <string.h>

#include "base/text.h"

struct written {
    char *data;
    size_t len, size;
};

static void put(struct written *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len && out->len + 1 < out->size; i++)
        out->data[out->len++] = text[i];
    out->data[out->len] = '\0';
}

/* -- commands --------------------------------------------------------------------------------- */

/* In the order of search: what begins like another one comes first. */
static const struct command {
    const char *name;
    const char *means[PLAIN_PLACES];
} commands[] = {
    { "dcddns setup --each",
      { "set up one name at a time", "choose \"Set up a name\" for one name at a time" } },
    { "dcddns setup", { "get a new code", "choose \"Set up a name\" in the menu" } },
    { "dcddns update --force", { "get a new code", "choose \"Set up a name\" in the menu" } },
    { "dcddns service status",
      { "look at service.log in its folder", "look at service.log in its folder" } },
    { "dcddns service install",
      { "choose to keep names up to date always", "choose \"Set up a name\" in the menu" } },
    { "dcddns service start",
      { "choose to keep names up to date always", "start it in the list of services" } },
};

/* What leads to a command, and what is left of it. */
static const struct {
    const char *lead, *left;
} leads[] = {
    { "run: ", "" },
    { "run ", "" },
    { "run `", "" },
    { "see: ", "" },
    { "first: ", "first: " },
    { "else: ", "else " },
    { "service: ", "service: " },
};

static bool ends_with(const struct written *out, const char *end)
{
    const size_t len = strlen(end);
    return out->len >= len && memcmp(out->data + out->len - len, end, len) == 0;
}

static bool take_lead(struct written *out)
{
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
        if (!ends_with(out, leads[i].lead))
            continue;
        out->len -= strlen(leads[i].lead);
        put(out, leads[i].left, strlen(leads[i].left));
        return true;
    }
    return false;
}

/* Names and options that follow a command; the sign after the last of them is the sentence's. */
static const char *skip_arguments(const char *at)
{
    while (at[0] == ' ') {
        const size_t len = strcspn(at + 1, " ;,:()`\n");
        const bool option = text_starts_with(at + 1, "--");
        const bool name = memchr(at + 1, '.', len) || strncmp(at + 1, "NAME", 4) == 0 ||
                          strncmp(at + 1, "CODE", 4) == 0;
        if (len == 0 || (!option && !name))
            break;
        at += 1 + len;
    }
    if (*at == '`')
        at++;
    return text_starts_with(at, " again") ? at + strlen(" again") : at;
}

/* The end of the command that begins AT, or NULL: there is none. */
static const char *take_command(enum plain_place place, const char *at, struct written *out)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        const struct command *c = &commands[i];
        const size_t len = strlen(c->name);
        if (!text_starts_with(at, c->name) || (at[len] && !strchr(" ;,:()`\n", at[len])))
            continue;
        if (!take_lead(out))
            return NULL;
        put(out, c->means[place], strlen(c->means[place]));
        return skip_arguments(at + len);
    }
    return NULL;
}

/* -- phrases ---------------------------------------------------------------------------------- */

/* In the order of search, too. */
static const struct phrase {
    const char *text;
    const char *means[PLAIN_PLACES];
} phrases[] = {
    { "run setup again and use the new code", { "get a new code", "set the name up again" } },
    { "run setup again without --ipv6", { "choose IPv4 alone", "set it up for IPv4 alone" } },
    { "run setup again with --each", { "set up one name at a time", "set up one name at a time" } },
    { "run setup again", { "get a new code", "set the name up again" } },
    { "or run setup for all of them without a code", { "or get a code for all", NULL } },
    { " and open the URL it prints", { "", "" } },
    { ", or give the code with --ipv4", { ", or choose IPv4 alone", NULL } },
    { " first and open the page", { "", "" } },
    /* of the discovery */
    { "no _domainconnect record for ", { "", NULL } },
    { " or any name above it: its DNS provider", { ": its DNS provider", NULL } },
    /* of taking over */
    { "Stop the Domain Connect service for Windows for these names now, for good:",
      { "Now stop the Domain Connect service in the list of services, and set it to Disabled:",
        NULL } },
    { "Keep it up to date from now on with the daemon: dcddns service install, then: dcddns "
      "service "
      "start, or: dcddns run",
      { "", NULL } },
    { "Tell the running daemon: dcddns reload", { "", NULL } },
};

static const char *take_phrase(enum plain_place place, const char *at, struct written *out)
{
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        const struct phrase *p = &phrases[i];
        if (!p->means[place] || !text_starts_with(at, p->text))
            continue;
        put(out, p->means[place], strlen(p->means[place]));
        return at + strlen(p->text);
    }
    return NULL;
}

/* Whole characters only. */
static void end_well(struct written *out, const char *rest)
{
    size_t at = out->len;

    if (((unsigned char)*rest & 0xc0) != 0x80)
        return;
    while (at > 0 && ((unsigned char)out->data[at - 1] & 0xc0) == 0x80)
        at--;
    if (at > 0 && (unsigned char)out->data[at - 1] >= 0xc0)
        out->data[at - 1] = '\0';
}

void plain_words(enum plain_place place, const char *text, char *out, size_t size)
{
    static const char own[] = "dcddns: ";
    struct written to = { .data = out, .size = size };
    const char *at = text_starts_with(text, own) ? text + sizeof(own) - 1 : text;

    out[0] = '\0';
    while (*at && to.len + 1 < size) {
        const char *next = take_phrase(place, at, &to);
        if (!next)
            next = take_command(place, at, &to);
        if (!next)
            put(&to, at, 1);
        at = next ? next : at + 1;
    }
    end_well(&to, at);
}
