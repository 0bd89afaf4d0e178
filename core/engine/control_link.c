/* A connection to a daemon; see control_link.h. */
#include "engine/control_link.h"

#include <errno.h>
#include <string.h>

#include "dcddns/plugin.h"
#include "platform/os.h"

enum { READ_SIZE = 16 * 1024 };

/* False: lost, with ERR, or closed by who was called. */
static bool read_lines(struct control_link *link, struct error *err)
{
    struct buf *in = &link->in;
    size_t done = 0;

    for (const char *end = memchr(in->data + link->searched, '\n', in->len - link->searched); end;
         end = memchr(in->data + done, '\n', in->len - done)) {
        if (!link->calls->line(link->ctx, in->data + done, (size_t)(end - in->data) - done, err))
            return false;
        if (link->fd < 0)
            return false;
        done = (size_t)(end - in->data) + 1;
    }
    in->len -= done;
    memmove(in->data, in->data + done, in->len);
    link->searched = in->len;
    return true;
}

static void on_ready(void *ctx, int fd, int ready)
{
    struct control_link *link = ctx;
    char data[READ_SIZE];
    struct error err = { 0 };
    (void)ready;

    int64_t got = os_local_read(fd, data, sizeof(data));
    if (got == -EAGAIN || got == -EINTR)
        return;
    if (got > 0)
        buf_add(&link->in, data, (size_t)got);
    if (got > 0 && buf_ok(&link->in) && read_lines(link, &err))
        return;
    if (link->fd < 0)
        return;
    if (got > 0 && !err.text[0])
        error_set(&err, ERR_TEMP, "the daemon sends a line that is too long");
    if (got <= 0)
        error_set(&err, ERR_TEMP, "the daemon is gone");
    link->calls->lost(link->ctx, &err);
}

int control_link_open(struct control_link *link, struct net *net, const char *path,
                      const char *request, size_t line_max, struct error *err)
{
    size_t len = strlen(request);

    link->net = net;
    link->searched = 0;
    link->in = (struct buf)BUF_MAX(line_max);
    link->fd = os_local_connect(path, err);
    if (link->fd < 0)
        return -1;
    link->watch = net_watch_add(net, link->fd, DCDDNS_READ, on_ready, link);
    /* A request is less than any socket takes at once. */
    if (link->watch && os_local_write(link->fd, request, len) == (int64_t)len)
        return 0;
    control_link_close(link);
    return error_set(err, ERR_LOCAL, "%s: the daemon cannot be asked just now", path);
}

void control_link_close(struct control_link *link)
{
    if (link->net)
        net_watch_remove(link->net, &link->watch);
    if (link->fd >= 0)
        os_local_close(link->fd);
    link->fd = -1;
    buf_free(&link->in);
}
