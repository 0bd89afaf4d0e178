/*
 * The control socket's server: one command per connection, one connection at a time. Must not know
 * what the commands do.
 */
#include "control.h"

#include "commands.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

bool control_address(struct sockaddr_un *address, const char *path)
{
    size_t n = strlen(path);
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (n >= sizeof address->sun_path) {
        return false;
    }
    memcpy(address->sun_path, path, n + 1);
    return true;
}

int control_listen(const char *path)
{
    struct sockaddr_un address;
    if (!control_address(&address, path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    /* The folder is 0700, so there is no moment in which others could connect. */
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(path, 0600) != 0 || listen(fd, 16) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static bool peer_allowed(int fd)
{
    struct ucred peer = { 0 };
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
        return false;
    }
    return peer.uid == geteuid() || peer.uid == 0;
}

static bool read_request(int fd, struct buf *request)
{
    char chunk[4096];
    for (;;) {
        ssize_t n = recv(fd, chunk, sizeof chunk, 0);
        if (n == 0) {
            return request->len > 0 && request->data[request->len - 1] == '\0';
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return false;
        }
        buf_add(request, chunk, (size_t)n);
        if (request->failed) {
            return false;
        }
    }
}

static int split(struct buf *request, char **words)
{
    int count = 0;
    char *end = request->data + request->len;
    for (char *word = request->data; word < end; word += strlen(word) + 1) {
        if (count == CONTROL_WORDS) {
            return -1;
        }
        words[count++] = word;
    }
    words[count] = NULL;
    return count;
}

static void send_all(int fd, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, data, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent <= 0) {
            return;
        }
        data += sent;
        n -= (size_t)sent;
    }
}

/* Run one command. Returns true when it was `stop`. */
static bool serve(struct sandbox *s, int fd)
{
    const struct timeval patience = { .tv_sec = 5 };
    struct buf request = { .max = CONTROL_REQUEST_MAX };
    struct buf answer = { .max = SBX_ANSWER_MAX };
    char *words[CONTROL_WORDS + 1] = { 0 };
    int rc = COMMAND_USAGE;
    int count = -1;

    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (read_request(fd, &request)) {
        count = split(&request, words);
    }
    buf_add(&answer, "", 1);
    if (count > 0) {
        rc = command_run(s, count, words, &answer);
    } else {
        buf_str(&answer, "the request was incomplete or too long\n");
    }
    if (answer.failed || !answer.data) {
        send_all(fd, "\1out of memory\n", 15);
    } else {
        answer.data[0] = (char)rc;
        send_all(fd, answer.data, answer.len);
    }
    bool stop = count == 1 && rc == COMMAND_OK && strcmp(words[0], COMMAND_STOP) == 0;
    buf_free(&request);
    buf_free(&answer);
    return stop;
}

static void accept_one(struct control_server *server)
{
    int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) {
        return;
    }
    bool stop = peer_allowed(fd) && serve(server->s, fd);
    if (stop && server->held < 0) {
        server->held = fd;
        (void)kill(getpid(), SIGTERM); /* the main thread waits for exactly this */
        return;
    }
    close(fd);
}

void *control_server_run(void *arg)
{
    struct control_server *server = arg;
    struct pollfd fds[2] = {
        { .fd = server->s->stop_fd, .events = POLLIN },
        { .fd = server->listener, .events = POLLIN },
    };
    while (fds[0].revents == 0) {
        (void)poll(fds, 2, -1);
        if (fds[1].revents) {
            accept_one(server);
        }
    }
    return NULL;
}
