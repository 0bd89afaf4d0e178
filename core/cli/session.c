/* What most commands begin and end with; see cli.h. */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/buf.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "engine/daemon.h"

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

void session_tell_daemon(const struct runtime *rt, bool advise)
{
    int64_t pid = 0;
    int rc = daemon_tell(rt->state_dir, &pid);
    if (pid == 0 && !advise)
        return;
    if (pid == 0)
        puts("Keep it up to date from now on with the daemon: systemctl enable --now dcddns, or: "
             "dcddns run");
    else if (rc == 0)
        printf("The running daemon (process %lld) was told.\n", (long long)pid);
    else
        puts("Tell the running daemon: systemctl reload dcddns");
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

static void print_published(const struct runtime *rt, const char *fqdn, const char *what)
{
    char v4[ADDR_TEXT_MAX] = "", v6[ADDR_TEXT_MAX] = "";
    const struct record *r = records_find(engine_records(rt->engine), fqdn);
    if (!r)
        return;
    addr_text(&r->v4.published, v4);
    addr_text(&r->v6.published, v6);
    printf("%s: %s %s%s%s\n", fqdn, what, v4, v4[0] && v6[0] ? " and " : "", v6);
}

int session_print_result(const struct runtime *rt, const char *fqdn)
{
    const struct engine_result result = engine_result(rt->engine, fqdn);
    switch (result.verdict) {
    case HOST_APPLIED:
        print_published(rt, fqdn, "published");
        return EXIT_DONE;
    case HOST_UNCHANGED:
        print_published(rt, fqdn, "unchanged,");
        return EXIT_DONE;
    case HOST_PENDING:
        fprintf(stderr, "dcddns: %s: not checked\n", fqdn);
        return EXIT_TEMPORARY;
    default:
        fprintf(stderr, "dcddns: %s: %s\n", fqdn, result.error.text);
        return error_exit_status(result.error.class);
    }
}
