/* The daemon's life: lock, signals, reload, orderly end; see daemon.h. */
#include "engine/daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "engine/control.h"
#include "engine/event.h"
#include "engine/metrics.h"
#include "engine/summary.h"

static const char pid_name[] = "daemon.pid";
enum { STOP_GRACE_MS = 10 * 1000, PID_WIDTH = 20, LOCK_TRIES = 10, LOCK_WAIT_MS = 30 };
enum { CONTROL_AGAIN_MS = 60 * 1000 };

struct daemon {
    struct runtime *rt;
    struct control *control; /* NULL: none; it stays when the engine changes */
    char *control_path;      /* where it is, or will be: see retry_control(); NULL: none wanted */
    int64_t control_again_ms;
    uint32_t uid, gid; /* of the state */
    struct control_desk desk;
    char *state_dir;           /* its real path */
    char *control_given;       /* control-socket as it was at the start, or NULL */
    struct net_watch *signals; /* on the present engine's loop */
    int signal_fd;
    bool stop, reload, check;
    int64_t watchdog_ms, fed_ms;
    struct tally tally; /* of the day, over reloads */
    struct metrics_file metrics;
    struct engine_counts ended; /* of the engine before, with what it finished at its end */
};

/* daemon_pid() of another process holds the lock for a moment. */
static int lock_soon(struct os_file *file)
{
    struct os_gate *gate = os_gate_new();
    int ready = 0;
    int rc = os.lock(file);

    for (int i = 1; rc == -EAGAIN && gate && i < LOCK_TRIES; i++) {
        os_gate_wait(gate, UINTPTR_MAX, 0, LOCK_WAIT_MS, &ready);
        rc = os.lock(file);
    }
    os_gate_free(&gate);
    return rc;
}

/* The lock is the file's, its content is only for people and for `setup`. */
static struct os_file *take_lock(struct os_dir *dir, struct error *err)
{
    struct os_file *file = NULL;
    char line[PID_WIDTH + 2] = "";

    int rc = os.open(dir, pid_name, OS_LOCK, &file);
    if (rc == 0)
        rc = lock_soon(file);
    if (rc == 0) {
        snprintf(line, sizeof(line), "%-*lld\n", PID_WIDTH, (long long)os_pid());
        rc = os_write_all(file, line, strlen(line));
    }
    if (rc == 0)
        return file;
    if (rc == -EAGAIN)
        error_set(err, ERR_LOCAL, "a daemon already runs on %s (process %lld)", os_dir_path(dir),
                  (long long)daemon_pid(os_dir_path(dir)));
    else
        error_set(err, ERR_LOCAL, "%s/%s: %s", os_dir_path(dir), pid_name, os_strerror(rc));
    if (file)
        os.close(file);
    return NULL;
}

static int64_t read_pid(struct os_dir *dir)
{
    char *text = NULL;
    size_t len = 0;
    int64_t pid = 0;

    if (os_read_file(dir, pid_name, 64, &text, &len, NULL) < 0)
        return 0;
    text[strcspn(text, " \n")] = '\0';
    if (!text_int(text, 1, INT32_MAX, &pid))
        pid = 0;
    mem_free(text);
    return pid;
}

int64_t daemon_pid(const char *state_dir)
{
    struct error ignored = { 0 };
    struct os_file *file = NULL;
    struct os_dir *dir = os_dir_open(state_dir, 0, &ignored);
    int64_t pid = 0;

    if (!dir)
        return 0;
    if (os.open(dir, pid_name, OS_READ, &file) == 0) {
        if (os.lock(file) == -EAGAIN)
            pid = read_pid(dir);
        os.close(file);
    }
    os_dir_close(&dir);
    return pid;
}

bool daemon_died(const char *state_dir)
{
    struct error ignored = { 0 };
    struct os_dir *dir = os_dir_open(state_dir, 0, &ignored);
    bool died = dir && read_pid(dir) > 0 && daemon_pid(state_dir) == 0;

    os_dir_close(&dir);
    return died;
}

/* A number that is left in the file means that nobody could take it out: see daemon_died(). */
static void give_lock_back(struct os_file *lock)
{
    char line[PID_WIDTH + 2] = "";

    if (!lock)
        return;
    snprintf(line, sizeof(line), "%-*s\n", PID_WIDTH, "");
    int rc = os.seek_start(lock);
    if (rc == 0)
        rc = os_write_all(lock, line, strlen(line));
    if (rc < 0)
        log_debug("%s: %s", pid_name, os_strerror(rc));
    os.close(lock);
}

