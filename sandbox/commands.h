/*
 * The control commands: one table that dispatches, checks and helps. Knows nothing of sockets.
 */
#ifndef SANDBOX_COMMANDS_H
#define SANDBOX_COMMANDS_H

#include "sandbox.h"

/* Exit statuses of a command, as `ctl` gives them. */
enum { COMMAND_OK = 0, COMMAND_REFUSED = 1, COMMAND_USAGE = 64 };

struct command {
    const char *name;
    const char *usage; /* the arguments */
    const char *help;
    int min; /* arguments, without the name */
    int max;
    /* argv[0] is the first argument; argv[argc] is NULL. Writes what to print, or the refusal. */
    int (*run)(struct sandbox *s, int argc, char **argv, struct buf *out);
};

#define COMMAND_STOP "stop"

/* The command of that name, or NULL. */
const struct command *command_find(const char *name);

/* Check the number of arguments and run, under the lock; argv[0] is the command name. */
int command_run(struct sandbox *s, int argc, char **argv, struct buf *out);

/* The table as help. */
void commands_help(struct buf *out);

/* The parts of the table, by room. */
int command_address(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_echo(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_zone(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_record(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_unrecord(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_change(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_approve(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_decline(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_expire(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_revoke(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_mark(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_rewind(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_secrets(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_fail(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_delay(struct sandbox *s, int argc, char **argv, struct buf *out);
int command_drop(struct sandbox *s, int argc, char **argv, struct buf *out);

#endif
