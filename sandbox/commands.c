/*
 * The table of control commands, and the commands about the sandbox itself. Must not know how a
 * command arrives.
 */
#include "commands.h"

#include "faults.h"
#include "journal.h"
#include "options.h"

#include <string.h>

static int command_set(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    return options_set(&s->options, argv[0], argv[1], out) ? COMMAND_OK : COMMAND_REFUSED;
}

static int command_show(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    (void)argv;
    options_show(&s->options, out);
    buf_printf(out, "address4 %s\n", s->public4[0] ? s->public4 : "none");
    buf_printf(out, "address6 %s\n", s->public6[0] ? s->public6 : "none");
    for (int i = 0; i < SBX_ECHOES; i++) {
        if (s->echo_bodies[i] && i == 0) {
            buf_str(out, "echo custom\n");
        } else if (s->echo_bodies[i]) {
            buf_printf(out, "echo%d custom\n", i);
        }
    }
    faults_show(s, out);
    return COMMAND_OK;
}

static int command_stats(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    (void)argv;
    journal_stats(s, out);
    return COMMAND_OK;
}

static int command_log(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    (void)argv;
    buf_add(out, buf_text(&s->log), s->log.len);
    if (s->log.failed) {
        buf_str(out, "# the log is full; lines after this one are lost (clear makes room)\n");
    }
    return COMMAND_OK;
}

static int command_clear(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)argc;
    (void)argv;
    (void)out;
    journal_clear(s);
    return COMMAND_OK;
}

/* The stopping itself is done by the control room, after the answer is on its way. */
static int command_stop(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    (void)s;
    (void)argc;
    (void)argv;
    (void)out;
    return COMMAND_OK;
}

static const struct command table[] = {
    { "address", "ADDR|none4|none6 [ADDR]", "set (or clear) the public address of a family", 1, 2,
      command_address },
    { "echo", "SERVICE|all default|BODY", "what /ip of echo, echo1..echo4 answers; \\n \\0 \\xHH",
      2, 2, command_echo },
    { "zone", "", "print the managed zone as a master file", 0, 0, command_zone },
    { "record", "NAME TYPE DATA...", "add a record that nobody owns (TTL 300)", 3, 64,
      command_record },
    { "change", "NAME TYPE [DATA...]", "change or remove records, whoever they belong to", 2, 64,
      command_change },
    { "unrecord", "NAME TYPE", "remove records that no template owns", 2, 2, command_unrecord },
    { "approve", "URL", "approve that consent URL; prints code= and url=", 1, 1, command_approve },
    { "decline", "URL", "decline that consent URL; prints url=", 1, 1, command_decline },
    { "expire", "", "end all access tokens now", 0, 0, command_expire },
    { "revoke", "", "end all refresh tokens now", 0, 0, command_revoke },
    { "mark", "", "remember all codes and tokens as they are", 0, 0, command_mark },
    { "rewind", "", "bring them back; those issued since are unknown", 0, 0, command_rewind },
    { "fail", "ENDPOINT STATUS COUNT [retry-after=SECONDS] [location=URL] [BODY]",
      "the next COUNT requests get STATUS; 0 clears", 3, 6, command_fail },
    { "delay", "ENDPOINT MS COUNT", "the next COUNT answers come late; 0 clears", 3, 3,
      command_delay },
    { "drop", "ENDPOINT COUNT", "do the work of COUNT requests, but never answer; 0 clears", 2, 2,
      command_drop },
    { "set", "KEY VALUE", "change a setting (list below)", 2, 2, command_set },
    { "show", "", "all settings, addresses and arranged faults", 0, 0, command_show },
    { "stats", "", "counters, as JSON", 0, 0, command_stats },
    { "log", "", "one line per request", 0, 0, command_log },
    { "clear", "", "forget log and counters", 0, 0, command_clear },
    { "secrets", "", "every code, token and verifier ever issued or seen", 0, 0, command_secrets },
    { COMMAND_STOP, "", "end the sandbox; returns when it is gone", 0, 0, command_stop },
};

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

int command_run(struct sandbox *s, int argc, char **argv, struct buf *out)
{
    const struct command *command = argc > 0 ? command_find(argv[0]) : NULL;
    if (!command) {
        buf_printf(out, "no command named '%s'; see dcddns-sandbox ctl --help\n",
                   argc > 0 ? argv[0] : "");
        return COMMAND_USAGE;
    }
    if (argc - 1 < command->min || argc - 1 > command->max) {
        buf_printf(out, "usage: %s %s\n", command->name, command->usage);
        return COMMAND_USAGE;
    }
    sandbox_lock(s);
    int rc = command->run(s, argc - 1, argv + 1, out);
    sandbox_unlock(s);
    return rc;
}

void commands_help(struct buf *out)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *space = table[i].usage[0] ? " " : "";
        buf_printf(out, "  %s%s%s\n      %s\n", table[i].name, space, table[i].usage,
                   table[i].help);
    }
    buf_str(out, "\nENDPOINT: ");
    for (int i = 0; i < EP_FAULTS; i++) {
        buf_printf(out, "%s ", endpoint_name((enum endpoint)i));
    }
    buf_str(out, "\n\nSettings (set KEY VALUE):\n");
    options_help(out);
}
