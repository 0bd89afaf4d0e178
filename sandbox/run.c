/*
 * Starting all parts in order, waiting, and ending them in the opposite order. Must not know what
 * the parts do.
 */
#include "run.h"

#include "ca.h"
#include "control.h"
#include "dns_server.h"
#include "folder.h"
#include "http.h"
#include "listen.h"
#include "sandbox.h"
#include "stun.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Everything a run owns; the flags tell how far the start came. */
struct run {
    struct sandbox s;
    struct folder folder;
    struct ca ca;
    struct listeners https;
    struct dns_server dns;
    struct stun_server stun;
    struct control_server control;
    struct http *http;
    pthread_t threads[3];
    size_t thread_count;
};

static bool complain(const char *what)
{
    fprintf(stderr, "dcddns-sandbox: %s: %s\n", what, strerror(errno));
    return false;
}

/* Blocked before any thread starts, so that only wait_for_end gets them. */
static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static bool open_sockets(struct run *run, const struct run_args *args)
{
    bool ipv6 = listen_have_ipv6();
    run->s.ipv6 = ipv6;
    if (!ipv6) {
        fprintf(stderr, "dcddns-sandbox: ::1 is not available here; serving 127.0.0.1 only\n");
    }
    if (!listen_both_protocols(&run->dns.listeners, args->dns_port)) {
        return complain("cannot bind the DNS port on loopback");
    }
    if (!listen_both_families(&run->https, args->https_port, SOCK_STREAM, ipv6)) {
        return complain("cannot bind the HTTPS port on loopback");
    }
    if (!listen_both_families(&run->stun.listeners, args->stun_port, SOCK_DGRAM, ipv6)) {
        return complain("cannot bind the STUN port on loopback");
    }
    run->s.dns_port = run->dns.listeners.port;
    run->s.https_port = run->https.port;
    run->s.stun_port = run->stun.listeners.port;
    return true;
}

static bool start_thread(struct run *run, void *(*routine)(void *), void *arg)
{
    errno = pthread_create(&run->threads[run->thread_count], NULL, routine, arg);
    if (errno != 0) {
        return complain("cannot start a thread");
    }
    run->thread_count++;
    return true;
}

static bool start_control(struct run *run)
{
    char path[PATH_MAX];
    if (!folder_file(&run->folder, "ctl.sock", path)) {
        errno = ENAMETOOLONG;
        return complain("ctl.sock");
    }
    run->control.listener = control_listen(path);
    return run->control.listener >= 0 || complain(path);
}

static bool start_servers(struct run *run)
{
    run->http = http_start(&run->s, &run->https, run->ca.key, run->ca.certificate);
    if (!run->http) {
        return complain("cannot start the HTTPS server");
    }
    return start_thread(run, dns_server_run, &run->dns) &&
           start_thread(run, stun_server_run, &run->stun) &&
           start_thread(run, control_server_run, &run->control);
}

static bool start(struct run *run, const struct run_args *args)
{
    if (!ca_make(&run->ca)) {
        errno = EIO;
        return complain("cannot make certificates");
    }
    if (!open_sockets(run, args)) {
        return false;
    }
    if (!sandbox_fill(&run->s)) {
        return complain("cannot fill the zones");
    }
    if (!start_control(run) || !start_servers(run)) {
        return false;
    }
    if (!folder_write(&run->folder, "ca.pem", run->ca.ca_certificate) ||
        !folder_write_env(&run->folder, &run->s)) {
        return complain(run->folder.path);
    }
    return true;
}

static void greet(const struct run *run)
{
    const struct sandbox *s = &run->s;
    const char *dir = run->folder.path;
    printf("The sandbox is ready. It plays a Domain Connect DNS provider on this computer only.\n\n"
           "  zone      %s (and %s)\n"
           "  DNS       127.0.0.1:%u, UDP and TCP\n"
           "  HTTPS     port %u on 127.0.0.1%s, CA certificate %s/ca.pem\n"
           "  STUN      port %u on 127.0.0.1%s\n"
           "  folder    %s\n\n"
           "Look at the zone, give yourself a public address, see what is asked:\n\n"
           "  dcddns-sandbox ctl --dir %s zone\n"
           "  dcddns-sandbox ctl --dir %s address 1.2.3.4\n"
           "  dcddns-sandbox ctl --dir %s log\n"
           "  dcddns-sandbox ctl --help\n\n"
           "Ctrl+C ends it.\n",
           s->zones[ZONE_MANAGED].name, SBX_HOME_ZONE, s->dns_port, s->https_port,
           s->ipv6 ? " and ::1" : "", dir, s->stun_port, s->ipv6 ? " and ::1" : "", dir, dir, dir,
           dir);
    (void)fflush(stdout);
}

static void wait_for_end(const sigset_t *set)
{
    int number = 0;
    while (sigwait(set, &number) != 0) {
    }
}

static void stop(struct run *run)
{
    sandbox_stop(&run->s);
    http_stop(&run->http);
    for (size_t i = 0; i < run->thread_count; i++) {
        (void)pthread_join(run->threads[i], NULL);
    }
    folder_clear(&run->folder);
    if (run->control.listener >= 0) {
        close(run->control.listener);
    }
    listen_close(&run->https);
    listen_close(&run->dns.listeners);
    listen_close(&run->stun.listeners);
    ca_free(&run->ca);
    sandbox_free(&run->s);
    if (run->control.held >= 0) {
        close(run->control.held);
    }
}

int run_sandbox(const struct run_args *args)
{
    const struct listeners none = { -1, -1, 0 };
    struct run run = { .https = none };
    sigset_t signals;
    run.dns = (struct dns_server){ &run.s, none };
    run.stun = (struct stun_server){ &run.s, none };
    run.control = (struct control_server){ &run.s, -1, -1 };
    block_signals(&signals);
    if (!folder_open(&run.folder, args->dir)) {
        return 1;
    }
    if (!sandbox_init(&run.s, args->zone)) {
        (void)complain("cannot start");
        folder_clear(&run.folder);
        return 1;
    }
    bool ok = start(&run, args);
    if (ok) {
        greet(&run);
        wait_for_end(&signals);
    }
    stop(&run);
    return ok ? 0 : 1;
}
