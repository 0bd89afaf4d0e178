/* One connection of the control socket: lines in, answers and events out, nothing ever waited for.
 * Must not know what can be asked. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "engine/control_inside.h"
#include "engine/event_json.h"
#include "platform/os.h"

/* Requests wait while more than this does in OUT: who asks on and on without reading fills IN, and
 * is let go. */
enum { READ_SIZE = 1024, OUT_WAITING = 4 * CONTROL_LINE_MAX };

struct control_line {
    unsigned users;
    char *text;
};

struct control_line *control_line_new(const struct event *event)
{
    struct control_line *line = mem_new(1, sizeof(*line));
    if (!line)
        return NULL;
    line->users = 1;
    line->text = event_to_json(event);
    if (!line->text) {
        mem_free(line);
        return NULL;
    }
    return line;
}

void control_line_release(struct control_line *line)
{
    if (!line || --line->users > 0)
        return;
    mem_free(line->text);
    mem_free(line);
}

void control_client_begin(struct control_client *client, struct control *control, int fd,
                          const struct os_peer *peer)
{
    *client = (struct control_client){ .control = control,
                                       .fd = fd,
                                       .peer = *peer,
                                       .in = BUF_MAX(CONTROL_LINE_MAX),
                                       .out = BUF_MAX(CONTROL_ANSWER_MAX) };
}

static struct control_letter take(struct control_client *client)
{
    const struct control_letter letter = client->queue[client->first];
    client->first = (client->first + 1) % CONTROL_QUEUE_MAX;
    client->count--;
    return letter;
}

void control_client_end(struct control_client *client)
{
    if (client->fd < 0)
        return;
    control_client_wait(client, NULL);
    os_local_close(client->fd);
    client->fd = -1;
    while (client->count > 0)
        control_line_release(take(client).line);
    control_task_free(&client->task);
    buf_free(&client->in);
    buf_free(&client->out);
}

/* The event that is lost is told with the one that is the oldest then. */
void control_client_queue(struct control_client *client, struct control_line *line)
{
    uint32_t lost = 0;

    if (client->count == CONTROL_QUEUE_MAX) {
        const struct control_letter oldest = take(client);
        lost = oldest.dropped + 1;
        control_line_release(oldest.line);
    }
    line->users++;
    client->queue[(client->first + client->count) % CONTROL_QUEUE_MAX] =
        (struct control_letter){ .line = line };
    client->count++;
    client->queue[client->first].dropped += lost;
}

static void write_letter(struct control_client *client)
{
    const struct control_letter letter = take(client);
    buf_puts(&client->out, "{\"v\":1,");
    if (letter.dropped > 0)
        buf_printf(&client->out, "\"dropped\":%u,", (unsigned)letter.dropped);
    buf_printf(&client->out, "\"event\":%s}\n", letter.line->text);
    control_line_release(letter.line);
}

/* True when OUT is gone and there may be more to send; false: ended, or the socket is full. */
static bool flush(struct control_client *client)
{
    while (client->sent < client->out.len) {
        int64_t put = os_local_write(client->fd, client->out.data + client->sent,
                                     client->out.len - client->sent);
        if (put == -EINTR)
            continue;
        if (put < 0 && put != -EAGAIN)
            control_client_end(client);
        if (put < 0)
            return false;
        client->sent += (size_t)put;
    }
    buf_free(&client->out);
    client->sent = 0;
    return true;
}

void control_client_send(struct control_client *client)
{
    while (client->fd >= 0 && buf_ok(&client->out) && flush(client) && client->count > 0)
        write_letter(client);
    if (client->fd >= 0 && !buf_ok(&client->out))
        control_client_end(client); /* out of memory */
    if (client->fd >= 0)
        control_client_wait(client, control_net(client->control));
}

/* End of the first whole line that may be answered now, or NULL. */
static const char *next_line(const struct control_client *client)
{
    const struct buf *in = &client->in;
    if (client->task || client->out.len - client->sent > OUT_WAITING || in->len == 0)
        return NULL;
    return memchr(in->data, '\n', in->len);
}

/* Whole lines of IN are answered and taken out.  False: the client is to be let go. */
static bool read_lines(struct control_client *client)
{
    struct buf *in = &client->in;

    for (const char *end = next_line(client); end; end = next_line(client)) {
        size_t len = (size_t)(end - in->data);
        if (!control_request(client, in->data, len))
            return false;
        in->len -= len + 1;
        memmove(in->data, end + 1, in->len);
    }
    return true;
}

static void let_go(struct control_client *client)
{
    log_debug("control socket: a client was let go: what it sent is no request, or too much");
    control_client_end(client);
}

void control_client_go_on(struct control_client *client)
{
    control_client_send(client);
    while (client->fd >= 0 && next_line(client)) {
        if (read_lines(client))
            control_client_send(client);
        else
            let_go(client);
    }
}

static void receive(struct control_client *client)
{
    char data[READ_SIZE];
    size_t room = client->in.max - client->in.len; /* never 0: what fills it is no request */
    int64_t got = os_local_read(client->fd, data, room < sizeof(data) ? room : sizeof(data));

    if (got == -EAGAIN || got == -EINTR)
        return;
    if (got <= 0) {
        control_client_end(client);
        return;
    }
    buf_add(&client->in, data, (size_t)got);
    if (!buf_ok(&client->in) || !read_lines(client) || client->in.len >= client->in.max)
        let_go(client);
}

static void on_ready(void *ctx, int fd, int ready)
{
    struct control_client *client = ctx;
    (void)fd;
    if (ready & DCDDNS_READ)
        receive(client);
    if (client->fd >= 0)
        control_client_go_on(client);
}

void control_client_wait(struct control_client *client, struct net *net)
{
    int wanted = DCDDNS_READ | (client->sent < client->out.len ? DCDDNS_WRITE : 0);

    if (client->watch && net && client->watched == wanted)
        return;
    if (client->watch)
        net_watch_remove(control_net(client->control), &client->watch);
    client->watched = wanted;
    if (!net)
        return;
    client->watch = net_watch_add(net, client->fd, wanted, on_ready, client);
    if (!client->watch) /* out of memory: better gone than deaf */
        control_client_end(client);
}
