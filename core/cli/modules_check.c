/* `dcddns modules check FILE`: rehearses a module in a child, which may crash, hang or end itself,
 * and shows one line for each check.  Needs no configuration. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "modules/rehearsal.h"

/* The longest check, a query that must be cancelled, takes 3 s for each family. */
enum { HANG_MS = 15000, LINE_MAX_SIZE = 1000, OPTIONS_MAX = 64, PRINTED_MAX = 12 };

/* First word of a line from the child; the rest is for people. */
#define BEGIN "> "
#define END   "."

struct request {
    const char *file;
    bool child; /* this process is the one that may crash */
    struct schema_value values[OPTIONS_MAX];
    size_t count;
};

/* -- the child ----------------------------------------------------------------------------------
 */

static void tell(const char *line)
{
    if (!os_child_tell(line))
        _Exit(EXIT_PERMANENT); /* nobody listens any more */
}

static void begin(void *ctx, const char *what)
{
    char line[LINE_MAX_SIZE] = "";
    (void)ctx;
    snprintf(line, sizeof(line), BEGIN "%s\n", what);
    tell(line);
}

static void report(void *ctx, enum rehearsal_verdict verdict, const char *what, const char *why)
{
    static const char *const words[] = {
        [REHEARSAL_OK] = "ok  ", [REHEARSAL_NOTE] = "note", [REHEARSAL_FAIL] = "FAIL"
    };
    char line[LINE_MAX_SIZE] = "";
    (void)ctx;
    snprintf(line, sizeof(line) - 1, "%s %s%s%s", words[verdict], what, *why ? ": " : "", why);
    line[strlen(line)] = '\n';
    tell(line);
}

static int rehearse(const struct request *request)
{
    const struct rehearsal_audience audience = { .begin = begin, .tell = report };
    const struct rehearsal_options options = { .values = request->values, .count = request->count };
    bool stuck = false;

    os_die_with_parent();
    int failures = rehearsal_run(request->file, &options, &audience, &stuck);
    begin(NULL, "the end of the process");
    tell(END "\n");
    if (stuck)
        _Exit(EXIT_PERMANENT); /* exit() would pull the ground from under its thread */
    return failures > 0 ? EXIT_PERMANENT : EXIT_DONE;
}

/* -- the parent ---------------------------------------------------------------------------------
 */

struct watcher {
    char step[128]; /* what the child is doing */
    bool finished;  /* it said all it had to say */
    bool hung;
    int failures;
    int printed; /* lines of its own on standard output and error */
};

static void hear(struct watcher *watcher, const char *line)
{
    if (strncmp(line, BEGIN, strlen(BEGIN)) == 0)
        snprintf(watcher->step, sizeof(watcher->step), "%.120s", line + strlen(BEGIN));
    else if (strcmp(line, END) == 0)
        watcher->finished = true;
    else
        puts(line);
    if (strncmp(line, "FAIL ", 5) == 0)
        watcher->failures++;
}

static void overhear(struct watcher *watcher, const char *line)
{
    char shown[TEXT_ESCAPED_MAX] = "";
    if (++watcher->printed <= PRINTED_MAX)
        printf("note printed: %s\n", text_escape(line, strlen(line), shown));
}

static void follow(struct watcher *watcher, struct os_child *child)
{
    char line[LINE_MAX_SIZE + 8] = "";
    int64_t until = os.boot_ms() + HANG_MS; /* what the module prints is no sign of life */
    for (;;) {
        int64_t left = until - os.boot_ms();
        switch (os_child_next(child, left > 0 ? left : 0, line, sizeof(line))) {
        case OS_CHILD_TOLD:
            hear(watcher, line);
            until = os.boot_ms() + HANG_MS;
            break;
        case OS_CHILD_PRINTED:
            overhear(watcher, line);
            if (left > 0)
                break;
            watcher->hung = true;
            return;
        case OS_CHILD_SILENT:
            watcher->hung = true;
            return;
        case OS_CHILD_ENDED:
            return;
        }
    }
}

