/* IP source that knows no address: it tries what a service in a sandbox must not be able to do, and
 * logs of each try whether it was refused.  With PROBES_MAIN it is a program that does the same, to
 * show that the tries work where there is no sandbox.  Must not know which unit it runs in. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dcddns/plugin.h"

struct places {
    const char *module;  /* a module that is not loaded yet */
    const char *state;   /* the service's own directory */
    const char *outside; /* file of root's that all can read */
};

struct probe {
    const char *name;
    /* 0 when it could be done, or errno. */
    int (*attempt)(const struct places *);
};

/* 0 for what a system call gave, or errno. */
static int told(long result)
{
    return result < 0 ? errno : 0;
}

static int opened(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    int rc = told(fd);

    if (fd >= 0)
        close(fd);
    return rc;
}

/* -- files ------------------------------------------------------------------------------------ */

static int write_etc(const struct places *p)
{
    (void)p;
    return opened("/etc/dcddns-probe", O_WRONLY | O_CREAT);
}

static int write_usr(const struct places *p)
{
    (void)p;
    return opened("/usr/dcddns-probe", O_WRONLY | O_CREAT);
}

static int write_module(const struct places *p)
{
    return opened(p->module, O_WRONLY);
}

static int read_shadow(const struct places *p)
{
    (void)p;
    return opened("/etc/shadow", O_RDONLY);
}

static int read_home(const struct places *p)
{
    (void)p;
    return opened("/root/.probe", O_RDONLY | O_CREAT);
}

static int see_init(const struct places *p)
{
    (void)p;
    return opened("/proc/1/status", O_RDONLY);
}

static int make_suid(const struct places *p)
{
    char path[512] = "";

    snprintf(path, sizeof(path), "%s/probe-suid", p->state);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    int rc = told(fchmod(fd, 04755));
    close(fd);
    unlink(path);
    return rc;
}

/* -- code ------------------------------------------------------------------------------------- */

static int copied(const char *from, const char *to)
{
    char part[4096];
    ssize_t got = 0;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);
    int rc = told(in) ? told(in) : told(out);

    while (rc == 0 && (got = read(in, part, sizeof(part))) > 0)
        rc = write(out, part, (size_t)got) == got ? 0 : EIO;
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return rc;
}

/* Says no, as the loader does, with EPERM; that the copy cannot be made is no refusal. */
static int loaded_from(const char *folder, const struct places *p)
{
    char path[512] = "";

    snprintf(path, sizeof(path), "%s/probe-copy.so", folder);
    int rc = copied(p->module, path);
    if (rc != 0)
        return -rc;
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    unlink(path);
    if (!library)
        return EPERM;
    dlclose(library);
    return 0;
}

static int load_from_state(const struct places *p)
{
    return loaded_from(p->state, p);
}

static int load_from_tmp(const struct places *p)
{
    return loaded_from("/tmp", p);
}

static int map_writable_code(const struct places *p)
{
    (void)p;
    void *at =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? errno : told(munmap(at, 4096));
}

static int run_shell(const struct places *p)
{
    int status = 0;

    (void)p;
    pid_t child = fork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", "exit 0", (char *)NULL);
        _exit(errno);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

/* -- the kernel ------------------------------------------------------------------------------- */

static int raw_socket(const struct places *p)
{
    (void)p;
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    int rc = told(fd);
    if (fd >= 0)
        close(fd);
    return rc;
}

static int new_namespace(const struct places *p)
{
    (void)p;
    return told(unshare(CLONE_NEWNS));
}

static int trace_parent(const struct places *p)
{
    (void)p;
    return told(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
}

static int become_root(const struct places *p)
{
    (void)p;
    return told(setuid(0));
}

static int change_owner(const struct places *p)
{
    return told(chown(p->outside, 0, 0));
}

static int mount_over(const struct places *p)
{
    (void)p;
    return told(mount("none", "/mnt", "tmpfs", 0, NULL));
}

static int change_root(const struct places *p)
{
    (void)p;
    return told(chroot("/"));
}

static int raise_priority(const struct places *p)
{
    (void)p;
    return told(syscall(SYS_setpriority, 0, 0, -5));
}

static const struct probe probes[] = {
    { "write-etc", write_etc },           { "write-usr", write_usr },
    { "write-module", write_module },     { "read-shadow", read_shadow },
    { "read-home", read_home },           { "see-init", see_init },
    { "make-suid", make_suid },           { "load-from-state", load_from_state },
    { "load-from-tmp", load_from_tmp },   { "map-writable-code", map_writable_code },
    { "run-shell", run_shell },           { "raw-socket", raw_socket },
    { "new-namespace", new_namespace },   { "trace-parent", trace_parent },
    { "become-root", become_root },       { "change-owner", change_owner },
    { "mount-over", mount_over },         { "change-root", change_root },
    { "raise-priority", raise_priority },
};

enum { PROBES = sizeof(probes) / sizeof(probes[0]) };

static void probe_line(char line[160], const struct probe *probe, const struct places *places)
{
    int rc = probe->attempt(places);

    snprintf(line, 160, "probe %s: %s (%s)", probe->name,
             rc > 0   ? "refused"
             : rc < 0 ? "could not be tried"
                      : "allowed",
             strerror(abs(rc)));
}

#ifdef PROBES_MAIN
int main(int argc, char **argv)
{
    char line[160] = "";

    if (argc != 3)
        return 64;
    const struct places places = { argv[1], argv[2], "/etc/hostname" };
    for (size_t i = 0; i < PROBES; i++) {
        probe_line(line, &probes[i], &places);
        printf("%s\n", line);
    }
    return 0;
}
#else
struct source {
    const struct dcddns_host *host;
    int done;
};

static int probes_create(const struct dcddns_host *host, void **self)
{
    struct source *source = calloc(1, sizeof(*source));

    if (!source)
        return DCDDNS_E_NOMEM;
    source->host = host;
    *self = source;
    return DCDDNS_OK;
}

static int probes_query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    char line[160] = "";
    struct source *source = self;
    const struct dcddns_host *host = source->host;
    const struct places places = { host->option(host, "library"), getenv("STATE_DIRECTORY"),
                                   "/etc/hostname" };

    (void)call;
    (void)family;
    (void)out;
    for (size_t i = 0; !source->done && i < PROBES; i++) {
        probe_line(line, &probes[i], &places);
        host->log(host, DCDDNS_LOG_WARN, line);
    }
    source->done = 1;
    return (host->fail)(host, DCDDNS_E_NOADDR, "it only tries things");
}

static const struct dcddns_option probes_options[] = {
    { "library", NULL, "a module that is not loaded", DCDDNS_OPT_PATH, DCDDNS_REQUIRED },
};

static const struct dcddns_ip_source probes_ops = { .size = sizeof(probes_ops),
                                                    .query = probes_query };

static const struct dcddns_plugin plugin = {
    .size = sizeof(plugin),
    .kind = DCDDNS_KIND_IP_SOURCE,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "probes",
    .version = "1",
    .summary = "tries what a sandbox must refuse",
    .options = probes_options,
    .option_count = 1,
    .option_size = sizeof(probes_options[0]),
    .create = probes_create,
    .destroy = free,
    .ops = &probes_ops,
};

DCDDNS_ENTRY(probes)
{
    return &plugin;
}
#endif
