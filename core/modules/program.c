/* host->run(): a program that the administrator named, run to its end under the call's deadline.
 * Arguments come from foreign code: what can be checked is. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "modules/inside.h"

enum { WORDS_MAX = 64, WORD_MAX = 4096, INPUT_MAX = 65536 };

static size_t count_words(const char *const *words)
{
    size_t count = 0;
    while (words && words[count] && count <= WORDS_MAX)
        count++;
    return count;
}

/* What is wrong with the request as such, or NULL. */
static const char *refusal(const struct dcddns_run *r)
{
    size_t words = count_words(r->argv), settings = count_words(r->env);
    if (words == 0)
        return "run() was called without a program";
    if (words > WORDS_MAX || settings > WORDS_MAX)
        return "run() was called with more than 64 arguments or settings";
    for (size_t i = 0; i < words; i++) {
        if (strlen(r->argv[i]) > WORD_MAX)
            return "run() was called with an argument over 4096 bytes";
    }
    for (size_t i = 0; i < settings; i++) {
        if (strlen(r->env[i]) > WORD_MAX || !strchr(r->env[i], '=') || r->env[i][0] == '=')
            return "run() was called with a setting that is too long or not NAME=value";
    }
    if (r->input && strlen(r->input) > INPUT_MAX)
        return "run() was called with an input over 64 KiB";
    return NULL;
}

static void complain(void *ctx, const char *line)
{
    const struct instance *instance = ctx;
    char said[TEXT_ESCAPED_MAX] = "";
    snprintf(said, sizeof(said), "%s", line);
    options_redact(&instance->options, said);
    log_line(DCDDNS_LOG_INFO, "%s/%s: it says: %s", module_kind_name(instance->module->plugin.kind),
             instance->name, said);
}

/* From the end of the program to what the module gets, with words in the failure slot. */
static int judge(struct instance *instance, const char *path, int rc,
                 const struct os_program_end *end)
{
    char shown[TEXT_ESCAPED_MAX] = "";
    text_escape(path, strlen(path), shown);
    if (rc == -ETIMEDOUT)
        instance_say(instance, "%s did not end before the time was up, and was killed", shown);
    else if (rc == -ECANCELED)
        instance_say(instance, "%s was killed: its result is not wanted any more", shown);
    else if (rc == -EACCES)
        instance_say(instance,
                     "cannot run %s: %s; the daemon's user must be allowed to, and the unit of the "
                     "service must name it (ExecPaths=)",
                     shown, os_strerror(rc));
    else if (rc < 0)
        instance_say(instance, "cannot run %s: %s", shown, os_strerror(rc));
    else if (end->status < 0)
        instance_say(instance, "%s was killed by signal %d", shown, end->signal);
    if (rc == -ETIMEDOUT || rc == -ECANCELED)
        return DCDDNS_E_STOP;
    if (rc == -EAGAIN || rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE)
        return DCDDNS_E_TEMP;
    if (rc < 0)
        return DCDDNS_E_CONFIG;
    return end->status < 0 ? DCDDNS_E_TEMP : end->status;
}

static int run(struct dcddns_call *call, const struct dcddns_run *r, char *output, size_t cap,
               size_t *len)
{
    const struct os_program program = { .argv = r->argv,
                                        .env = r->env,
                                        .input = r->input,
                                        .output = output,
                                        .cap = cap,
                                        .complain = complain,
                                        .ctx = call->instance };
    struct os_program_end end = { 0 };
    int64_t until = call->deadline;
    if (r->timeout_ms > 0 && os.boot_ms() + r->timeout_ms < until)
        until = os.boot_ms() + r->timeout_ms;
    int rc = os_run(&program, call->gate, until, &end);
    *len = end.len;
    return judge(call->instance, r->argv[0], rc, &end);
}

int call_run(struct dcddns_call *call, const struct dcddns_run *given, char *output, size_t cap,
             size_t *len)
{
    struct dcddns_run r = { 0 };
    char nothing[1] = "";
    size_t unused = 0;

    if (!len)
        len = &unused;
    *len = 0;
    if (!output || cap == 0) { /* its output is not wanted */
        output = nothing;
        cap = sizeof(nothing);
    }
    output[0] = '\0';
    if (!call_is_current(call) || !given)
        return DCDDNS_E_BUG;
    struct instance *instance = call->instance;
    if (given->size < offsetof(struct dcddns_run, input) + sizeof(r.input) || given->size > 4096) {
        instance_say(instance, "run() was called with a request of %u bytes",
                     (unsigned)given->size);
        return DCDDNS_E_BUG;
    }
    memcpy(&r, given, given->size < sizeof(r) ? given->size : sizeof(r));
    const char *wrong = refusal(&r);
    if (wrong) {
        instance_say(instance, "%s", wrong);
        return DCDDNS_E_BUG;
    }
    if (!os_path_is_absolute(r.argv[0])) {
        char shown[TEXT_ESCAPED_MAX] = "";
        instance_say(instance, "%s is not an absolute path of a program",
                     text_escape(r.argv[0], strlen(r.argv[0]), shown));
        return DCDDNS_E_CONFIG;
    }
    return call_remaining_ms(call) == 0 ? DCDDNS_E_STOP : run(call, &r, output, cap, len);
}