int daemon_tell(const char *state_dir, int64_t *pid)
{
    struct error ignored = { 0 };
    struct os_dir *dir = os_dir_open(state_dir, 0, &ignored);
    uint32_t uid = 0, gid = 0;
    int rc = -ESRCH;

    *pid = daemon_pid(state_dir);
    if (dir && *pid > 0) {
        /* Its owner wrote the number: he must not make root signal another user's process. */
        os_dir_owner(dir, &uid, &gid);
        rc = os_signal_reload(*pid, uid);
    }
    os_dir_close(&dir);
    return rc;
}

/* Root serves whom the state belongs to, with no more rights than he has. */
static int become_owner(const struct os_dir *dir, struct error *err)
{
    uint32_t uid = 0, gid = 0;
    char advice[OS_ADVICE_MAX] = "";

    os_dir_owner(dir, &uid, &gid);
    if (!os_is_root())
        return 0;
    if (uid != 0)
        return os_drop_privileges(uid, gid, err);
    log_warn("runs as %s; %s", os_root_name(), os_advice(OS_ADVICE_LESS, os_dir_path(dir), advice));
    return 0;
}

static void tell_control(void *ctx, const struct event *event)
{
    struct daemon *d = ctx;
    if (d->control)
        control_tell(d->control, event);
}

static bool listen_at(struct daemon *d, struct error *err)
{
    d->control = control_open(d->control_path, d->uid, d->gid, err);
    d->control_again_ms = os.boot_ms() + CONTROL_AGAIN_MS;
    control_serve(d->control, &d->desk);
    return d->control != NULL;
}

/* Without it addresses are still published: no reason not to start.  Root opens it while he may
 * still write to the place. */
static void open_control(struct daemon *d, const struct os_dir *state)
{
    struct error err = { 0 };

    if (daemon_pid(d->rt->state_dir) > 0)
        return; /* take_lock() says it */
    os_dir_owner(state, &d->uid, &d->gid);
    d->control_given = mem_strdup(d->rt->config->control_socket);
    d->control_path = control_path(d->rt->config, d->rt->state_dir);
    if (!d->control_path)
        return;
    d->state_dir = os_real_path(d->rt->state_dir);
    d->desk = (struct control_desk){ .state_dir = d->state_dir ? d->state_dir : d->rt->state_dir,
                                     .since_wall_ms = os.wall_ms() };
    d->rt->tap = tell_control;
    d->rt->tap_ctx = d;
    if (!listen_at(d, &err))
        log_warn("no control socket: %s; see control-socket in dcddns.conf(5); tried again every "
                 "minute",
                 err.text);
}

/* Who is in the way may be gone: nobody else shall decide for good that there is none. */
static void retry_control(struct daemon *d)
{
    struct error ignored = { 0 };

    if (d->control || !d->control_path || os.boot_ms() < d->control_again_ms)
        return;
    if (!listen_at(d, &ignored))
        return;
    control_attach(d->control, engine_net(d->rt->engine));
    log_notice("control socket: %s can be used now", d->control_path);
}

static void close_control(struct daemon *d)
{
    d->rt->tap = NULL;
    control_close(&d->control);
    mem_free(d->control_path);
    mem_free(d->control_given);
    mem_free(d->state_dir);
}

/* Programs that are connected would be lost. */
static void keep_control(const struct daemon *d)
{
    const char *before = d->control_given ? d->control_given : "";
    const char *now = d->rt->config->control_socket ? d->rt->config->control_socket : "";
    if (strcmp(before, now) != 0)
        log_warn("control-socket stays what it was until the daemon is restarted");
}

static void on_signal(void *ctx, int fd, int ready)
{
    struct daemon *d = ctx;
    (void)fd;
    (void)ready;
    for (enum os_signal s = os_signals_next(); s != OS_SIGNAL_NONE; s = os_signals_next()) {
        d->stop = d->stop || s == OS_SIGNAL_STOP;
        d->reload = d->reload || s == OS_SIGNAL_RELOAD;
        d->check = d->check || s == OS_SIGNAL_CHECK;
    }
}

static int begin(struct daemon *d, struct error *err)
{
    struct engine *e = d->rt->engine;
    d->signals = net_watch_add(engine_net(e), d->signal_fd, DCDDNS_READ, on_signal, d);
    if (!d->signals)
        return error_set(err, ERR_LOCAL, "out of memory");
    control_attach(d->control, engine_net(e));
    if (engine_start(e, err) < 0)
        return -1;
    engine_schedule_all(e);
    d->desk.engine = e;
    d->desk.generation++;
    return 0;
}

static void log_errors(const struct config_errors *errors)
{
    const char *at = buf_text(&errors->text);
    while (*at) {
        size_t len = strcspn(at, "\n");
        log_error("%.*s", (int)len, at);
        at += len + (at[len] == '\n');
    }
}

