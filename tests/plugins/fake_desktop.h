/* A session for the tests of the module `desktop`: a message bus of our own, and on it a
 * notification server and a portal that note what is asked of them and do what the test says. */
#ifndef DCDDNS_TESTS_FAKE_DESKTOP_H
#define DCDDNS_TESTS_FAKE_DESKTOP_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>

#include "../unit/temp_dir.h"

enum { SHOWN_MAX = 16 };
struct shown {
    char app[32], icon[64], title[512], body[2048], actions[256], category[32];
    uint32_t replaces, id;
    int urgency, timeout;
};

static pid_t bus_process;
static char bus_file[100], opened_file[128];

static pthread_t server_thread;
static atomic_bool server_stop, server_up;
static atomic_bool server_hangs, server_refuses, server_plain, portal_there;
static atomic_bool portal_hangs, portal_refuses;
static atomic_int click_id; /* > 0: that bubble is clicked; negative: it is closed */
static pthread_mutex_t server_lock = PTHREAD_MUTEX_INITIALIZER;
static struct shown shown[SHOWN_MAX];
static size_t shown_count;
static uint32_t next_id;
static uint32_t closed_ids[SHOWN_MAX]; /* what we were asked to take from the screen */
static size_t closed_count;
static char portal_url[1100];

static inline int64_t real_ms(void)
{
    struct timespec now = { 0 };
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        int64_t await_end = real_ms() + 20000;                                                     \
        while (!(condition) && real_ms() < await_end)                                              \
            usleep(2000);                                                                          \
        assert_true(condition);                                                                    \
    } while (0)

/* -- the bus ---------------------------------------------------------------------------------- */

/* The file is there a moment before anybody listens. */
static inline bool bus_listens(void)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(to.sun_path, sizeof(to.sun_path), "%s", bus_file);
    bool listens = connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0;
    close(fd);
    return listens;
}

static inline void bus_start(void)
{
    char text[1024] = "";
    snprintf(text, sizeof(text),
             "<busconfig><type>session</type><listen>unix:path=%s</listen>"
             "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>"
             "<allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>\n",
             bus_file);
    temp_write("bus.conf", text, 0600);
    snprintf(text, sizeof(text), "--config-file=%s", temp_path("bus.conf"));
    unlink(bus_file);
    bus_process = fork();
    if (bus_process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when a test fails */
        (void)!freopen("/dev/null", "w", stderr);
        execlp("dbus-daemon", "dbus-daemon", "--nofork", "--nopidfile", text, (char *)NULL);
        _exit(127);
    }
    AWAIT(bus_listens() || waitpid(bus_process, NULL, WNOHANG) != 0);
}

static inline void bus_stop(void)
{
    if (bus_process <= 0)
        return;
    kill(bus_process, SIGKILL);
    waitpid(bus_process, NULL, 0);
    bus_process = 0;
}

/* -- the notification server and the portal --------------------------------------------------- */

static int server_caps(sd_bus_message *call, void *ctx, sd_bus_error *error)
{
    (void)ctx;
    (void)error;
    if (atomic_load(&server_plain))
        return sd_bus_reply_method_return(call, "as", 1, "body");
    return sd_bus_reply_method_return(call, "as", 3, "body", "body-markup", "actions");
}

static void read_actions(sd_bus_message *call, struct shown *s)
{
    const char *word = NULL;
    size_t len = 0;
    sd_bus_message_enter_container(call, 'a', "s");
    while (sd_bus_message_read(call, "s", &word) > 0)
        len += (size_t)snprintf(s->actions + len, sizeof(s->actions) - len, "%s|", word);
    sd_bus_message_exit_container(call);
}

