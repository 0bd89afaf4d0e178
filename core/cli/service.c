/* `dcddns service`: the daemon as a service of Windows. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "platform/service.h"

enum { WAIT_MS = 60 * 1000 };

struct service_session {
    const struct command *command;
    const struct cli *cli;
};

/* -- in the service --------------------------------------------------------------------------- */

static struct {
    char *state_dir;
    int64_t written;
} service_log;

/* One that is too long, and cannot be moved away, is tried again after as much once more. */
static bool open_log(void)
{
    const int64_t length = os_service_log(service_log.state_dir);

    if (length >= 0)
        service_log.written = length > OS_SERVICE_LOG_MAX ? 0 : length;
    return length >= 0;
}

/* Lines with their time, in a file that begins anew when it is long. */
static void log_line_to_file(void *ctx, int level, const char *line)
{
    char now[DATE_TEXT_MAX] = "";
    (void)ctx;

    if (service_log.written > OS_SERVICE_LOG_MAX)
        (void)open_log(); /* else it goes on where it is */
    date_text(os.wall_ms(), now);
    const char *word = level >= DCDDNS_LOG_ERROR && level < DCDDNS_LOG_ERROR + LOG_LEVELS
                           ? log_level_names[level - DCDDNS_LOG_ERROR]
                           : "debug";
    int len = fprintf(stderr, "%s %s: %s\n", now, word, line);
    service_log.written += len > 0 ? len : 0;
}

/* At any level of the log: it tells one run from the other. */
static void log_start(void)
{
    char line[64] = "";
    snprintf(line, sizeof(line), "the service starts, process %lld", (long long)os_pid());
    log_line_to_file(NULL, DCDDNS_LOG_NOTICE, line);
}

static int serve(void *ctx)
{
    const struct service_session *session = ctx;
    char name[] = "run", *argv[] = { name, NULL };
    struct runtime rt = { 0 };

    int status = session_find_daemon(session->cli, &rt);
    if (status == EXIT_DONE && rt.state_dir) {
        rt.state_existed = true; /* what the log made stays */
        service_log.state_dir = mem_strdup(rt.state_dir);
        if (service_log.state_dir && open_log()) {
            log_to(log_line_to_file, NULL);
            log_start();
        }
    }
    session_close(&rt);
    optind = 0;
    if (status == EXIT_DONE)
        status = command_run(session->command, session->cli, 1, argv);
    return status;
}

static int run_service(const struct command *command, const struct cli *cli)
{
    struct service_session session = { command, cli };
    int status = os_service_run(serve, &session);

    if (status >= 0)
        return status;
    fputs("dcddns: this is for the service manager; see: dcddns service start, or in the "
          "foreground: dcddns run\n",
          stderr);
    return EXIT_PERMANENT;
}

/* -- asked for -------------------------------------------------------------------------------- */

/* The service does not start in this folder, and not as this user. */
static int check_paths(const struct command *command, const struct cli *cli)
{
    if ((cli->config && !os_path_is_absolute(cli->config)) ||
        (cli->state_dir && !os_path_is_absolute(cli->state_dir)))
        return cli_usage(command, "install needs absolute paths after --config and --state-dir");
    return EXIT_DONE;
}

static int install(const struct command *command, const struct cli *cli)
{
    const char *words[8] = { NULL };
    char *config_dir = NULL;
    struct runtime rt = { 0 };
    struct error err = { 0 };
    size_t count = 0;

    int status = check_paths(command, cli);
    if (status == EXIT_DONE)
        status = session_find_daemon(cli, &rt);
    if (status != EXIT_DONE)
        return status;
    if (cli->config) {
        words[count++] = "--config";
        words[count++] = cli->config;
    }
    if (cli->state_dir) {
        words[count++] = "--state-dir";
        words[count++] = cli->state_dir;
    }
    words[count++] = "service";
    words[count++] = "run";
    rt.state_existed = true; /* what is made for the service stays */
    if (!cli->config)        /* a file that is named may be anywhere, and its folder anybody's */
        config_dir = os_place(OS_PLACE_CONFIG, DCDDNS_CONFIG_DIR);
    if (os_service_install(words, rt.state_dir, config_dir, &err) < 0)
        status = cli_fail(&err);
    else
        puts("installed; it starts with the machine, and now by: dcddns service start");
    mem_free(config_dir);
    session_close(&rt);
    return status;
}

