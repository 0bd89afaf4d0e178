/* Between the files of the module `desktop`: what is shown for an event. */
#ifndef DCDDNS_PLUGINS_DESKTOP_H
#define DCDDNS_PLUGINS_DESKTOP_H

#include "dcddns/plugin.h"

/* What a notification server can do; its capabilities in the words of the specification. */
struct desktop_can {
    int actions, markup; /* "actions", "body-markup" */
};

enum { DESKTOP_LOW, DESKTOP_NORMAL, DESKTOP_CRITICAL }; /* urgency levels of the specification */
enum { DESKTOP_KEY_MAX = 264, DESKTOP_URL_MAX = 1024, DESKTOP_TEXT_MAX = 4096 };

struct desktop_bubble {
    char title[DESKTOP_TEXT_MAX]; /* plain; valid UTF-8, as all text here */
    char body[DESKTOP_TEXT_MAX];  /* markup when the server takes it, else plain */
    const char *icon;             /* of the icon naming specification */
    const char *action;           /* label of the button, or NULL: none */
    unsigned char urgency;        /* DESKTOP_ */
    char key[DESKTOP_KEY_MAX];    /* a later bubble with the same key takes its place */
    char ends[DESKTOP_KEY_MAX];   /* key of one that is no longer true and is taken away, or "" */
    char url[DESKTOP_URL_MAX];    /* https page to open, or "" */
};

/* False for what a person need not see: that the daemon starts, stops and reloads. */
int desktop_is_shown(const struct dcddns_event *);
/* Fills BUBBLE for EVENT. */
void desktop_show(const struct dcddns_event *, const struct desktop_can *, struct desktop_bubble *);
/* 1 for an https URL of printable ASCII without blanks: anything else is never opened. */
int desktop_may_open(const char *url);

#endif
