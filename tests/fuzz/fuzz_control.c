/* A program on the control socket that sends anything: all of the input at once, or in pieces as
 * the first byte says, while an event is told.  What comes back is JSON lines of the protocol. */
#include "scratch.h"

#include "base/json.h"
#include "engine/control.h"
#include "platform/os.h"

enum { ANSWER_MAX = 1 << 20 };

static struct net *net;
static struct control *control;

static void start(void)
{
    const struct net_options options = { 0 };
    struct error err = { 0 };
    if (net_global_init(&err) == 0)
        net = net_new(&options, &err);
    FUZZ_CHECK(net);
    control =
        control_open(scratch_name("control.sock"), (uint32_t)getuid(), (uint32_t)getgid(), &err);
    FUZZ_CHECK(control);
    control_attach(control, net);
}

static void check_line(const char *line, size_t len)
{
    int64_t version = 0;
    struct json *json = json_parse(line, len);
    FUZZ_CHECK(json_is_object(json));
    FUZZ_CHECK(json_integer(json, "v", 1, 1, &version));
    FUZZ_CHECK(json_get(json, "ok") || json_get(json, "event"));
    json_free(&json);
}

/* Every line that came whole; true while the connection stands. */
static bool read_answers(int fd, char *answers, size_t *used)
{
    int64_t got = 1;
    while (got > 0 && *used < ANSWER_MAX) {
        got = os_local_read(fd, answers + *used, ANSWER_MAX - *used);
        *used += got > 0 ? (size_t)got : 0;
    }
    size_t done = 0;
    for (const char *end = memchr(answers, '\n', *used); end;
         end = memchr(answers + done, '\n', *used - done)) {
        check_line(answers + done, (size_t)(end - answers) - done);
        done = (size_t)(end - answers) + 1;
    }
    *used -= done;
    memmove(answers, answers + done, *used);
    return got == -EAGAIN;
}

static void turn(void)
{
    for (int i = 0; i < 3; i++)
        net_turn(net, 0);
}

static void tell(void)
{
    const struct event event = { .id = EVENT_STARTED, .level = 6, .message = "\"quoted\"\n" };
    control_tell(control, &event);
}

static void talk(int fd, const uint8_t *data, size_t size, size_t piece)
{
    static char answers[ANSWER_MAX];
    size_t used = 0;
    bool stands = true;

    while (size > 0 && stands) {
        size_t len = size < piece ? size : piece;
        int64_t sent = os_local_write(fd, data, len);
        turn();
        if (size == len)
            tell();
        turn();
        stands = read_answers(fd, answers, &used) && sent >= 0;
        data += sent > 0 ? (size_t)sent : 0;
        size -= sent > 0 ? (size_t)sent : 0;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = { data, size };
    struct error err = { 0 };
    if (!control)
        start();
    const uint8_t choice = fuzz_byte(&in);
    int fd = os_local_connect(scratch_name("control.sock"), &err);
    FUZZ_CHECK(fd >= 0);
    turn();
    talk(fd, in.at, in.left, choice & 1 ? 1 + in.left / 4 : 65536);
    os_local_close(fd);
    turn();
    return 0;
}
