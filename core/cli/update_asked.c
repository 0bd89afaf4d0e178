/* `dcddns update` while the daemon runs: it does the work, so that one process uses the tokens. */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "cli/cli.h"

enum { WAIT_MS = 10 * 60 * 1000 };

static enum engine_verdict verdict_by(const char *name)
{
    for (int i = HOST_PENDING; name && i <= HOST_FAILED; i++) {
        if (strcmp(engine_verdict_name((enum engine_verdict)i), name) == 0)
            return (enum engine_verdict)i;
    }
    return HOST_PENDING;
}

static struct dcddns_addr addr_of(const struct json *json, const char *name)
{
    struct dcddns_addr addr = { 0 };
    const char *text = json_string(json, name);
    if (text)
        addr_parse(text, &addr);
    return addr;
}

static int print_one(const struct json *json)
{
    const char *name = json_string(json, "name");
    const char *words = json_string(json, "error"), *class = json_string(json, "error_class");
    const struct dcddns_addr v4 = addr_of(json, "ipv4"), v6 = addr_of(json, "ipv6");
    struct engine_result result = { .verdict = verdict_by(json_string(json, "verdict")) };
    char fqdn[FQDN_MAX] = "";

    if (!name || !text_fqdn(name, fqdn))
        return EXIT_TEMPORARY;
    error_set(&result.error, error_class_by_name(class), "%s", words ? words : "");
    text_tame(result.error.text);
    return session_print_verdict(fqdn, &result, &v4, &v6);
}

static int print_all(const struct json *answer)
{
    int worst = EXIT_DONE;
    for (const struct json *at = json_first(json_get(answer, "results")); at; at = json_next(at)) {
        int status = print_one(at);
        worst = status > worst ? status : worst;
    }
    return worst;
}

int update_asked(const struct command *command, const struct runtime *rt, int count, char **names,
                 bool force, bool *answered, struct error *err)
{
    int status = EXIT_TEMPORARY;
    *answered = false;
    struct json *request = session_request(command, "update", count, names, &status);
    struct json *answer = NULL;

    if (!request)
        return status;
    json_set_bool(request, "force", force);
    enum control_asked asked =
        control_ask(rt->config, rt->state_dir, request, WAIT_MS, &answer, err);
    if (asked == CONTROL_NOBODY || asked == CONTROL_DENIED)
        return -1;
    status = print_all(answer); /* also of one that says what is wrong, beside */
    *answered = asked == CONTROL_ANSWERED;
    if (!*answered)
        status = session_print_unasked(rt, asked, answer, err);
    json_free(&answer);
    return status;
}
