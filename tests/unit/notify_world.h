/* For the tests of what is told: an engine whose lines of the log and notifications are counted. */
#ifndef DCDDNS_TESTS_NOTIFY_WORLD_H
#define DCDDNS_TESTS_NOTIFY_WORLD_H

#include "engine_world.h"

enum { LINES = 400 };

static int apply_status;
static char lines[LINES][600];
static int line_count; /* above debug */
static pthread_mutex_t lines_mutex = PTHREAD_MUTEX_INITIALIZER;

static void keep_line(void *ctx, int level, const char *line)
{
    (void)ctx;
    rig_log(NULL, level, line);
    pthread_mutex_lock(&lines_mutex);
    if (line_count < LINES)
        snprintf(lines[line_count], sizeof(lines[0]), "%s", line);
    line_count++;
    pthread_mutex_unlock(&lines_mutex);
}

static inline int lines_with(const char *part)
{
    int found = 0;
    pthread_mutex_lock(&lines_mutex);
    for (int i = 0; i < line_count && i < LINES; i++)
        found += strstr(lines[i], part) ? 1 : 0;
    pthread_mutex_unlock(&lines_mutex);
    return found;
}

static void answer(const struct rig_request *r, struct http_answer *out)
{
    if (rig_is_token(r))
        rig_reply(out, 200, GRANTED("a2-access", "r2-refresh"));
    else
        rig_reply(out, apply_status, "");
}

static inline int notify_set_up(void **state)
{
    int rc = world_set_up(state);
    rig_http.handle = answer;
    apply_status = 200;
    line_count = 0;
    log_to(keep_line, NULL);
    world_grant(ID, "dynamicdns-v2");
    return rc;
}

static inline void both_say(enum rig_mode mode, const char *v4, const char *v6)
{
    rig_set(0, mode, v4, v6);
    rig_set(1, mode, v4, v6);
}

static inline void forget(void)
{
    pthread_mutex_lock(&rig_mutex);
    rig_event_count = 0;
    pthread_mutex_unlock(&rig_mutex);
    line_count = 0;
}

static inline int told(const char *id)
{
    return rig_events_of(id, NULL);
}

static inline int told_to(const char *notifier)
{
    int count = 0;
    pthread_mutex_lock(&rig_mutex);
    for (int i = 0; i < rig_event_count && i < RIG_EVENTS; i++)
        count += strcmp(rig_events[i].to, notifier) == 0;
    pthread_mutex_unlock(&rig_mutex);
    return count;
}

#define ALONE(test) cmocka_unit_test_setup_teardown(test, notify_set_up, world_tear_down)

#endif