/* The last line the service wrote, which says why it ended. */
static void print_last_line(const struct cli *cli)
{
    struct runtime rt = { 0 };
    struct error ignored = { 0 };
    char *text = NULL, shown[TEXT_ESCAPED_MAX] = "";
    size_t len = 0;

    if (session_find_daemon(cli, &rt) != EXIT_DONE)
        return;
    struct os_dir *dir = os_dir_open(rt.state_dir, 0, &ignored);
    if (dir &&
        os_read_file(dir, "service.log", 2 * OS_SERVICE_LOG_UNMOVED, &text, &len, NULL) == 0) {
        while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
            text[--len] = '\0';
        const char *line = strrchr(text, '\n');
        line = line ? line + 1 : text;
        fprintf(stderr, "dcddns: it last said: %s\ndcddns: all of it: %s/service.log\n",
                text_escape(line, strlen(line), shown), rt.state_dir);
    }
    mem_free(text);
    os_dir_close(&dir);
    session_close(&rt);
}

static int start(const struct command *command, const struct cli *cli)
{
    struct error err = { 0 };
    int rc = os_service_start(WAIT_MS, &err);
    (void)command;

    if (rc >= 0) {
        puts(rc == 0 ? "started" : "it runs already");
        return EXIT_DONE;
    }
    int status = cli_fail(&err);
    if (err.class == ERR_TEMP)
        print_last_line(cli);
    return status;
}

static int stop(const struct command *command, const struct cli *cli)
{
    struct error err = { 0 };
    int rc = os_service_stop(WAIT_MS, &err);
    (void)command;
    (void)cli;

    if (rc < 0)
        return cli_fail(&err);
    puts(rc == 0 ? "stopped" : "it does not run");
    return EXIT_DONE;
}

static int uninstall(const struct command *command, const struct cli *cli)
{
    struct error err = { 0 };
    (void)command;
    (void)cli;

    if (os_service_uninstall(WAIT_MS, &err) < 0)
        return cli_fail(&err);
    puts("uninstalled; configuration and state are kept");
    return EXIT_DONE;
}

static int status(const struct command *command, const struct cli *cli)
{
    struct os_service is = { 0 };
    struct error err = { 0 };
    (void)command;
    (void)cli;

    if (os_service_query(&is, &err) < 0)
        return cli_fail(&err);
    switch (is.state) {
    case OS_SERVICE_ABSENT:
        puts("not installed; see: dcddns service install");
        return EXIT_PERMANENT;
    case OS_SERVICE_RUNNING:
        printf("running (process %lld)\n", (long long)is.pid);
        return EXIT_DONE;
    case OS_SERVICE_STARTING:
        printf("starting (process %lld)\n", (long long)is.pid);
        return EXIT_TEMPORARY;
    case OS_SERVICE_STOPPING:
        printf("stopping (process %lld)\n", (long long)is.pid);
        return EXIT_TEMPORARY;
    case OS_SERVICE_STOPPED:
        break;
    }
    if (is.exit_status != 0)
        printf("stopped; it ended with status %d\n", is.exit_status);
    else
        puts("stopped");
    return EXIT_TEMPORARY;
}

static int command_service(const struct command *command, const struct cli *cli, int argc,
                           char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct command *, const struct cli *);
    } what[] = {
        { "install", install }, { "uninstall", uninstall }, { "start", start },
        { "stop", stop },       { "status", status },       { "run", run_service },
    };
    char shown[TEXT_ESCAPED_MAX] = "";

    int given = cli_no_options(command, argc, argv);
    if (given >= 0)
        return given;
    if (argc - optind != 1)
        return cli_usage(command, "name one of install, uninstall, start, stop, status");
    for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
        if (strcmp(argv[optind], what[i].name) == 0)
            return what[i].run(command, cli);
    }
    text_escape(argv[optind], strlen(argv[optind]), shown);
    return cli_usage(
        command, "it cannot \"%s\"; name one of install, uninstall, start, stop, status", shown);
}

const struct command *command_of_system(void)
{
    static const struct command command = { "service",
                                            "install | uninstall | start | stop | status",
                                            "the daemon as a service of Windows", "",
                                            command_service };
    return &command;
}
