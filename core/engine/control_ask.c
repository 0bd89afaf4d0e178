/* Asking a daemon; see control_ask.h. */
#include "engine/control_ask.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "engine/control.h"
#include "engine/control_link.h"

struct asking {
    struct net *net;
    struct control_link link;
    struct net_timer *timer;
    struct json *answer;
    struct error err;
    bool over;
};

static char *socket_in(char *folder)
{
    struct buf path = BUF_MAX(4096);
    if (folder)
        buf_printf(&path, "%s/control.sock", folder);
    mem_free(folder);
    return folder ? buf_take(&path) : NULL;
}

static size_t add(char **places, size_t count, char *path)
{
    for (size_t i = 0; path && i < count; i++) {
        if (strcmp(places[i], path) == 0) {
            mem_free(path);
            return count;
        }
    }
    if (path)
        places[count++] = path;
    return count;
}

void control_places(const struct config *config, const char *state_dir,
                    char *places[CONTROL_PLACES_MAX + 1])
{
    size_t count = 0;

    memset(places, 0, (CONTROL_PLACES_MAX + 1) * sizeof(places[0]));
    count = add(places, count, control_path(config, state_dir));
    if (config->control_socket)
        return;
    /* Root and members of the group ask the system's daemon, others their own. */
    count = add(places, count, socket_in(os_place(OS_PLACE_RUNTIME, DCDDNS_RUN_DIR)));
    count = add(places, count, socket_in(mem_strdup(DCDDNS_RUN_DIR)));
    add(places, count, socket_in(mem_strdup(state_dir)));
}

void control_places_free(char *places[CONTROL_PLACES_MAX + 1])
{
    for (size_t i = 0; i < CONTROL_PLACES_MAX; i++)
        mem_free(places[i]);
}

static bool on_line(void *ctx, const char *text, size_t len, struct error *err)
{
    struct asking *a = ctx;

    if (a->over)
        return true;
    a->answer = json_parse(text, len);
    a->over = json_is_object(a->answer);
    if (a->over)
        return true;
    json_free(&a->answer);
    error_set(err, ERR_TEMP, "what listens at the control socket does not speak as dcddns");
    return false;
}

static void on_lost(void *ctx, const struct error *err)
{
    struct asking *a = ctx;
    control_link_close(&a->link);
    if (!a->over)
        a->err = *err;
    a->over = true;
}

static void on_time(void *ctx)
{
    struct asking *a = ctx;
    a->timer = NULL;
    error_set(&a->err, ERR_TEMP, "the daemon does not answer; see its log");
    a->over = true;
}

static const struct control_link_calls calls = { .line = on_line, .lost = on_lost };

static enum control_asked judge(const struct asking *a, struct error *err)
{
    const char *words = json_string(a->answer, "error");
    const char *class = json_string(a->answer, "error_class");

    if (!a->answer) {
        *err = a->err;
        return CONTROL_LOST;
    }
    if (json_bool(a->answer, "ok", false))
        return CONTROL_ANSWERED;
    error_set(err, ERR_TEMP, "%s", words ? words : "the daemon refuses");
    text_tame(err->text);
    if (error_class_by_name(class) != ERR_NONE)
        err->class = error_class_by_name(class);
    return CONTROL_REFUSED;
}

/* Why no request was sent.  Who listens and does not take it hangs: that is not nobody. */
static enum control_asked unsent(struct error *err)
{
    if (err->class == ERR_PERM)
        return CONTROL_DENIED;
    if (err->class != ERR_LOCAL)
        return CONTROL_NOBODY;
    err->class = ERR_TEMP;
    return CONTROL_LOST;
}

static enum control_asked ask_at(struct asking *a, const char *path, const char *line,
                                 int64_t timeout_ms, struct error *err)
{
    a->over = false;
    a->link = (struct control_link){ .fd = -1, .calls = &calls, .ctx = a };
    if (control_link_open(&a->link, a->net, path, line, CONTROL_ANSWER_MAX, err) < 0)
        return unsent(err);
    a->timer = net_timer_add(a->net, os.boot_ms() + timeout_ms, on_time, a);
    if (!a->timer)
        on_lost(a, &(const struct error){ ERR_LOCAL, "out of memory" });
    while (!a->over)
        net_turn(a->net, -1);
    net_timer_cancel(a->net, &a->timer);
    control_link_close(&a->link);
    return judge(a, err);
}

