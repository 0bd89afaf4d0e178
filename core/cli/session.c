/* What most commands begin and end with; see cli.h. */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "engine/control.h"
#include "engine/daemon.h"

enum { ASK_MS = 60 * 1000 };

/* Lives as long as the program: the runtime points at it. */
static char *default_path;

int session_locate(const struct cli *cli, struct runtime *rt)
{
    *rt = (struct runtime){ .config_path = cli->config,
                            .state_override = cli->state_dir,
                            .keep_log_level = !cli->daemon || cli->verbose != 0,
                            .modules = { .builtins = module_builtins } };
    if (cli->config)
        return EXIT_DONE;
    char *folder = os_place(OS_PLACE_CONFIG, DCDDNS_CONFIG_DIR);
    struct buf path = BUF_MAX(4096);
    if (folder)
        buf_printf(&path, "%s/dcddns.conf", folder);
    mem_free(folder);
    mem_free(default_path);
    default_path = folder ? buf_take(&path) : NULL;
    rt->config_path = default_path;
    rt->config_optional = true;
    if (default_path)
        return EXIT_DONE;
    fputs("dcddns: out of memory\n", stderr);
    return EXIT_TEMPORARY;
}

static int session_with(const struct cli *cli, struct runtime *rt,
                        int (*load)(struct runtime *, struct config_errors *))
{
    struct config_errors errors = { 0 };
    int status = session_locate(cli, rt);
    if (status != EXIT_DONE)
        return status;
    if (load(rt, &errors) < 0) {
        fputs(buf_text(&errors.text), stderr);
        fprintf(stderr, "dcddns: %d error%s in the configuration\n", errors.count,
                errors.count == 1 ? "" : "s");
        status = EXIT_PERMANENT;
    }
    config_errors_free(&errors);
    return status;
}

int session_read(const struct cli *cli, struct runtime *rt)
{
    return session_with(cli, rt, runtime_read);
}

int session_load(const struct cli *cli, struct runtime *rt)
{
    return session_with(cli, rt, runtime_load);
}

int session_find_daemon(const struct cli *cli, struct runtime *rt)
{
    int status = session_locate(cli, rt);
    if (status != EXIT_DONE || runtime_peek(rt) == 0)
        return status;
    fputs("dcddns: out of memory\n", stderr);
    return EXIT_TEMPORARY;
}

int session_open(const struct cli *cli, struct runtime *rt)
{
    struct error err = { 0 };
    int status = session_load(cli, rt);
    if (status != EXIT_DONE)
        return status;
    return runtime_build(rt, &err) < 0 ? cli_fail(&err) : EXIT_DONE;
}

static void tidy(const struct runtime *rt)
{
    struct error ignored = { 0 };
    const char *name = NULL;
    struct os_dir *parent = os_dir_of(rt->state_dir, 0, &name, &ignored);
    if (parent)
        os_dir_remove(parent, name); /* fails, as it should, when there is anything in it */
    os_dir_close(&parent);
}

void session_close(struct runtime *rt)
{
    runtime_unbuild(rt, 0);
    if (rt->state_dir && !rt->state_existed)
        tidy(rt);
    runtime_free(rt);
    mem_free(default_path);
    default_path = NULL;
}

void session_settle(struct runtime *rt)
{
    while (!engine_idle(rt->engine))
        engine_turn(rt->engine, -1);
    engine_turn(rt->engine, 0);
}

static void signal_daemon(const struct runtime *rt, bool advise)
{
    int64_t pid = 0;
    char advice[OS_ADVICE_MAX] = "";
    int rc = daemon_tell(rt->state_dir, &pid);
    if (pid == 0 && !advise)
        return;
    if (pid == 0)
        printf("Keep it up to date from now on with the daemon: %s, or: dcddns run\n",
               os_advice(OS_ADVICE_START, "", advice));
    else if (rc == 0)
        printf("The running daemon (process %lld) was told.\n", (long long)pid);
    else
        printf("Tell the running daemon: %s\n", os_advice(OS_ADVICE_RELOAD, "", advice));
}

static enum control_asked ask_reload(const struct runtime *rt, struct json **answer,
                                     struct error *err)
{
    struct json *request = json_new_object();

    if (json_set_string(request, "do", "reload"))
        return control_ask(rt->config, rt->state_dir, request, ASK_MS, answer, err);
    json_free(&request);
    return CONTROL_NOBODY;
}

bool session_tell_quietly(const struct runtime *rt)
{
    struct json *answer = NULL;
    struct error err = { 0 };
    int64_t pid = 0;
    bool told = ask_reload(rt, &answer, &err) == CONTROL_ANSWERED;

    json_free(&answer);
    return told || (err.class != ERR_CONFIG && daemon_tell(rt->state_dir, &pid) == 0);
}

void session_tell_daemon(const struct runtime *rt, bool advise)
{
    struct json *answer = NULL;
    struct error err = { 0 };
    enum control_asked rc = ask_reload(rt, &answer, &err);

    if (rc == CONTROL_ANSWERED)
        puts("The running daemon uses it from now on.");
    else if (rc == CONTROL_REFUSED && err.class == ERR_CONFIG)
        session_print_unasked(rt, rc, answer, &err);
    else
        signal_daemon(rt, advise);
    json_free(&answer);
}