static void read_hints(sd_bus_message *call, struct shown *s)
{
    const char *name = NULL, *text = NULL;
    unsigned char byte = 0;
    sd_bus_message_enter_container(call, 'a', "{sv}");
    while (sd_bus_message_enter_container(call, 'e', "sv") > 0) {
        sd_bus_message_read(call, "s", &name);
        if (strcmp(name, "urgency") == 0 && sd_bus_message_read(call, "v", "y", &byte) >= 0)
            s->urgency = byte;
        else if (strcmp(name, "category") == 0 && sd_bus_message_read(call, "v", "s", &text) >= 0)
            snprintf(s->category, sizeof(s->category), "%s", text);
        sd_bus_message_exit_container(call);
    }
    sd_bus_message_exit_container(call);
}

static int server_notify(sd_bus_message *call, void *ctx, sd_bus_error *error)
{
    const char *app = NULL, *icon = NULL, *title = NULL, *body = NULL;
    struct shown s = { .urgency = -1 };
    (void)ctx;
    if (atomic_load(&server_hangs))
        return 1; /* taken, and never answered */
    if (atomic_load(&server_refuses))
        return sd_bus_error_set(error, "org.example.No", "the screen is full");
    sd_bus_message_read(call, "susss", &app, &s.replaces, &icon, &title, &body);
    snprintf(s.app, sizeof(s.app), "%s", app);
    snprintf(s.icon, sizeof(s.icon), "%s", icon);
    snprintf(s.title, sizeof(s.title), "%s", title);
    snprintf(s.body, sizeof(s.body), "%s", body);
    read_actions(call, &s);
    read_hints(call, &s);
    sd_bus_message_read(call, "i", &s.timeout);
    pthread_mutex_lock(&server_lock);
    s.id = s.replaces ? s.replaces : ++next_id;
    if (shown_count < SHOWN_MAX)
        shown[shown_count++] = s;
    pthread_mutex_unlock(&server_lock);
    return sd_bus_reply_method_return(call, "u", s.id);
}

static int server_close(sd_bus_message *call, void *ctx, sd_bus_error *error)
{
    uint32_t id = 0;
    (void)ctx;
    (void)error;
    sd_bus_message_read(call, "u", &id);
    pthread_mutex_lock(&server_lock);
    if (closed_count < SHOWN_MAX)
        closed_ids[closed_count++] = id;
    pthread_mutex_unlock(&server_lock);
    sd_bus_emit_signal(sd_bus_message_get_bus(call), "/org/freedesktop/Notifications",
                       "org.freedesktop.Notifications", "NotificationClosed", "uu", id, 3U);
    return sd_bus_reply_method_return(call, "");
}

static int portal_open(sd_bus_message *call, void *ctx, sd_bus_error *error)
{
    const char *parent = NULL, *url = NULL;
    (void)ctx;
    if (atomic_load(&portal_refuses))
        return sd_bus_error_set(error, "org.example.No", "not here");
    sd_bus_message_read(call, "ss", &parent, &url);
    pthread_mutex_lock(&server_lock);
    snprintf(portal_url, sizeof(portal_url), "%s", url);
    pthread_mutex_unlock(&server_lock);
    if (atomic_load(&portal_hangs))
        return 1; /* the page is open, and that is never said */
    return sd_bus_reply_method_return(call, "o", "/org/freedesktop/portal/desktop/request/1/1");
}

