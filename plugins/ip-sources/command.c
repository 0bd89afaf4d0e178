/* Command as IP source: a program of the administrator's prints the address, for whatever no other
 * source knows: a router's API, a cloud's metadata, a modem on a serial line. */
#include <stdlib.h>
#include <string.h>

#include "shared/command_line.h"

enum { OUTPUT_SIZE = 4096 };

/* As programs of Windows end lines. */
static void trim_return(char *line)
{
    const size_t len = strlen(line);
    if (len > 0 && line[len - 1] == '\r')
        line[len - 1] = '\0';
}

/* The first line that is an address of FAMILY; every line must be an address. */
static int read_output(const struct command_line *command, int family, char *text,
                       struct dcddns_addr *out)
{
    const struct dcddns_host *host = command->host;
    char *next = NULL;

    for (char *line = text; line && *line; line = next) {
        struct dcddns_addr addr = { 0 };
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        trim_return(line);
        if (line[strspn(line, " \t\r")] == '\0')
            continue;
        if (host->parse_addr(line, &addr) != DCDDNS_OK)
            return dcddns_failf(host, DCDDNS_E_TEMP,
                                "%s printed \"%.64s\", which is not an address", command->argv[0],
                                line);
        if (addr.family == family && out->family == 0)
            *out = addr;
    }
    if (out->family == family)
        return DCDDNS_OK;
    return dcddns_failf(host, DCDDNS_E_NOADDR, "%s printed no IPv%d address", command->argv[0],
                        family);
}

static int command_query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    const struct command_line *command = self;
    const struct dcddns_host *host = command->host;
    const char *device = host->device(call);
    char which[32] = "", where[96] = "", output[OUTPUT_SIZE] = "";
    const char *env[] = { which, where, NULL };
    const struct dcddns_run run = {
        .size = sizeof(run), .timeout_ms = command->timeout_ms, .argv = command->argv, .env = env
    };
    size_t len = 0;

    snprintf(which, sizeof(which), "DCDDNS_FAMILY=%d", family);
    snprintf(where, sizeof(where), "DCDDNS_DEVICE=%s", device ? device : "");
    int status = host->run(call, &run, output, sizeof(output), &len);
    if (status < 0) /* run() left its reason in the failure slot */
        return status;
    if (status > 0)
        return command_line_failed(command, status);
    if (strlen(output) != len)
        return dcddns_failf(host, DCDDNS_E_TEMP, "%s printed a NUL byte", command->argv[0]);
    *out = (struct dcddns_addr){ 0 };
    return read_output(command, family, output, out);
}

static const struct dcddns_option command_options[] = {
    { "command", NULL, "program, by its absolute path, and its arguments; no shell is involved",
      DCDDNS_OPT_STRING, DCDDNS_REQUIRED },
    { "timeout", "10 s", "it is killed when it has not ended by then", DCDDNS_OPT_SECONDS, 0 },
};

static const struct dcddns_ip_source command_ops = { .size = sizeof(command_ops),
                                                     .query = command_query };

static const struct dcddns_plugin command_plugin = {
    .size = sizeof(command_plugin),
    .kind = DCDDNS_KIND_IP_SOURCE,
    .abi_minor = DCDDNS_ABI_MINOR,
    .name = "command",
    .version = "1.0",
    .summary = "runs a program that prints the address",
    .options = command_options,
    .option_count = sizeof(command_options) / sizeof(command_options[0]),
    .option_size = sizeof(command_options[0]),
    .create = command_line_create,
    .destroy = command_line_destroy,
    .ops = &command_ops,
};

DCDDNS_ENTRY(command)
{
    return &command_plugin;
}