struct json *session_request(const struct command *command, const char *what, int count,
                             char **names, int *status)
{
    struct json *request = json_new_object(), *hosts = count > 0 ? json_new_array() : NULL;
    bool good = json_set_string(request, "do", what);
    char fqdn[FQDN_MAX] = "";

    *status = EXIT_TEMPORARY;
    for (int i = 0; good && i < count; i++) {
        struct json *name = NULL;
        good = session_name(command, names[i], fqdn);
        if (!good)
            *status = EXIT_USAGE;
        name = good ? json_new_string(fqdn) : NULL;
        good = good && json_append(hosts, name);
    }
    if (count > 0)
        good = json_set(request, "hosts", hosts) && good;
    if (good)
        return request;
    json_free(&request);
    if (*status == EXIT_TEMPORARY)
        fputs("dcddns: out of memory\n", stderr);
    return NULL;
}

int session_print_unasked(const struct runtime *rt, enum control_asked asked,
                          const struct json *answer, const struct error *err)
{
    const char *errors = json_string(answer, "errors");

    for (const char *at = errors ? errors : ""; *at; at++)
        fputc((unsigned char)*at < 0x20 && *at != '\n' ? '?' : *at, stderr);
    if (asked == CONTROL_NOBODY && daemon_pid(rt->state_dir) == 0)
        fprintf(stderr, "dcddns: no daemon runs on %s\n", rt->state_dir);
    else if (asked == CONTROL_REFUSED && err->class == ERR_CONFIG)
        fprintf(stderr, "dcddns: %s; the daemon goes on with the old one\n", err->text);
    else if (asked == CONTROL_REFUSED)
        fprintf(stderr, "dcddns: %s\n", err->text);
    else
        fprintf(stderr, "dcddns: the daemon cannot be asked: %s\n", err->text);
    return error_exit_status(err->class);
}

int session_share(int count, char **names)
{
    size_t room = CONTROL_LINE_MAX / 2; /* the rest is for the state directory and the signs */
    int share = 0;
    for (; share < count; share++) {
        size_t size = strlen(names[share]) + sizeof("\"\",") - 1;
        if (size > room)
            break;
        room -= size;
    }
    return share > 0 || count == 0 ? share : 1; /* a name that is too long is none */
}

static int ask_once(const struct command *command, const struct runtime *rt, const char *what,
                    int count, char **names, int64_t *hosts)
{
    int status = EXIT_TEMPORARY;
    struct json *request = session_request(command, what, count, names, &status), *answer = NULL;
    struct error err = { 0 };

    *hosts = 0;
    if (!request)
        return status;
    enum control_asked asked =
        control_ask(rt->config, rt->state_dir, request, ASK_MS, &answer, &err);
    status = EXIT_DONE;
    if (asked == CONTROL_ANSWERED)
        json_integer(answer, "hosts", 0, INT32_MAX, hosts);
    else
        status = session_print_unasked(rt, asked, answer, &err);
    json_free(&answer);
    return status;
}

int session_ask(const struct command *command, const struct runtime *rt, const char *what,
                int count, char **names, int64_t *hosts)
{
    int status = EXIT_DONE, at = 0;

    *hosts = 0;
    do {
        int64_t some = 0;
        int share = session_share(count - at, names + at);
        status = ask_once(command, rt, what, share, names + at, &some);
        *hosts += some;
        at += share;
    } while (status == EXIT_DONE && at < count);
    return status;
}

bool session_name(const struct command *command, const char *text, char fqdn[FQDN_MAX])
{
    char shown[TEXT_ESCAPED_MAX] = "";
    if (text_fqdn(text, fqdn))
        return true;
    text_escape(text, strlen(text), shown);
    cli_usage(command, "\"%s\" is not a full domain name like home.example.com", shown);
    return false;
}

static void print_published(const char *fqdn, const char *what, const struct dcddns_addr *v4,
                            const struct dcddns_addr *v6)
{
    char text4[ADDR_TEXT_MAX] = "", text6[ADDR_TEXT_MAX] = "";

    addr_text(v4, text4);
    addr_text(v6, text6);
    printf("%s: %s %s%s%s\n", fqdn, what, text4, text4[0] && text6[0] ? " and " : "", text6);
}

int session_print_verdict(const char *fqdn, const struct engine_result *result,
                          const struct dcddns_addr *v4, const struct dcddns_addr *v6)
{
    switch (result->verdict) {
    case HOST_APPLIED:
        print_published(fqdn, "published", v4, v6);
        return EXIT_DONE;
    case HOST_UNCHANGED:
        print_published(fqdn, "unchanged,", v4, v6);
        return EXIT_DONE;
    case HOST_PENDING:
        fprintf(stderr, "dcddns: %s: not checked\n", fqdn);
        return EXIT_TEMPORARY;
    default:
        fprintf(stderr, "dcddns: %s: %s\n", fqdn, result->error.text);
        return error_exit_status(result->error.class);
    }
}

int session_print_result(const struct runtime *rt, const char *fqdn)
{
    const struct record empty = { 0 };
    const struct record *found = records_find(engine_records(rt->engine), fqdn);
    const struct record *r = found ? found : &empty;
    const struct engine_result result = engine_result(rt->engine, fqdn);
    return session_print_verdict(fqdn, &result, &r->v4.published, &r->v6.published);
}
