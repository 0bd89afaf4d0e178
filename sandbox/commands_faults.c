/*
 * Commands that arrange failures, delays and lost answers. Must not know what the endpoints do.
 */
#include "commands.h"

#include "options.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_MAX       1000000u
#define DELAY_MAX_MS    240000u
#define RETRY_AFTER_MAX 10000000u

static struct fault *find_fault(struct sandbox *s, const char *name, struct buf *out)
{
    enum endpoint endpoint = endpoint_by_name(name);
    if (endpoint >= EP_FAULTS) {
        buf_printf(out, "'%s' is not settings, template, consent, token, apply, revert or echo\n",
                   name);
        return NULL;
    }
    return &s->faults[endpoint];
}

static bool replace(char **text, const char *with)
{
    char *copy = with ? strdup(with) : NULL;
    free(*text);
    *text = copy;
    return copy || !with;
}

static bool header_safe(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text <= 32 || *text == 127) {
            return false;
        }
    }
    return true;
}

/* The arguments after COUNT: retry-after=N, location=URL, and what is neither is the body. */
static bool read_extra(struct fault *fault, int argc, char **argv, struct buf *out)
{
    const char *body = NULL;
    const char *location = NULL;
    fault->has_retry_after = false;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "retry-after=", 12) == 0) {
            fault->has_retry_after =
                number_read(argv[i] + 12, RETRY_AFTER_MAX, &fault->retry_after_s);
            if (!fault->has_retry_after) {
                buf_str(out, "retry-after takes a number of seconds\n");
                return false;
            }
        } else if (strncmp(argv[i], "location=", 9) == 0 && header_safe(argv[i])) {
            location = argv[i] + 9;
        } else if (!body) {
            body = argv[i];
        } else {
            buf_str(out, "there can be one BODY only\n");
            return false;
        }
    }
    return replace(&fault->fail_body, body) && replace(&fault->fail_location, location);
}

int command_fail(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    struct fault *fault = find_fault(s, argv[0], out);
    unsigned status = 0;
    unsigned count = 0;
    if (!fault) {
        return COMMAND_REFUSED;
    }
    if (!number_read(argv[1], 599, &status) || status < 200 ||
        !number_read(argv[2], COUNT_MAX, &count)) {
        buf_str(out, "fail takes a status from 200 to 599 and a count up to 1000000\n");
        return COMMAND_REFUSED;
    }
    if (!read_extra(fault, argc - 3, argv + 3, out)) {
        return COMMAND_REFUSED;
    }
    fault->fail_status = status;
    fault->fail_count = count;
    return COMMAND_OK;
}

int command_delay(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    struct fault *fault = find_fault(s, argv[0], out);
    unsigned ms = 0;
    unsigned count = 0;
    if (!fault) {
        return COMMAND_REFUSED;
    }
    if (!number_read(argv[1], DELAY_MAX_MS, &ms) || !number_read(argv[2], COUNT_MAX, &count)) {
        buf_str(out, "delay takes up to 240000 milliseconds and a count up to 1000000\n");
        return COMMAND_REFUSED;
    }
    fault->delay_ms = ms;
    fault->delay_count = count;
    return COMMAND_OK;
}

int command_drop(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    struct fault *fault = find_fault(s, argv[0], out);
    unsigned count = 0;
    if (!fault) {
        return COMMAND_REFUSED;
    }
    if (!number_read(argv[1], COUNT_MAX, &count)) {
        buf_str(out, "drop takes a count up to 1000000\n");
        return COMMAND_REFUSED;
    }
    fault->drop_count = count;
    return COMMAND_OK;
}
