/* Plays of a notifier: events of every kind and length, many of them, and no time for one.  They
 * are marked as a rehearsal, since what a notifier sends with its own means does go out. */
#include <string.h>

#include "base/addr.h"
#include "base/mem.h"
#include "modules/rehearsal_inside.h"

enum {
    SHORT_MS = 1000,
    LONG_MS = 30000,
    CANCEL_MS = 200,
    EVENTS = 1000,
    EVENTS_MS = 5000,
    ROUNDS = 20
};

static const struct scene scene_silence = { .what = "", .silent = true };
static const struct scene scene_down = {
    .what = "",
    .fails = FAIL_HTTP | FAIL_RESOLVE | FAIL_RUN,
    .code = DCDDNS_E_TEMP,
    .reason = "rehearsal: the network is down",
};

static struct dcddns_event event_of(uint32_t level, const char *message)
{
    return (struct dcddns_event){ .size = sizeof(struct dcddns_event),
                                  .level = level,
                                  .time_ms = os.wall_ms(),
                                  .id = "rehearsal",
                                  .profile = "",
                                  .record = "",
                                  .message = message,
                                  .source = "",
                                  .url = "" };
}

/* One event; false when the instance is stuck. */
static bool tell(struct stage *stage, const struct dcddns_event *event, int64_t time_ms,
                 int64_t cancel_ms)
{
    struct job *job = job_run(stage, 0, event, time_ms, cancel_ms);
    if (!job)
        return false;
    stage_judge(stage, "notify()", job->code, DCDDNS_OK);
    mem_free(job);
    return true;
}

/* With a stage of its own, and as one check. */
static void tell_one(struct rehearsal *r, const struct scene *scene,
                     const struct dcddns_event *event, int64_t time_ms, int64_t cancel_ms)
{
    struct stage *stage = stage_new(r, scene, true);
    if (stage && tell(stage, event, time_ms, cancel_ms))
        stage_close(stage);
    check_end(r);
}

static void play_levels(struct rehearsal *r)
{
    struct stage *stage = NULL;

    check_begin(r, "notify(): every level, bare and with all there is");
    stage = stage_new(r, &scene_calm, true);
    for (uint32_t level = DCDDNS_LOG_ERROR; stage && level <= DCDDNS_LOG_DEBUG; level++) {
        struct dcddns_event event = event_of(level, "rehearsal of modules check: bare");
        if (!tell(stage, &event, SHORT_MS, -1))
            break;
        event.message = "rehearsal of modules check: with all there is";
        event.profile = "home.example.com";
        event.record = "home.example.com";
        event.source = "rehearsal";
        event.url = "https://rehearsal.invalid/consent?a=b&c=d";
        addr_parse("192.0.2.1", &event.before);
        addr_parse("2001:db8::1", &event.after);
        if (!tell(stage, &event, SHORT_MS, -1))
            break;
    }
    stage_close(stage);
    check_end(r);
}

static void play_texts(struct rehearsal *r)
{
    char message[8192] = "";
    struct dcddns_event event = event_of(DCDDNS_LOG_INFO, message);

    memset(message, 'x', sizeof(message) - 1);
    check_begin(r, "notify(): a message of %zu bytes", sizeof(message) - 1);
    tell_one(r, &scene_calm, &event, SHORT_MS, -1);
    if (r->stuck)
        return;
    event.message = "rehearsal: \xc3\xa4 \xe2\x82\xac \xf0\x9f\x8f\xa0 %s %n 100% \"'<&>";
    check_begin(r, "notify(): other than ASCII, and signs that mean something elsewhere");
    tell_one(r, &scene_calm, &event, SHORT_MS, -1);
}

static void play_time(struct rehearsal *r)
{
    const struct dcddns_event event = event_of(DCDDNS_LOG_INFO, "rehearsal of modules check: time");

    check_begin(r, "notify(): the time is over before it begins");
    tell_one(r, &scene_calm, &event, 0, -1);
    if (r->stuck)
        return;
    check_begin(r, "notify(): cancelled while it waits");
    tell_one(r, &scene_silence, &event, LONG_MS, CANCEL_MS);
    if (r->stuck)
        return;
    check_begin(r, "notify(): the network is down");
    tell_one(r, &scene_down, &event, SHORT_MS, -1);
}

static void play_many(struct rehearsal *r)
{
    const int64_t until = os.boot_ms() + EVENTS_MS;
    const struct dcddns_event event =
        event_of(DCDDNS_LOG_DEBUG, "rehearsal of modules check: many");
    int told = 0;

    check_begin(r, "notify(): %d events", EVENTS);
    struct stage *stage = stage_new(r, &scene_calm, true);
    while (stage && told < EVENTS && !r->failed && os.boot_ms() < until) {
        if (!tell(stage, &event, SHORT_MS, -1))
            break;
        told++;
    }
    if (!r->failed && stage && told < EVENTS)
        check_note(r,
                   "%d events took %d s; a queue of 64 waits for a notifier, older ones are "
                   "dropped",
                   told, EVENTS_MS / 1000);
    stage_close(stage);
    check_end(r);
}

static bool act(struct stage *stage, struct dcddns_call *call)
{
    const struct dcddns_event event =
        event_of(DCDDNS_LOG_DEBUG, "rehearsal of modules check: two at once");
    for (int i = 0; i < ROUNDS && play_remaining_ms(call) > 0; i++) {
        stage_enter(stage, call);
        stage->rehearsal->module->ops.notifier.notify(stage->self, call, &event);
        stage_leave(stage);
    }
    return true;
}

void play_notifier(struct rehearsal *r)
{
    play_time(r);
    if (!r->stuck)
        play_levels(r);
    if (!r->stuck)
        play_texts(r);
    if (!r->stuck)
        play_many(r);
    if (!r->stuck)
        play_race(r, act);
}