/* How it ended when that is the module's doing; false: as it should. */
static bool print_ending(const struct watcher *watcher, const struct os_ending *ending)
{
    if (watcher->hung)
        printf("FAIL %s: hung: nothing came back for %d s; only query() and notify() may block, "
               "and only in services of the host\n",
               watcher->step, HANG_MS / 1000);
    else if (ending->signal)
        printf("FAIL %s: crashed with SIG%s; build the module with -g -fsanitize=address, or run "
               "it under gdb or valgrind\n",
               watcher->step, ending->signal);
    else if (!watcher->finished)
        printf("FAIL %s: the process ended by itself, with status %d; a module must never call "
               "exit()\n",
               watcher->step, ending->status);
    else if (ending->status != (watcher->failures > 0 ? EXIT_PERMANENT : EXIT_DONE))
        printf("FAIL %s: it ended with status %d; a module must not meddle with that\n",
               watcher->step, ending->status);
    else
        return false;
    return true;
}

static int watch(const char *file, const char *const *argv)
{
    struct watcher watcher = { .step = "start" };
    struct error err = { 0 };
    struct os_child *child = os_child_start(argv, &err);

    if (!child)
        return cli_fail(&err);
    follow(&watcher, child);
    const struct os_ending ending = os_child_end(&child);
    if (print_ending(&watcher, &ending))
        watcher.failures++;
    if (watcher.printed > 0)
        printf("note printed: %d lines in all; a module says what it has to say with host->log()\n",
               watcher.printed);
    if (watcher.failures == 0)
        printf("%s: a usable module for ABI %d\n", file, DCDDNS_ABI_MAJOR);
    else
        printf("%s: %d check%s failed\n", file, watcher.failures, watcher.failures == 1 ? "" : "s");
    return watcher.failures == 0 ? EXIT_DONE : EXIT_PERMANENT;
}

static int watch_child(const struct request *request)
{
    const char *argv[OPTIONS_MAX * 2 + 8] = { "dcddns", "modules", "check", "--child" };
    char *texts[OPTIONS_MAX] = { NULL };
    size_t words = 4;
    int status = EXIT_TEMPORARY;
    char *real = os_real_path(request->file);

    for (size_t i = 0; i < request->count; i++) {
        const struct schema_value *value = &request->values[i];
        size_t size = strlen(value->name) + strlen(value->value) + 2;
        texts[i] = mem_new(1, size);
        if (!texts[i])
            goto end;
        snprintf(texts[i], size, "%s=%s", value->name, value->value);
        argv[words++] = "--option";
        argv[words++] = texts[i];
    }
    argv[words++] = "--";
    argv[words++] = real;
    if (real) {
        status = watch(request->file, argv);
    } else {
        fprintf(stderr, "dcddns: %s: no such file\n", request->file);
        status = EXIT_PERMANENT;
    }
end:
    for (size_t i = 0; i < request->count; i++)
        mem_free_secret(texts[i]);
    mem_free(real);
    return status;
}

/* -- the command line ---------------------------------------------------------------------------
 */

/* Cuts KEY=VALUE in place. */
static bool add_option(struct request *request, char *text)
{
    char *equals = strchr(text, '=');
    if (!equals || equals == text || request->count == OPTIONS_MAX)
        return false;
    *equals = '\0';
    request->values[request->count++] =
        (struct schema_value){ .name = text, .value = equals + 1, .file = "--option" };
    return true;
}

int modules_check(const struct command *command, int argc, char **argv)
{
    enum { OPT_OPTION = 256, OPT_CHILD };
    static const struct option options[] = { { "option", required_argument, NULL, OPT_OPTION },
                                             { "child", no_argument, NULL, OPT_CHILD },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    struct request request = { 0 };
    int option = 0;

    optind = 0;
    while (option >= 0) {
        option = getopt_long(argc, argv, "", options, NULL);
        switch (option) {
        case OPT_OPTION:
            if (!add_option(&request, optarg))
                return cli_usage(command, "--option takes KEY=VALUE, at most %d times",
                                 OPTIONS_MAX);
            break;
        case OPT_CHILD:
            request.child = true;
            break;
        case 'h':
            return cli_help(command);
        case '?':
            return cli_wrong_option(command, argv);
        default:
            break;
        }
    }
    if (argc - optind != 1)
        return cli_usage(command, "check takes one FILE");
    request.file = argv[optind];
    return request.child ? rehearse(&request) : watch_child(&request);
}
