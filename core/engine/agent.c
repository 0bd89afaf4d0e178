/* The agent of a desktop session; see agent.h. */
#include "engine/agent.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "engine/build.h"
#include "engine/event.h"
#include "engine/feed.h"
#include "platform/os.h"

static const char lock_name[] = "agent.lock", socket_name[] = "control.sock";
enum { PLACES_MAX = 3 };

struct agent {
    struct net *net;
    struct net_watch *signals;
    struct instance **notifiers;
    size_t count;
    struct events *events;
    struct feed *feed;
    char *places[PLACES_MAX]; /* of control sockets, NULL-ended */
    bool stop;
};

int agent_lock(struct os_file **lock, bool *runs, struct error *err)
{
    char *folder = os_place(OS_PLACE_SESSION, NULL);
    if (!folder)
        folder = os_place(OS_PLACE_STATE, DCDDNS_STATE_DIR);
    struct os_dir *dir = folder ? os_dir_open(folder, OS_DIR_MAKE, err) : NULL;
    int rc = -1;

    *runs = false;
    *lock = NULL;
    if (!folder)
        error_set(err, ERR_LOCAL, "out of memory");
    mem_free(folder);
    if (!dir)
        return -1;
    rc = os.open(dir, lock_name, OS_LOCK, lock);
    if (rc == 0)
        rc = os.lock(*lock);
    *runs = rc == -EAGAIN;
    if (rc < 0)
        error_set(err, ERR_LOCAL, "%s/%s: %s", os_dir_path(dir), lock_name, os_strerror(rc));
    if (rc < 0 && *lock)
        os.close(*lock);
    os_dir_close(&dir);
    return rc < 0 ? -1 : 0;
}

static char *socket_in(char *folder)
{
    struct buf path = BUF_MAX(4096);
    if (folder)
        buf_printf(&path, "%s/%s", folder, socket_name);
    mem_free(folder);
    return folder ? buf_take(&path) : NULL;
}

/* As configured; else a daemon of this very user, then that of the system. */
static int find_places(struct agent *agent, const struct config *config, struct error *err)
{
    const char *given = config->control_socket;

    if (given && strcmp(given, "none") == 0)
        return error_set(err, ERR_CONFIG,
                         "control-socket is none, but the agent lives of it; name "
                         "the daemon's");
    if (given) {
        agent->places[0] = mem_strdup(given);
    } else {
        agent->places[0] = socket_in(os_place(OS_PLACE_RUNTIME, DCDDNS_RUN_DIR));
        agent->places[1] = socket_in(mem_strdup(DCDDNS_RUN_DIR));
    }
    return agent->places[0] ? 0 : error_set(err, ERR_LOCAL, "out of memory");
}

static int make_notifiers(struct agent *agent, const struct agent_options *options,
                          struct error *err)
{
    const struct config_list *names = &options->config->notifiers;
    const struct instance_env env = { .net = agent->net };

    if (names->count == 0)
        return error_set(err, ERR_CONFIG, "notifiers is none: there is nobody to tell");
    agent->notifiers = mem_new(names->count, sizeof(struct instance *));
    if (!agent->notifiers)
        return error_set(err, ERR_LOCAL, "out of memory");
    for (size_t i = 0; i < names->count; i++) {
        const struct config_instance *from =
            config_find_instance(options->config, DCDDNS_KIND_NOTIFIER, names->items[i]);
        agent->notifiers[i] = from ? build_instance(from, options->modules, &env, err) : NULL;
        if (!agent->notifiers[i])
            return -1;
        agent->count++;
    }
    return 0;
}

static int start_events(struct agent *agent, const struct config *config, struct error *err)
{
    agent->events = events_new(agent->notifiers, agent->count, err);
    if (!agent->events)
        return -1;
    for (size_t i = 0; i < agent->count; i++)
        events_want(
            agent->events, i,
            &config_find_instance(config, DCDDNS_KIND_NOTIFIER, instance_name(agent->notifiers[i]))
                 ->filter);
    events_log_too(agent->events, false); /* the daemon's log has them */
    events_time_by(agent->events, agent->net);
    return 0;
}

static void on_signal(void *ctx, int fd, int ready)
{
    struct agent *agent = ctx;
    (void)fd;
    (void)ready;
    for (enum os_signal s = os_signals_next(); s != OS_SIGNAL_NONE; s = os_signals_next())
        agent->stop = agent->stop || s == OS_SIGNAL_STOP || s == OS_SIGNAL_RELOAD;
}

static void on_event(void *ctx, const struct event *event)
{
    const struct agent *agent = ctx;
    if (!agent->stop) /* at the end the queues go one by one, while the loop still turns */
        events_send(agent->events, event);
}

static int begin(struct agent *agent, const struct agent_options *options, struct error *err)
{
    const struct net_options net = { .ca_file = options->config->ca_file };

    if (find_places(agent, options->config, err) < 0)
        return -1;
    agent->net = net_new(&net, err);
    if (!agent->net || make_notifiers(agent, options, err) < 0)
        return -1;
    if (start_events(agent, options->config, err) < 0)
        return -1;
    int fd = os_signals_open();
    if (fd >= 0)
        agent->signals = net_watch_add(agent->net, fd, DCDDNS_READ, on_signal, agent);
    if (agent->signals)
        agent->feed = feed_open(agent->net, (const char *const *)agent->places, on_event, agent);
    return agent->feed ? 0 : error_set(err, ERR_LOCAL, "out of memory");
}

/* A notifier that hangs is left to itself, with what it may touch: the process ends now. */
static void end(struct agent *agent)
{
    if (!events_free(&agent->events, agent->net, 0))
        return;
    feed_close(&agent->feed); /* owns the ids of events, so it goes after their queue */
    for (size_t i = 0; i < agent->count; i++)
        instance_free(&agent->notifiers[i]);
    mem_free(agent->notifiers);
    if (agent->net)
        net_free(&agent->net);
    for (size_t i = 0; i < PLACES_MAX; i++)
        mem_free(agent->places[i]);
}

int agent_run(const struct agent_options *options, struct error *err)
{
    struct agent agent = { 0 };
    int rc = begin(&agent, options, err);

    while (rc == 0 && !agent.stop)
        net_turn(agent.net, -1);
    end(&agent);
    os_signals_close();
    return rc;
}
