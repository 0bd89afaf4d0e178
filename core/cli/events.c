/* `dcddns events`: follows what the running daemon does, one line an event. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "engine/event_json.h"
#include "engine/feed.h"

struct following {
    bool json;
    bool deaf; /* nobody reads any more */
};

static void print_json(const struct event *event)
{
    char *text = event_to_json(event);
    if (text)
        puts(text);
    else
        fputs("dcddns: an event is not shown: out of memory\n", stderr);
    mem_free(text);
}

static void print_line(const struct event *event)
{
    char when[32] = "", words[ERROR_TEXT_MAX] = "", record[FQDN_MAX] = "";
    const time_t seconds = (time_t)(event->wall_ms / 1000);
    const struct tm *local = localtime(&seconds);

    if (local)
        strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", local);
    snprintf(words, sizeof(words), "%s", event->message);
    snprintf(record, sizeof(record), "%s", event->record);
    text_tame(words);
    text_tame(record);
    printf("%s  %-16s  %s%s%s\n", when, event->id, record, record[0] ? ": " : "", words);
}

static void on_event(void *ctx, const struct event *event)
{
    struct following *f = ctx;
    if (f->json)
        print_json(event);
    else
        print_line(event);
    f->deaf = f->deaf || fflush(stdout) != 0 || ferror(stdout);
}

/* Waiting would not help who may not connect. */
static bool may_connect(char *const *places, struct error *err)
{
    for (size_t i = 0; places[i]; i++) {
        struct error here = { 0 };
        int fd = os_local_connect(places[i], &here);
        if (fd >= 0)
            os_local_close(fd);
        if (fd >= 0 || here.class == ERR_LOCAL) /* who hangs now may let us in later */
            return true;
        if (here.class == ERR_PERM)
            *err = here;
    }
    return err->class != ERR_PERM;
}

static int follow(char *const *places, bool json)
{
    struct following following = { .json = json };
    struct error err = { 0 };

    if (!places[0]) {
        error_set(&err, ERR_CONFIG, "control-socket is none: the daemon cannot be followed");
        return cli_fail(&err);
    }
    if (!may_connect(places, &err))
        return cli_fail(&err);
    struct net *net = net_new(NULL, &err);
    struct feed *feed =
        net ? feed_open(net, (const char *const *)places, on_event, &following) : NULL;
    if (net && !feed)
        error_set(&err, ERR_LOCAL, "out of memory");
    while (feed && !following.deaf)
        net_turn(net, -1);
    feed_close(&feed);
    if (net)
        net_free(&net);
    return following.deaf ? EXIT_DONE : cli_fail(&err);
}

int command_events(const struct command *command, const struct cli *cli, int argc, char **argv)
{
    static const struct option options[] = { { "json", no_argument, NULL, 'j' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    char *places[CONTROL_PLACES_MAX + 1] = { NULL };
    struct runtime rt = { 0 };
    bool json = !os_is_terminal(1);
    int option = getopt_long(argc, argv, "", options, NULL);

    for (; option >= 0; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h')
            return cli_help(command);
        if (option != 'j')
            return cli_wrong_option(command, argv);
        json = true;
    }
    if (optind < argc)
        return cli_usage(command, "it takes no arguments");
    int status = session_find_daemon(cli, &rt);
    if (status == EXIT_DONE) {
        control_places(rt.config, rt.state_dir, places);
        status = follow(places, json);
        control_places_free(places);
    }
    session_close(&rt);
    return status;
}
