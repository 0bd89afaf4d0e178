/*
 * DNS over UDP and TCP, one thread, one poll(). Must not know what is in the messages.
 */
#include "dns_server.h"

#include "dns_answer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS     32
#define IDLE_MS     10000
#define MESSAGE_MAX 65535

/* A TCP client: reads a message, writes its answer, reads the next. */
struct client {
    int fd; /* -1: free */
    int64_t expires_ms;
    uint8_t *in; /* 2 + MESSAGE_MAX bytes */
    size_t in_len;
    uint8_t *out; /* NULL: reading */
    size_t out_len;
    size_t out_done;
};

static void client_close(struct client *client)
{
    if (client->fd >= 0) {
        close(client->fd);
    }
    free(client->in);
    free(client->out);
    *client = (struct client){ .fd = -1 };
}

static void serve_udp(struct sandbox *s, int fd)
{
    uint8_t message[4096];
    struct sockaddr_storage from;
    socklen_t from_size = sizeof from;
    ssize_t n =
        recvfrom(fd, message, sizeof message, MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);
    if (n <= 0) {
        return;
    }
    size_t size = 0;
    uint8_t *answer = dns_answer(s, message, (size_t)n, true, &size);
    if (answer) {
        (void)sendto(fd, answer, size, MSG_DONTWAIT, (const struct sockaddr *)&from, from_size);
    }
    free(answer);
}

static struct client *free_place(struct client *clients)
{
    for (int i = 0; i < CLIENTS; i++) {
        if (clients[i].fd < 0) {
            return &clients[i];
        }
    }
    return NULL;
}

static void accept_client(int listener, struct client *clients)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        return;
    }
    struct client *client = free_place(clients);
    uint8_t *in = client ? malloc(2 + MESSAGE_MAX) : NULL;
    if (!client || !in) {
        close(fd); /* the house is full */
        free(in);
        return;
    }
    *client = (struct client){ .fd = fd, .in = in, .expires_ms = sandbox_now_ms() + IDLE_MS };
}

/* When a whole message is there, make its answer. False: hang up. */
static bool take_message(struct sandbox *s, struct client *client)
{
    if (client->in_len < 2) {
        return true;
    }
    size_t length = (size_t)client->in[0] << 8 | client->in[1];
    if (client->in_len < 2 + length) {
        return true;
    }
    size_t size = 0;
    uint8_t *answer = dns_answer(s, client->in + 2, length, false, &size);
    client->out = answer ? malloc(2 + size) : NULL;
    if (client->out) {
        client->out[0] = (uint8_t)(size >> 8);
        client->out[1] = (uint8_t)size;
        memcpy(client->out + 2, answer, size);
        client->out_len = 2 + size;
        client->out_done = 0;
    }
    free(answer);
    client->in_len -= 2 + length;
    memmove(client->in, client->in + 2 + length, client->in_len);
    return client->out != NULL;
}

static bool client_read(struct sandbox *s, struct client *client)
{
    ssize_t n = recv(client->fd, client->in + client->in_len, 2 + MESSAGE_MAX - client->in_len, 0);
    if (n <= 0) {
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    }
    client->in_len += (size_t)n;
    return take_message(s, client);
}

static bool client_write(struct sandbox *s, struct client *client)
{
    ssize_t n = send(client->fd, client->out + client->out_done, client->out_len - client->out_done,
                     MSG_NOSIGNAL);
    if (n <= 0) {
        return n < 0 && (errno == EAGAIN || errno == EINTR);
    }
    client->out_done += (size_t)n;
    if (client->out_done < client->out_len) {
        return true;
    }
    free(client->out);
    client->out = NULL;
    client->expires_ms = sandbox_now_ms() + IDLE_MS;
    return take_message(s, client); /* a second question may have come along with the first */
}

static void serve_client(struct sandbox *s, struct client *client, short events)
{
    bool ok = true;
    if (events) {
        ok = client->out ? client_write(s, client) : client_read(s, client);
    }
    if (!ok || sandbox_now_ms() >= client->expires_ms) {
        client_close(client);
    }
}

enum { FD_STOP, FD_UDP, FD_TCP, FD_CLIENTS };

static bool wait_for_work(const struct dns_server *server, const struct client *clients,
                          struct pollfd *fds)
{
    bool any = false;
    fds[FD_STOP] = (struct pollfd){ .fd = server->s->stop_fd, .events = POLLIN };
    fds[FD_UDP] = (struct pollfd){ .fd = server->listeners.first, .events = POLLIN };
    fds[FD_TCP] = (struct pollfd){ .fd = server->listeners.second, .events = POLLIN };
    for (int i = 0; i < CLIENTS; i++) {
        short events = clients[i].out ? POLLOUT : POLLIN;
        fds[FD_CLIENTS + i] = (struct pollfd){ .fd = clients[i].fd, .events = events };
        any = any || clients[i].fd >= 0;
    }
    (void)poll(fds, FD_CLIENTS + CLIENTS, any ? 1000 : -1);
    return fds[FD_STOP].revents == 0;
}

void *dns_server_run(void *arg)
{
    const struct dns_server *server = arg;
    struct client clients[CLIENTS];
    struct pollfd fds[FD_CLIENTS + CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (struct client){ .fd = -1 };
    }
    while (wait_for_work(server, clients, fds)) {
        if (fds[FD_UDP].revents) {
            serve_udp(server->s, server->listeners.first);
        }
        for (int i = 0; i < CLIENTS; i++) {
            if (clients[i].fd >= 0) {
                serve_client(server->s, &clients[i], fds[FD_CLIENTS + i].revents);
            }
        }
        if (fds[FD_TCP].revents) {
            accept_client(server->listeners.second, clients);
        }
    }
    for (int i = 0; i < CLIENTS; i++) {
        client_close(&clients[i]);
    }
    return NULL;
}
