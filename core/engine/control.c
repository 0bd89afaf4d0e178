/* The control socket: its listener and its clients; see control.h. */
#include "engine/control.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "engine/control_inside.h"
#include "platform/os.h"

enum { PAUSE_MS = 1000 };

struct control {
    struct os_listener *listener;
    struct net *net;
    struct net_watch *watch;
    struct control_desk *desk;
    struct net_timer *pause; /* no descriptors are left: nothing is accepted for a moment */
    struct control_client clients[CONTROL_CLIENTS_MAX];
};

static const char full[] =
    "{\"v\":1,\"ok\":false,\"error\":\"too many programs are connected to the daemon already\"}\n";

char *control_path(const struct config *config, const char *state_dir)
{
    const char *given = config->control_socket;
    struct buf path = BUF_MAX(4096);

    if (given)
        return strcmp(given, "none") == 0 ? NULL : mem_strdup(given);
    bool system = os_is_root() || os_path_can_write(DCDDNS_RUN_DIR) == 0;
    char *folder = os_place(OS_PLACE_RUNTIME, system ? DCDDNS_RUN_DIR : state_dir);
    if (folder)
        buf_printf(&path, "%s/control.sock", folder);
    mem_free(folder);
    return folder ? buf_take(&path) : NULL;
}

struct net *control_net(const struct control *control)
{
    return control->net;
}

struct control_desk *control_desk_of(const struct control *control)
{
    return control->desk;
}

void control_serve(struct control *control, struct control_desk *desk)
{
    if (control)
        control->desk = desk;
}

/* It waits for nothing, reads nothing more, and has asked nothing by halves. */
static bool is_silent(const struct control_client *client)
{
    return !client->follows && !client->task && client->sent >= client->out.len &&
           client->in.len == 0;
}

/* When all places are taken, one that waits for nothing makes room. */
static void make_room(struct control *control)
{
    struct control_client *silent = NULL;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct control_client *client = &control->clients[i];
        if (client->fd < 0)
            return;
        silent = !silent && is_silent(client) ? client : silent;
    }
    if (silent)
        control_client_end(silent);
}

static void admit(struct control *control, int fd, const struct os_peer *peer)
{
    make_room(control);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct control_client *client = &control->clients[i];
        if (client->fd >= 0)
            continue;
        log_debug("control socket: user %u connected (process %lld)", (unsigned)peer->uid,
                  (long long)peer->pid);
        control_client_begin(client, control, fd, peer);
        control_client_wait(client, control->net);
        return;
    }
    log_warn("control socket: user %u is turned away, %d programs are connected already",
             (unsigned)peer->uid, CONTROL_CLIENTS_MAX);
    (void)os_local_write(fd, full, sizeof(full) - 1);
    os_local_close(fd);
}

static void listen_again(void *ctx);

static void on_knock(void *ctx, int fd, int ready)
{
    struct control *control = ctx;
    struct os_peer peer = { 0 };
    (void)fd;
    (void)ready;

    int rc = os_listener_accept(control->listener, &peer);
    if (rc >= 0)
        admit(control, rc, &peer);
    if (rc >= 0 || rc == -EAGAIN || rc == -EINTR || rc == -ECONNABORTED)
        return;
    /* The knock stays, so waiting for it would be a busy loop. */
    log_warn("control socket: a program cannot be let in: %s", os_strerror(rc));
    net_watch_remove(control->net, &control->watch);
    control->pause = net_timer_add(control->net, os.boot_ms() + PAUSE_MS, listen_again, control);
}

static void listen_again(void *ctx)
{
    struct control *control = ctx;
    control->pause = NULL;
    control->watch = net_watch_add(control->net, os_listener_fd(control->listener), DCDDNS_READ,
                                   on_knock, control);
    if (!control->watch)
        log_warn("control socket: out of memory; nobody can connect before the next reload");
}

struct control *control_open(const char *path, uint32_t uid, uint32_t gid, struct error *err)
{
    struct control *control = mem_new(1, sizeof(*control));
    if (!control) {
        error_set(err, ERR_LOCAL, "out of memory");
        return NULL;
    }
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        control->clients[i].fd = -1;
    control->listener = os_listener_open(path, uid, gid, err);
    if (!control->listener)
        control_close(&control);
    return control;
}

static void detach(struct control *control)
{
    if (!control->net)
        return;
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        control_client_wait(&control->clients[i], NULL);
    net_watch_remove(control->net, &control->watch);
    net_timer_cancel(control->net, &control->pause);
    control->net = NULL;
}

void control_attach(struct control *control, struct net *net)
{
    if (!control)
        return;
    detach(control);
    control->net = net;
    if (!net)
        return;
    listen_again(control);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        if (control->clients[i].fd >= 0)
            control_client_wait(&control->clients[i], net);
    }
}

void control_tell(void *ctx, const struct event *event)
{
    struct control *control = ctx;
    struct control_line *line = NULL;

    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        struct control_client *client = &control->clients[i];
        if (client->fd < 0 || !client->follows)
            continue;
        if (!line)
            line = control_line_new(event);
        if (!line) {
            log_warn("control socket: event %s is not told: out of memory", event->id);
            return;
        }
        control_client_queue(client, line);
        control_client_send(client);
    }
    control_line_release(line);
}

void control_turn(struct control *control)
{
    for (size_t i = 0; control && i < CONTROL_CLIENTS_MAX; i++) {
        struct control_client *client = &control->clients[i];
        if (client->fd >= 0 && client->task && control_task_turn(client))
            control_client_go_on(client);
    }
}

void control_reloaded(struct control *control, const struct config_errors *errors)
{
    if (control && control->desk)
        control->desk->reload = false;
    for (size_t i = 0; control && i < CONTROL_CLIENTS_MAX; i++) {
        struct control_client *client = &control->clients[i];
        if (client->fd >= 0 && client->task && control_task_reloaded(client, errors))
            control_client_go_on(client);
    }
}

void control_close(struct control **control)
{
    struct control *c = *control;
    if (!c)
        return;
    detach(c);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        control_client_end(&c->clients[i]);
    os_listener_close(&c->listener);
    mem_free(c);
    *control = NULL;
}
