/* Opens a page with xdg-open(1).  A click comes long after the call that showed the bubble, so the
 * host's own way to run programs is out of reach here. */
#include "desktop_open.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* In a process group of its own, with the signals of a fresh program. */
static int set_up(posix_spawnattr_t *attributes, posix_spawn_file_actions_t *actions)
{
    sigset_t none, usual;

    sigemptyset(&none);
    sigfillset(&usual);
    if (posix_spawnattr_setsigmask(attributes, &none) != 0 ||
        posix_spawnattr_setsigdefault(attributes, &usual) != 0 ||
        posix_spawnattr_setpgroup(attributes, 0) != 0 ||
        posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                 POSIX_SPAWN_SETPGROUP) != 0)
        return -1;
    return posix_spawn_file_actions_addopen(actions, 0, "/dev/null", 0, 0) == 0 ? 0 : -1;
}

static int spawn(const char *url, pid_t *pid)
{
    /* posix_spawn() takes them without const, and changes nothing. */
    union {
        const char *const in[3];
        char *const out[3];
    } argv = { .in = { "xdg-open", url, NULL } };
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    int rc = ENOMEM;

    if (posix_spawnattr_init(&attributes) != 0)
        return ENOMEM;
    if (posix_spawn_file_actions_init(&actions) == 0) {
        if (set_up(&attributes, &actions) == 0)
            rc = posix_spawnp(pid, "xdg-open", &actions, &attributes, argv.out, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return rc;
}

static void fails(const struct dcddns_host *host, const char *why, const char *url)
{
    dcddns_logf(host, DCDDNS_LOG_WARN, "xdg-open %s; open the page yourself: %s", why, url);
}

void desktop_open(struct desktop_openers *openers, const struct dcddns_host *host, const char *url)
{
    size_t at = 0;
    pid_t pid = 0;

    desktop_openers_reap(openers, host);
    while (at < DESKTOP_OPENERS && openers->list[at].pid != 0)
        at++;
    if (at == DESKTOP_OPENERS) {
        fails(host, "is still at work on too many pages", url);
        return;
    }
    int rc = spawn(url, &pid);
    if (rc != 0) {
        char why[128] = "";
        snprintf(why, sizeof(why), "cannot be started (%s)", strerror(rc));
        fails(host, why, url);
        return;
    }
    openers->list[at].pid = pid;
    snprintf(openers->list[at].url, sizeof(openers->list[at].url), "%s", url);
}

int desktop_openers_reap(struct desktop_openers *openers, const struct dcddns_host *host)
{
    int left = 0;
    for (size_t i = 0; i < DESKTOP_OPENERS; i++) {
        struct desktop_opener *opener = &openers->list[i];
        int status = 0;
        if (opener->pid == 0)
            continue;
        pid_t ended = waitpid(opener->pid, &status, WNOHANG);
        if (ended == opener->pid && status != 0)
            fails(host, "ended badly", opener->url);
        if (ended != 0)
            opener->pid = 0;
        left += ended == 0;
    }
    return left;
}