static const sd_bus_vtable server_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("GetCapabilities", "", "as", server_caps, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Notify", "susssasa{sv}i", "u", server_notify, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("CloseNotification", "u", "", server_close, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};
static const sd_bus_vtable portal_table[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("OpenURI", "ssa{sv}", "o", portal_open, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

static void server_click(sd_bus *bus)
{
    int id = atomic_exchange(&click_id, 0);
    if (id > 0)
        sd_bus_emit_signal(bus, "/org/freedesktop/Notifications", "org.freedesktop.Notifications",
                           "ActionInvoked", "us", (uint32_t)id, "default");
    if (id < 0)
        sd_bus_emit_signal(bus, "/org/freedesktop/Notifications", "org.freedesktop.Notifications",
                           "NotificationClosed", "uu", (uint32_t)-id, 2U);
}

static void *server_run(void *arg)
{
    sd_bus *bus = NULL;
    bool well = sd_bus_open_user(&bus) >= 0;
    (void)arg;
    well =
        well && sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/Notifications",
                                         "org.freedesktop.Notifications", server_table, NULL) >= 0;
    well =
        well && sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/portal/desktop",
                                         "org.freedesktop.portal.OpenURI", portal_table, NULL) >= 0;
    if (well && atomic_load(&portal_there))
        well = sd_bus_request_name(bus, "org.freedesktop.portal.Desktop", 0) >= 0;
    well = well && sd_bus_request_name(bus, "org.freedesktop.Notifications", 0) >= 0;
    atomic_store(&server_up, well);
    while (well && !atomic_load(&server_stop)) {
        while (sd_bus_process(bus, NULL) > 0)
            ;
        server_click(bus);
        well = sd_bus_wait(bus, 5000) >= 0;
    }
    sd_bus_flush_close_unref(bus);
    return NULL;
}

static bool server_runs;

static inline void server_start(void)
{
    atomic_store(&server_stop, false);
    atomic_store(&server_up, false);
    assert_int_equal(pthread_create(&server_thread, NULL, server_run, NULL), 0);
    server_runs = true;
    AWAIT(atomic_load(&server_up));
}

static inline void server_end(void)
{
    if (!server_runs)
        return;
    atomic_store(&server_stop, true);
    pthread_join(server_thread, NULL);
    server_runs = false;
}

static inline struct shown last_shown(void)
{
    struct shown s = { 0 };
    pthread_mutex_lock(&server_lock);
    if (shown_count > 0)
        s = shown[shown_count - 1];
    pthread_mutex_unlock(&server_lock);
    return s;
}

static inline size_t times_shown(void)
{
    pthread_mutex_lock(&server_lock);
    size_t count = shown_count;
    pthread_mutex_unlock(&server_lock);
    return count;
}

/* How many were taken away; the last of them in ID. */
static inline size_t times_closed(uint32_t *id)
{
    pthread_mutex_lock(&server_lock);
    size_t count = closed_count;
    *id = count > 0 ? closed_ids[count - 1] : 0;
    pthread_mutex_unlock(&server_lock);
    return count;
}

/* -- what is opened --------------------------------------------------------------------------- */

/* The arguments of every xdg-open that ran, one a line; free() it. */
static inline char *opened(void)
{
    char *text = calloc(1, 4096);
    FILE *file = fopen(opened_file, "r");
    if (file) {
        (void)!fread(text, 1, 4095, file);
        fclose(file);
    }
    return text;
}

static inline bool was_opened(const char *lines)
{
    char *text = opened();
    bool same = strcmp(text, lines) == 0;
    free(text);
    return same;
}

static inline int session_up(void **state)
{
    char path[256] = "";
    if (temp_dir_make(state) != 0)
        return -1;
    snprintf(bus_file, sizeof(bus_file), "%s/bus", temp_dir);
    snprintf(opened_file, sizeof(opened_file), "%s/opened", temp_dir);
    snprintf(path, sizeof(path), "unix:path=%s", bus_file);
    setenv("DBUS_SESSION_BUS_ADDRESS", path, 1);
    snprintf(path, sizeof(path), "#!/bin/sh\nprintf '%%s\\n' \"$@\" >>%s\n", opened_file);
    temp_write("xdg-open", path, 0755);
    snprintf(path, sizeof(path), "%s:/usr/bin:/bin", temp_dir);
    setenv("PATH", path, 1);
    atomic_store(&server_hangs, false);
    atomic_store(&server_refuses, false);
    atomic_store(&server_plain, false);
    atomic_store(&portal_there, false);
    atomic_store(&portal_hangs, false);
    atomic_store(&portal_refuses, false);
    unsetenv("SYSTEMD_BUS_TIMEOUT");
    shown_count = closed_count = 0;
    next_id = 40;
    portal_url[0] = '\0';
    bus_start();
    server_start();
    return 0;
}

static inline int session_down(void **state)
{
    server_end();
    bus_stop();
    return temp_dir_remove(state);
}

#endif
