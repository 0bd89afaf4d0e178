/* What only Linux has: the boot clock, the boot's identity, the service manager's socket. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "platform/posix.h"

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now = { 0 };
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void posix_hide_memory(void)
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void posix_inherit_nothing(void)
{
    enum { FIRST = 3, LAST = 1023, ONLY_MARK = 4 /* CLOSE_RANGE_CLOEXEC */ };
    if (syscall(SYS_close_range, (unsigned)FIRST, ~0U, (unsigned)ONLY_MARK) == 0)
        return;
    for (int fd = FIRST; fd <= LAST; fd++) { /* before Linux 5.11 */
        int flags = fcntl(fd, F_GETFD);
        if (flags >= 0)
            fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
    }
}

void os_die_with_parent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

int64_t posix_boot_ms(void)
{
    return clock_ms(CLOCK_BOOTTIME);
}

int64_t posix_wall_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

int posix_random(void *out, size_t len)
{
    unsigned char *at = out;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        at += got;
        len -= (size_t)got;
    }
    return 0;
}

/* A timer that never comes, but is told of every step of its clock. */
static int arm(int fd)
{
    const int64_t year_2200 = INT64_C(7258118400);
    const struct itimerspec never = { .it_value.tv_sec = (time_t)year_2200 };
    return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

int os_clock_watch_open(void)
{
    int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (arm(fd) == 0)
        return fd;
    int rc = -errno;
    close(fd);
    return rc;
}

void os_clock_watch_drain(int fd)
{
    uint64_t count = 0;
    (void)!read(fd, &count, sizeof(count)); /* ECANCELED */
    (void)arm(fd);
}

void os_clock_watch_close(int fd)
{
    if (fd >= 0)
        close(fd);
}

const char *os_boot_id(void)
{
    static char id[40];
    if (id[0] != '\0')
        return id;
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return "";
    ssize_t got = read(fd, id, sizeof(id) - 1);
    close(fd);
    id[got > 0 ? got : 0] = '\0';
    id[strcspn(id, "\n")] = '\0';
    return id;
}

/* Real user of a process, or -1.  Not the owner of /proc/PID: that is root for one that may not be
 * dumped, as ours. */
static int64_t user_of(int64_t pid)
{
    char path[40] = "", text[1024] = "";
    int64_t uid = -1;

    snprintf(path, sizeof(path), "/proc/%lld/status", (long long)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    char *line = strstr(text, "\nUid:\t");
    if (!line)
        return -1;
    line += strlen("\nUid:\t");
    line[strcspn(line, "\t\n")] = '\0';
    return text_int(line, 0, UINT32_MAX, &uid) ? uid : -1;
}

/* The number may mean another process at any time; the descriptor, once held, cannot. */
int os_signal_reload(int64_t pid, uint32_t owner)
{
    int rc = 0;

    if (pid <= 1)
        return -ESRCH;
    int fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0U);
    if (fd < 0 && errno != ENOSYS) /* before Linux 5.3 the number has to do */
        return -errno;
    int64_t user = user_of(pid);
    if (user < 0)
        rc = -ESRCH;
    /* For others than root the kernel decides whom they may signal. */
    else if (geteuid() == 0 && user != (int64_t)owner)
        rc = -EPERM;
    else if (fd >= 0 && syscall(SYS_pidfd_send_signal, fd, SIGHUP, NULL, 0U) != 0)
        rc = -errno;
    else if (fd < 0 && kill((pid_t)pid, SIGHUP) != 0)
        rc = -errno;
    if (fd >= 0)
        close(fd);
    return rc;
}

/* sd_notify(3) without libsystemd: one datagram to the socket the manager named. */
void os_service_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    size_t len = path ? strlen(path) : 0;

    if (len < 2 || len >= sizeof(to.sun_path) || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(to.sun_path, path, len);
    if (path[0] == '@')
        to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    (void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to, size);
    close(fd);
}

int64_t os_service_watchdog_ms(void)
{
    const char *usec = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID");
    int64_t value = 0, owner = 0;

    if (!usec || !text_int(usec, 1, INT64_MAX, &value))
        return 0;
    if (pid && (!text_int(pid, 1, INT64_MAX, &owner) || owner != os_pid()))
        return 0;
    return value / 2000;
}
