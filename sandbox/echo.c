/*
 * The echo services. Must not know why an address is wanted.
 */
#include "echo.h"

#include <stdio.h>
#include <string.h>

int echo_by_name(const char *name)
{
    if (strncmp(name, "echo", 4) != 0) {
        return -1;
    }
    if (name[4] == '\0') {
        return 0;
    }
    return name[4] >= '1' && name[4] <= '4' && name[5] == '\0' ? name[4] - '0' : -1;
}

static int asked_service(const struct request *request)
{
    char label[8] = "";
    size_t n = strcspn(request->host, ".:");
    (void)snprintf(label, sizeof label, "%.*s", (int)n, request->host);
    int index = echo_by_name(label);
    return index < 0 ? 0 : index;
}

void echo_endpoint(struct sandbox *s, const struct request *request, struct reply *reply)
{
    int index = asked_service(request);
    const struct buf *custom = s->echo_bodies[index];
    const char *address = request->ipv6 ? s->public6 : s->public4;
    char name[16] = "echo";
    if (index > 0) {
        (void)snprintf(name, sizeof name, "echo%d", index);
    }
    reply_note(reply, "service", name);
    reply_note(reply, "family", request->ipv6 ? "IPv6" : "IPv4");

    if (custom) {
        reply_text(reply, 200, "");
        buf_add(&reply->body, buf_text(custom), custom->len);
        if (buf_text(custom)[0] == '<') {
            reply->type = "text/html; charset=utf-8";
        }
    } else if (address[0] == '\0') {
        reply_text(reply, 503, "no public address is set for this family\n");
    } else {
        reply_text(reply, 200, address);
        buf_str(&reply->body, "\n");
    }
}
