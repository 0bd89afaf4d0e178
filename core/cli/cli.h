/* The command line: a table of commands, one file each.  They print for people, return the
 * program's exit status and hold no logic of their own that a daemon or a graphical setup would
 * need too. */
#ifndef DCDDNS_CLI_CLI_H
#define DCDDNS_CLI_CLI_H

#include <stdbool.h>

#include "base/format.h"
#include "engine/control_ask.h"
#include "engine/runtime.h"

enum { EXIT_DONE = 0, EXIT_TEMPORARY = 1, EXIT_PERMANENT = 2, EXIT_USAGE = 64 };

struct cli {            /* global options */
    const char *config; /* --config, or NULL */
    const char *state_dir;
    int verbose; /* -v counts up, -q counts down */
    bool
        daemon; /* the log level of the configuration counts; other commands speak for themselves */
};

struct command {
    const char *name, *synopsis, *summary;
    const char *options; /* one line an option, as --help prints it; "" when none */
    int (*run)(const struct command *, const struct cli *, int argc, char **argv);
};

int command_setup(const struct command *, const struct cli *, int argc, char **argv);
int command_update(const struct command *, const struct cli *, int argc, char **argv);
int command_run(const struct command *, const struct cli *, int argc, char **argv);
int command_agent(const struct command *, const struct cli *, int argc, char **argv);
int command_status(const struct command *, const struct cli *, int argc, char **argv);
int command_import(const struct command *, const struct cli *, int argc, char **argv);
int command_remove(const struct command *, const struct cli *, int argc, char **argv);
int command_doctor(const struct command *, const struct cli *, int argc, char **argv);
int command_check(const struct command *, const struct cli *, int argc, char **argv);
int command_reload(const struct command *, const struct cli *, int argc, char **argv);
int command_events(const struct command *, const struct cli *, int argc, char **argv);
int command_modules(const struct command *, const struct cli *, int argc, char **argv);
int command_support_bundle(const struct command *, const struct cli *, int argc, char **argv);
int command_check_config(const struct command *, const struct cli *, int argc, char **argv);

/* The one command that only this system has, or NULL. */
const struct command *command_of_system(void);

/* `modules check`, ARGV[0] being "check". */
int modules_check(const struct command *, int argc, char **argv);

/* Help of one command; returns EXIT_DONE. */
int cli_help(const struct command *);
/* "dcddns COMMAND: what", and where help is; returns EXIT_USAGE. */
int cli_usage(const struct command *, const char *format, ...) FORMAT_CHECKED(2, 3);
/* For an option that getopt_long() does not know, or that lacks its value; returns EXIT_USAGE. */
int cli_wrong_option(const struct command *, char **argv);
/* For commands without options but --help: -1 to go on at optind, else the exit status. */
int cli_no_options(const struct command *, int argc, char **argv);
/* "dcddns: what" on standard error; returns the exit status of the error's class. */
int cli_fail(const struct error *);

/* Where the configuration is, and whether it may be missing. */
int session_locate(const struct cli *, struct runtime *);
/* Reads the configuration, which may want modules that are not there; prints every error. */
int session_read(const struct cli *, struct runtime *);
/* Reads the configuration and proves the modules; prints every error.  EXIT_DONE, or the exit
 * status. */
int session_load(const struct cli *, struct runtime *);
/* Reads of the configuration what finds the daemon, whatever else is wrong with it. */
int session_find_daemon(const struct cli *, struct runtime *);
/* session_load() and the engine on top. */
int session_open(const struct cli *, struct runtime *);
/* Also removes a state directory that the command made and then had nothing to keep in. */
void session_close(struct runtime *);
/* Turns the engine until the cycles asked for are over and records are written. */
void session_settle(struct runtime *);
/* Asks a running daemon to read its configuration again; without one, and when ADVISE, says how to
 * start it. */
void session_tell_daemon(const struct runtime *, bool advise);
/* The same without words; false: none was told. */
bool session_tell_quietly(const struct runtime *);
/* A request to the daemon on this state directory, `hosts` being the COUNT names, which are
 * checked; NULL after printing what is wrong (*STATUS). */
struct json *session_request(const struct command *, const char *what, int count, char **names,
                             int *status);
/* How many of the COUNT names, from the first, one request surely has room for. */
int session_share(int count, char **names);
/* Asks for that, in as many requests as the names need, and waits; *HOSTS is how many it concerns.
 * Prints why when it fails; returns the exit status. */
int session_ask(const struct command *, const struct runtime *, const char *what, int count,
                char **names, int64_t *hosts);
/* Prints why the daemon could not be asked or refused; returns the exit status. */
int session_print_unasked(const struct runtime *, enum control_asked, const struct json *answer,
                          const struct error *);
/* FQDN from the command line; false after printing what is wrong. */
bool session_name(const struct command *, const char *text, char fqdn[FQDN_MAX]);
/* Prints how the last cycle of a host ended; returns its exit status. */
int session_print_result(const struct runtime *, const char *fqdn);
/* The same in parts: V4 and V6 are what is published now. */
int session_print_verdict(const char *fqdn, const struct engine_result *,
                          const struct dcddns_addr *v4, const struct dcddns_addr *v6);

/* update_asked.c: has the daemon update what fits in one request; -1: none can be asked, and
 * nothing was printed (ERR). *ANSWERED is false when it said why it does not, and that was printed.
 */
int update_asked(const struct command *, const struct runtime *, int count, char **names,
                 bool force, bool *answered, struct error *);

#endif