static int reload(struct daemon *d, struct error *err)
{
    struct config_errors errors = { 0 };

    d->reload = false;
    os_service_notify("RELOADING=1");
    control_attach(d->control, NULL);
    d->desk.engine = NULL;
    if (runtime_reload(d->rt, STOP_GRACE_MS, &errors) < 0) {
        log_errors(&errors);
        control_attach(d->control, engine_net(d->rt->engine));
        d->desk.engine = d->rt->engine;
        engine_say(d->rt->engine, EVENT_REJECTED, DCDDNS_LOG_ERROR,
                   "the new configuration has %d error%s and is not used; the old one stays; see: "
                   "dcddns check-config",
                   errors.count, errors.count == 1 ? "" : "s");
    } else {
        if (begin(d, err) < 0)
            return -1;
        metrics_file_begin(&d->metrics, d->rt->engine, &d->ended);
        keep_control(d);
        engine_say(d->rt->engine, EVENT_RELOADED, DCDDNS_LOG_NOTICE,
                   "configuration reloaded: %zu host%s", d->rt->config->host_count,
                   d->rt->config->host_count == 1 ? "" : "s");
    }
    os_service_notify("READY=1");
    control_reloaded(d->control, errors.count > 0 ? &errors : NULL);
    config_errors_free(&errors);
    return 0;
}

/* Fed by the loop after real progress only, so that a hang is noticed. */
static void feed_watchdog(struct daemon *d)
{
    int64_t now = os.boot_ms();
    if (d->watchdog_ms == 0 || now - d->fed_ms < d->watchdog_ms / 2)
        return;
    os_service_notify("WATCHDOG=1");
    d->fed_ms = now;
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int64_t longest_wait(const struct daemon *d)
{
    const int64_t watchdog = d->watchdog_ms > 0 ? d->watchdog_ms / 2 : -1;
    const int64_t metrics = metrics_file_wait(&d->metrics, d->rt->engine);
    const int64_t left = d->control_again_ms - os.boot_ms();
    const int64_t control = d->control || !d->control_path ? -1 : left > 0 ? left : 0;
    return sooner(control, sooner(watchdog, metrics));
}

static int loop(struct daemon *d, struct error *err)
{
    while (!d->stop) {
        engine_turn(d->rt->engine, longest_wait(d));
        feed_watchdog(d);
        metrics_file_turn(&d->metrics, d->rt->engine);
        retry_control(d);
        control_turn(d->control);
        d->reload = d->reload || d->desk.reload;
        if (d->check)
            engine_check_now(d->rt->engine);
        d->check = false;
        if (d->reload && !d->stop && reload(d, err) < 0)
            return -1;
    }
    return 0;
}

int daemon_run(struct runtime *rt, struct error *err)
{
    struct daemon d = { .rt = rt,
                        .watchdog_ms = os_service_watchdog_ms(),
                        .metrics.since_wall_ms = os.wall_ms() };
    struct os_dir *dir = os_dir_open(rt->state_dir, OS_DIR_MAKE | OS_DIR_PRIVATE, err);
    struct os_file *lock = NULL;
    int rc = -1;

    if (!dir)
        goto done;
    open_control(&d, dir);
    rt->tally = &d.tally;
    rt->ended = &d.ended;
    if (become_owner(dir, err) < 0)
        goto done;
    lock = take_lock(dir, err);
    if (!lock)
        goto done;
    d.signal_fd = os_signals_open();
    if (d.signal_fd < 0) {
        error_set(err, ERR_LOCAL, "cannot catch signals: %s", os_strerror(d.signal_fd));
        goto done;
    }
    if (runtime_build(rt, err) < 0 || begin(&d, err) < 0)
        goto done;
    metrics_file_begin(&d.metrics, rt->engine, NULL);
    os_service_notify("READY=1");
    engine_say(rt->engine, EVENT_STARTED, DCDDNS_LOG_NOTICE, "dcddns %s started, %zu host%s",
               DCDDNS_VERSION, rt->config->host_count, rt->config->host_count == 1 ? "" : "s");
    rc = loop(&d, err);
    os_service_notify("STOPPING=1");
    if (rc == 0)
        engine_say(rt->engine, EVENT_STOPPING, DCDDNS_LOG_NOTICE, "dcddns stops");
done:
    control_attach(d.control, NULL);
    d.desk.engine = NULL;
    if (rt->engine)
        engine_finish(rt->engine, STOP_GRACE_MS);
    metrics_file_end(&d.metrics, rt->engine); /* with what was in flight */
    runtime_unbuild(rt, STOP_GRACE_MS);
    rt->tally = NULL;
    rt->ended = NULL;
    close_control(&d);
    os_signals_close();
    give_lock_back(lock);
    os_dir_close(&dir);
    return rc;
}
