/* For the tests of requests that the engine answers: a control socket on the engine of
 * engine_world.h, raw clients, and a daemon's loop around both. */
#ifndef DCDDNS_TESTS_SOCKET_RIG_H
#define DCDDNS_TESTS_SOCKET_RIG_H

#include "engine_world.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "base/json.h"
#include "engine/control.h"

enum { ANSWER_MAX = 65536 };

static struct control *control;
static struct control_desk desk;
static char socket_path[100];

static inline void socket_up(void)
{
    struct error err = { 0 };
    snprintf(socket_path, sizeof(socket_path), "%s/control.sock", rig_path);
    control = control_open(socket_path, 0, 0, &err);
    if (!control)
        fail_msg("%s", err.text);
    control_attach(control, engine_net(engine));
    desk = (struct control_desk){
        .generation = 1, .engine = engine, .state_dir = rig_path, .since_wall_ms = rig_wall_ms()
    };
    control_serve(control, &desk);
}

static inline void socket_down(void)
{
    control_attach(control, NULL);
    control_close(&control);
}

static inline int client_new(void)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(to.sun_path, sizeof(to.sun_path), "%s", socket_path);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

/* One turn of a daemon's loop. */
static inline void turn(void)
{
    engine_turn(engine, rig_asking(engine_net(engine)) ? 20 : 0);
    control_turn(control);
}

static inline void turns(int count)
{
    for (int i = 0; i < count; i++)
        turn();
}

/* Time passes to whatever is due next, when nothing can happen now. */
static inline void move_on(void)
{
    int64_t next = world_next();
    if (!rig_asking(engine_net(engine)) && next > rig_boot_ms() && next < rig_boot_ms() + MINUTE)
        rig_pass(next - rig_boot_ms());
}

static inline void say(int fd, const char *line)
{
    assert_int_equal(send(fd, line, strlen(line), MSG_NOSIGNAL), strlen(line));
    turns(3);
}

/* The next line that is there now; false: none. */
static inline bool heard(int fd, char line[ANSWER_MAX])
{
    static char kept[ANSWER_MAX];
    ssize_t got = recv(fd, kept, sizeof(kept), MSG_PEEK);
    char *end = got > 0 ? memchr(kept, '\n', (size_t)got) : NULL;
    if (!end)
        return false;
    size_t len = (size_t)(end - kept);
    assert_int_equal(recv(fd, line, len + 1, 0), len + 1);
    line[len] = '\0';
    return true;
}

/* The answer, parsed; time passes until it comes.  json_free() it. */
static inline struct json *hear(int fd)
{
    static char line[ANSWER_MAX];
    for (int i = 0; i < 3000; i++) {
        if (heard(fd, line)) {
            struct json *json = json_parse(line, strlen(line));
            assert_non_null(json);
            return json;
        }
        turn();
        if (i % 10 == 9)
            move_on();
    }
    fail_msg("no answer came");
    return NULL;
}

static inline const struct json *result_of(const struct json *answer, size_t index)
{
    const struct json *at = json_first(json_get(answer, "results"));
    for (; at && index > 0; index--)
        at = json_next(at);
    assert_non_null(at);
    return at;
}

#endif