/* A daemon that works on another directory is another daemon. */
static bool is_another(const struct json *answer, const char *state_dir)
{
    const char *theirs = json_string(answer, "state");
    return theirs && strcmp(theirs, state_dir) != 0;
}

static enum control_asked ask_all(struct asking *a, char *const *places, const char *state_dir,
                                  const char *line, int64_t timeout_ms, struct error *err)
{
    enum control_asked rc = CONTROL_NOBODY;

    error_set(err, ERR_TEMP, "control-socket is none");
    for (size_t i = 0; places[i]; i++) {
        struct error here = { 0 };
        enum control_asked now = ask_at(a, places[i], line, timeout_ms, &here);
        if (now != CONTROL_NOBODY && now != CONTROL_DENIED && !is_another(a->answer, state_dir)) {
            *err = here;
            return now;
        }
        if (now == CONTROL_REFUSED)
            error_set(&here, ERR_TEMP, "the daemon at %s works on another state directory",
                      places[i]);
        json_free(&a->answer);
        if (now == CONTROL_NOBODY && rc == CONTROL_DENIED)
            continue; /* what a person can mend is worth more */
        *err = here;
        rc = now == CONTROL_DENIED ? now : CONTROL_NOBODY;
    }
    return rc;
}

static char *line_of(struct json *request, const char *state_dir, struct error *err)
{
    struct buf line = BUF_MAX(CONTROL_LINE_MAX - 1);
    char *text = NULL;

    if (json_set_integer(request, "v", CONTROL_VERSION) &&
        json_set_string(request, "state", state_dir))
        text = json_print(request, false);
    json_free(&request);
    if (!text) {
        error_set(err, ERR_LOCAL, "out of memory");
        return NULL;
    }
    buf_puts(&line, text);
    buf_putc(&line, '\n');
    mem_free(text);
    if (!buf_ok(&line))
        error_set(err, ERR_USAGE,
                  "too many names for one request to the daemon; name fewer, or "
                  "none for all");
    return buf_take(&line);
}

/* Refused by every daemon, with the state directory that it works on. */
static char *whose_line(const char *state_dir, struct error *err)
{
    struct json *request = json_new_object();
    if (!json_set_string(request, "do", "status") ||
        !json_set(request, "hosts", json_new_array())) {
        json_free(&request);
        error_set(err, ERR_LOCAL, "out of memory");
        return NULL;
    }
    return line_of(request, state_dir, err);
}

enum control_asked control_ask(const struct config *config, const char *state_dir,
                               struct json *request, int64_t timeout_ms, struct json **answer,
                               struct error *err)
{
    char *places[CONTROL_PLACES_MAX + 1] = { NULL };
    struct asking asking = { 0 };
    enum control_asked rc = CONTROL_REFUSED;
    char *real = os_real_path(state_dir);
    const char *state = real ? real : state_dir;
    char *line = line_of(request, state, err);
    const struct error refused = *err;
    const bool too_long = !line && err->class == ERR_USAGE;

    *answer = NULL;
    if (too_long) /* that matters only when there is somebody to ask */
        line = whose_line(state, err);
    control_places(config, state_dir, places);
    if (line)
        asking.net = net_new(NULL, err);
    if (asking.net) {
        rc = ask_all(&asking, places, state, line, timeout_ms, err);
        *answer = asking.answer;
        net_free(&asking.net);
    }
    if (too_long && (rc == CONTROL_ANSWERED || rc == CONTROL_REFUSED)) {
        json_free(answer);
        *err = refused;
        rc = CONTROL_REFUSED;
    }
    control_places_free(places);
    mem_free(line);
    mem_free(real);
    return rc;
}
