/* Balloons: of the events that the tray follows, and those that the notifier `desktop` of a daemon
 * of the same user hands over; nothing twice. */
#include "windows/tray.h"

#include <stdio.h>
#include <string.h>

#include "notifiers/desktop.h"
#include "notifiers/desktop_windows.h"

#include "base/mem.h"
#include "windows/plain_words.h"

enum { TWICE_MS = 60 * 1000 };

/* FNV-1a: only to see whether it was the same. */
static uint32_t hash_of(uint32_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    return hash;
}

static bool was_said(struct tray *tray, const char *title, const char *body)
{
    const uint32_t hash = hash_of(hash_of(2166136261U, title), body);
    const ULONGLONG now = GetTickCount64();

    for (size_t i = 0; i < TRAY_SAID_MAX; i++) {
        if (tray->said[i].hash == hash && tray->said[i].at_ms + TWICE_MS > now)
            return true;
    }
    tray->said[tray->said_next] = (struct tray_said){ hash, now };
    tray->said_next = (tray->said_next + 1) % TRAY_SAID_MAX;
    return false;
}

static void say(struct tray *tray, bool serious, const char *title, const char *body,
                const char *url)
{
    if (was_said(tray, title, body))
        return;
    snprintf(tray->page, sizeof(tray->page), "%s", desktop_may_open(url) ? url : "");
    tray_icon_balloon(&tray->icon, title, body, serious);
}

void tray_tell_event(struct tray *tray, const struct event *from)
{
    const struct desktop_can can = { .actions = 1 }; /* a click opens the page */
    char words[PLAIN_MAX] = "";
    const struct dcddns_event event = { .size = sizeof(event),
                                        .level = (uint32_t)from->level,
                                        .time_ms = from->wall_ms,
                                        .id = from->id,
                                        .profile = "",
                                        .record = from->record,
                                        .message = words,
                                        .source = from->source,
                                        .url = from->url,
                                        .before = from->before,
                                        .after = from->after };
    struct desktop_bubble *bubble = NULL;

    if (!desktop_is_shown(&event))
        return;
    bubble = mem_new(1, sizeof(*bubble));
    if (!bubble)
        return;
    plain_words(PLAIN_TRAY, from->message, words, sizeof(words));
    desktop_show(&event, &can, bubble);
    say(tray, bubble->urgency == DESKTOP_CRITICAL, bubble->title, bubble->body, bubble->url);
    mem_free(bubble);
}

void tray_tell_left(struct tray *tray)
{
    char words[TRAY_CELL_MAX] = "";

    tray_words_left(tray->left, words);
    say(tray, true, tray->left, words, "");
}

bool tray_tell_words(struct tray *tray, const COPYDATASTRUCT *data)
{
    const char *words[DESKTOP_TELL_WORDS] = { NULL };
    const char *at = data->lpData, *const end = at + data->cbData;
    char plain[PLAIN_MAX] = "";

    if (data->dwData != DESKTOP_TELL || data->cbData == 0 || data->cbData > DESKTOP_TELL_MAX ||
        end[-1] != '\0')
        return false;
    for (size_t i = 0; i < DESKTOP_TELL_WORDS; i++) {
        if (at >= end)
            return false;
        words[i] = at;
        at += strlen(at) + 1;
    }
    plain_words(PLAIN_TRAY, words[2], plain, sizeof(plain));
    say(tray, strcmp(words[0], "warning") == 0, words[1], plain, words[3]);
    return true;
}
