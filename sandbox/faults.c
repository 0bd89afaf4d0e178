/*
 * Arranged failures, delays and lost answers. Must not know what the endpoints do.
 */
#include "faults.h"

#include <string.h>

static const char *body_type(const char *body)
{
    if (body[0] == '{' || body[0] == '[') {
        return "application/json";
    }
    return body[0] == '<' ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
}

bool faults_fail(struct sandbox *s, enum endpoint endpoint, struct reply *reply)
{
    if (endpoint >= EP_FAULTS || s->faults[endpoint].fail_count == 0) {
        return false;
    }
    struct fault *fault = &s->faults[endpoint];
    fault->fail_count--;
    reply_error(reply, fault->fail_status, "temporarily_unavailable",
                "The sandbox was told to fail here.");
    if (fault->fail_body) {
        reply_text(reply, fault->fail_status, fault->fail_body);
        reply->type = body_type(fault->fail_body);
    }
    if (fault->fail_location) {
        reply->location = strdup(fault->fail_location);
    }
    reply->has_retry_after = fault->has_retry_after;
    reply->retry_after_s = fault->retry_after_s;
    reply_note(reply, "fault", "fail");
    return true;
}

void faults_deliver(struct sandbox *s, enum endpoint endpoint, struct reply *reply)
{
    if (endpoint >= EP_FAULTS) {
        return;
    }
    struct fault *fault = &s->faults[endpoint];
    if (fault->delay_count > 0) {
        fault->delay_count--;
        reply->delay_ms = fault->delay_ms;
        reply_note(reply, "fault", "delay");
    }
    if (fault->drop_count > 0) {
        fault->drop_count--;
        reply->drop = true;
        reply_note(reply, "fault", "drop");
    }
}

void faults_show(const struct sandbox *s, struct buf *out)
{
    for (int i = 0; i < EP_FAULTS; i++) {
        const struct fault *fault = &s->faults[i];
        const char *name = endpoint_name((enum endpoint)i);
        if (fault->fail_count > 0) {
            buf_printf(out, "fail %s %u %u\n", name, fault->fail_status, fault->fail_count);
        }
        if (fault->delay_count > 0) {
            buf_printf(out, "delay %s %u %u\n", name, fault->delay_ms, fault->delay_count);
        }
        if (fault->drop_count > 0) {
            buf_printf(out, "drop %s %u\n", name, fault->drop_count);
        }
    }
}
