/* For the tests of the control socket: a loop, a socket below a scratch directory, and clients that
 * speak raw lines. */
#ifndef DCDDNS_TESTS_CONTROL_RIG_H
#define DCDDNS_TESTS_CONTROL_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/json.h"
#include "base/log.h"
#include "engine/control.h"
#include "platform/os.h"
#include "temp_dir.h"

#define EVENTS "{\"v\":1,\"do\":\"events\"}\n"

static struct net *net;
static struct control *control;
static char logged[8][600];
static int log_count;

static void keep_log(void *ctx, int level, const char *line)
{
    (void)ctx;
    (void)level;
    snprintf(logged[log_count++ % 8], sizeof(logged[0]), "%s", line);
}

static inline bool was_logged(const char *part)
{
    for (int i = 0; i < 8; i++) {
        if (strstr(logged[i], part))
            return true;
    }
    return false;
}

static inline void control_up(void)
{
    struct error err = { 0 };
    control = control_open(temp_path("control.sock"), 0, 0, &err);
    if (!control)
        fail_msg("%s", err.text);
    control_attach(control, net);
}

static inline int rig_up(void **state)
{
    if (temp_dir_make(state) != 0)
        return -1;
    memset(logged, 0, sizeof(logged));
    log_count = 0;
    log_to(keep_log, NULL);
    log_set_level(DCDDNS_LOG_DEBUG);
    net = net_new(NULL, NULL);
    return net ? 0 : -1;
}

static inline int rig_down(void **state)
{
    control_close(&control);
    net_free(&net);
    return temp_dir_remove(state);
}

/* Lets the loop do what is due. */
static inline void turn(int times)
{
    for (int i = 0; i < times; i++)
        net_turn(net, 2);
}

static inline int client_new(const char *path)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
        fail_msg("connect: %s", strerror(errno));
    return fd;
}

static inline void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
    turn(3);
}

/* The next line without its end; the loop turns meanwhile.  False: the connection ended. */
static inline bool hear(int fd, char *line, size_t cap)
{
    size_t len = 0;
    for (int waits = 0; waits < 2000;) {
        char c = 0;
        ssize_t got = recv(fd, &c, 1, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            return false;
        if (got < 0) {
            net_turn(net, 2);
            waits++;
            continue;
        }
        if (c == '\n') {
            line[len] = '\0';
            return true;
        }
        assert_true(len + 1 < cap);
        line[len++] = c;
    }
    fail_msg("no line came");
    return false;
}

static inline bool is_closed(int fd)
{
    char line[8192];
    return !hear(fd, line, sizeof(line));
}

static inline void expect_line(int fd, const char *want)
{
    char line[8192] = "";
    assert_true(hear(fd, line, sizeof(line)));
    assert_string_equal(line, want);
}

static inline int follower(void)
{
    int fd = client_new(temp_path("control.sock"));
    say(fd, EVENTS);
    expect_line(fd, "{\"v\":1,\"ok\":true,\"version\":\"" DCDDNS_VERSION "\"}");
    return fd;
}

static inline void tell(int number)
{
    struct event event = { .id = EVENT_APPLIED,
                           .level = DCDDNS_LOG_NOTICE,
                           .record = "home.example.com",
                           .wall_ms = 1700000000123 };
    snprintf(event.message, sizeof(event.message), "%d", number);
    control_tell(control, &event);
}

#endif
