/* `dcddns status`: what is published, observed, due, and what is wrong; as the running daemon knows
 * it, else from the state on disk. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/status_table.h"
#include "engine/daemon.h"
#include "engine/health.h"

enum { WAIT_MS = 10 * 1000 };

struct view {
    struct status status;
    enum control_asked asked;
    struct error unasked; /* why a daemon that runs could not be asked */
};

static bool is_of(const struct status *s, const char *fqdn)
{
    for (size_t i = 0; i < s->host_count; i++) {
        if (strcmp(s->hosts[i].name, fqdn) == 0)
            return true;
    }
    return false;
}

static bool is_named(int count, char **names, const char *want)
{
    char fqdn[FQDN_MAX] = "";
    for (int i = 0; i < count; i++) {
        if (text_fqdn(names[i], fqdn) && strcmp(fqdn, want) == 0)
            return true;
    }
    return false;
}

/* Of all hosts, those that are named; what the daemon does otherwise. */
static void keep_named(struct view *v, int count, char **names)
{
    struct status *s = &v->status;
    char fqdn[FQDN_MAX] = "";
    size_t kept = 0;

    for (int i = 0; i < count; i++) {
        if (text_fqdn(names[i], fqdn) && is_of(s, fqdn))
            continue;
        error_set(&v->unasked, ERR_PERM,
                  "%s is not configured in the running daemon; if it is new, run: dcddns reload, "
                  "else: dcddns setup %s",
                  fqdn, fqdn);
        v->asked = CONTROL_REFUSED;
        return;
    }
    for (size_t i = 0; i < s->host_count; i++) {
        if (is_named(count, names, s->hosts[i].name))
            s->hosts[kept++] = s->hosts[i];
    }
    s->host_count = kept;
}

/* What the daemon says; a daemon that is not to be asked leaves it to the disk. It is asked for all
 * hosts when the names do not fit in one request. */
static int view_live(const struct command *command, const struct runtime *rt, struct view *v,
                     int count, char **names)
{
    int status = EXIT_TEMPORARY;
    char fqdn[FQDN_MAX] = "";
    for (int i = 0; i < count; i++) {
        if (!session_name(command, names[i], fqdn))
            return EXIT_USAGE;
    }
    const bool fits = session_share(count, names) == count;
    struct json *request = session_request(command, "status", fits ? count : 0, names, &status);
    struct json *answer = NULL;

    if (!request)
        return status;
    v->asked = control_ask(rt->config, rt->state_dir, request, WAIT_MS, &answer, &v->unasked);
    if (v->asked == CONTROL_ANSWERED &&
        status_from_json(json_get(answer, "status"), &v->status) < 0) {
        error_set(&v->unasked, ERR_TEMP, "its answer cannot be read; is it of another version?");
        status_free(&v->status);
        v->asked = CONTROL_LOST;
    }
    if (v->asked == CONTROL_ANSWERED && !fits)
        keep_named(v, count, names);
    json_free(&answer);
    return EXIT_DONE;
}

static int view_disk(const struct runtime *rt, struct view *v, int count, char **names)
{
    char(*fqdns)[FQDN_MAX] = mem_new((size_t)count, sizeof(*fqdns));
    const char **items = mem_new((size_t)count, sizeof(*items));
    const struct status_names wanted = { .items = items, .count = (size_t)count };
    struct error err = { 0 };
    int status = EXIT_DONE;

    if (!fqdns || !items)
        error_set(&err, ERR_LOCAL, "out of memory");
    for (int i = 0; i < count && !err.text[0]; i++) {
        text_fqdn(names[i], fqdns[i]); /* view_live() proved it */
        items[i] = fqdns[i];
        if (!config_find_host(rt->config, fqdns[i]))
            error_set(&err, ERR_PERM, "%s is not configured in %s; run: dcddns setup %s", fqdns[i],
                      rt->config->path, fqdns[i]);
    }
    if (err.text[0] || status_of_disk(rt->config, rt->state_dir, &wanted, &v->status, &err) < 0)
        status = cli_fail(&err);
    mem_free(items);
    mem_free(fqdns);
    return status;
}

static int take(const struct command *command, const struct runtime *rt, struct view *v, int count,
                char **names)
{
    int status = view_live(command, rt, v, count, names);
    if (status != EXIT_DONE || v->asked == CONTROL_ANSWERED)
        return status;
    if (v->asked == CONTROL_REFUSED && v->unasked.class == ERR_PERM)
        return cli_fail(&v->unasked); /* a host it does not know */
    return view_disk(rt, v, count, names);
}

static int print_json(const struct status *s)
{
    struct json *json = status_to_json(s);
    char *text = json ? json_print(json, true) : NULL;
    int status = text ? EXIT_DONE : EXIT_TEMPORARY;

    if (text)
        puts(text);
    else
        fputs("dcddns: out of memory\n", stderr);
    mem_free(text);
    json_free(&json);
    return status;
}

static void print_unreadable(const struct status *s)
{
    for (size_t i = 0; i < s->host_count; i++) {
        const struct status_host *h = &s->hosts[i];
        if (strcmp(h->grant.state, "unreadable") == 0)
            fprintf(stderr, "dcddns: %s: the grant cannot be read%s%s\n", h->name,
                    h->grant.error.text[0] ? ": " : "", h->grant.error.text);
    }
}

static int show(const struct view *v, bool json)
{
    const struct status *s = &v->status;
    int status = EXIT_DONE;

    print_unreadable(s);
    if (json)
        status = print_json(s);
    else
        status_table_print(s, s->daemon_pid > 0 && !s->live ? v->unasked.text : NULL);
    return status == EXIT_DONE && status_is_unreadable(s) ? EXIT_TEMPORARY : status;
}

/* Nothing but 0 and 1: what else is wrong makes it unhealthy, too. */
static int health(const struct command *command, const struct runtime *rt)
{
    struct view view = { 0 };
    struct error why = { ERR_TEMP, "the state cannot be read" };
    bool healthy = false;

    if (take(command, rt, &view, 0, NULL) == EXIT_DONE) {
        const struct health_input in = { .status = &view.status,
                                         .interval_s = rt->config->interval_s,
                                         .died = daemon_died(rt->state_dir),
                                         .mute = view.asked == CONTROL_LOST };
        healthy = health_of(&in, &why);
    }
    puts(why.text);
    status_free(&view.status);
    return healthy ? EXIT_DONE : EXIT_TEMPORARY;
}

static int run(const struct command *command, const struct cli *cli, int argc, char **argv,
               int what)
{
    struct runtime rt = { 0 };
    struct view view = { 0 };
    int status = what == 'H' ? session_find_daemon(cli, &rt) : session_load(cli, &rt);

    if (status == EXIT_DONE && what == 'H')
        status = health(command, &rt);
    else if (status == EXIT_DONE)
        status = take(command, &rt, &view, argc - optind, argv + optind);
    if (status == EXIT_DONE && what != 'H')
        status = show(&view, what == 'j');
    status_free(&view.status);
    session_close(&rt);
    return status;
}

int command_status(const struct command *command, const struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = { { "json", no_argument, NULL, 'j' },
                                             { "health", no_argument, NULL, 'H' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    int what = 0;
    int option = getopt_long(argc, argv, "", options, NULL);

    for (; option >= 0; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h')
            return cli_help(command);
        if (option != 'j' && option != 'H')
            return cli_wrong_option(command, argv);
        if (what != 0 && what != option)
            return cli_usage(command, "--json and --health do not go together");
        what = option;
    }
    if (what == 'H' && optind < argc)
        return cli_usage(command, "--health is about all hosts");
    return run(command, cli, argc, argv, what);
}
