/*
 * Command line: which subcommand, which options. Must not know what a sandbox does.
 */
#include "commands.h"
#include "ctl.h"
#include "names.h"
#include "options.h"
#include "run.h"

#include <stdio.h>
#include <string.h>

#ifndef SANDBOX_VERSION
#define SANDBOX_VERSION "unknown"
#endif

#define EXIT_USAGE COMMAND_USAGE

static const char usage[] =
    "usage: dcddns-sandbox run [--dir DIR] [--zone NAME] [--dns-port N] [--https-port N]\n"
    "                          [--stun-port N]\n"
    "       dcddns-sandbox ctl --dir DIR COMMAND [ARG...]\n"
    "       dcddns-sandbox --help | --version\n";

static const char help[] =
    "\nPlays a Domain Connect DNS provider on loopback: DNS, HTTPS with consent page and API,\n"
    "echo services and STUN. To try a dynamic DNS client, and to test one, without a real domain.\n"
    "\n  run    start a sandbox in the foreground (run --help)\n"
    "  ctl    send a command to a running one (ctl --help)\n";

static const char run_help[] =
    "usage: dcddns-sandbox run [OPTION...]\n\n"
    "Runs in the foreground until SIGTERM, SIGINT or `ctl stop`. Serves on 127.0.0.1 and ::1, and\n"
    "nowhere else.\n"
    "\n  --dir DIR        folder for ca.pem, sandbox.env and ctl.sock (default: a new one)\n"
    "  --zone NAME      the zone of the imagined customer (default: example.test)\n"
    "  --dns-port N     UDP and TCP port of the DNS server\n"
    "  --https-port N   port of the HTTPS server\n"
    "  --stun-port N    UDP port of the STUN server\n"
    "\nPorts left out, or 0, are chosen by the system. DIR/sandbox.env tells them; it appears\n"
    "when everything is ready.\n";

static int fail_usage(const char *what, const char *which)
{
    fprintf(stderr, "dcddns-sandbox: %s%s\n%s", what, which, usage);
    return EXIT_USAGE;
}

static bool read_port(const char *text, uint16_t *port)
{
    unsigned value = 0;
    if (!number_read(text, 65535, &value)) {
        return false;
    }
    *port = (uint16_t)value;
    return true;
}

static bool read_zone(const char *text, char zone[SBX_NAME_MAX])
{
    return name_normalise(zone, SBX_NAME_MAX, text) && strlen(zone) < 200 &&
           strcmp(zone, SBX_HOME_ZONE) != 0 && strcmp(zone, SBX_CODE_HOST) != 0 &&
           !strchr(zone, '*');
}

static bool read_option(const char *name, const char *value, struct run_args *args,
                        char zone[SBX_NAME_MAX])
{
    if (strcmp(name, "--dir") == 0) {
        args->dir = value;
        return value[0] != '\0';
    }
    if (strcmp(name, "--zone") == 0) {
        return read_zone(value, zone);
    }
    if (strcmp(name, "--dns-port") == 0) {
        return read_port(value, &args->dns_port);
    }
    if (strcmp(name, "--https-port") == 0) {
        return read_port(value, &args->https_port);
    }
    return strcmp(name, "--stun-port") == 0 && read_port(value, &args->stun_port);
}

static int run_main(int argc, char **argv)
{
    char zone[SBX_NAME_MAX] = "example.test";
    struct run_args args = { .zone = zone };
    for (int i = 1; i < argc; i++) {
        char name[32] = "";
        const char *equals = strchr(argv[i], '=');
        const char *value = equals ? equals + 1 : argv[i + 1];
        if (strcmp(argv[i], "--help") == 0) {
            fputs(run_help, stdout);
            return 0;
        }
        (void)snprintf(name, sizeof name, "%.*s",
                       equals ? (int)(equals - argv[i]) : (int)strlen(argv[i]), argv[i]);
        if (!value || !read_option(name, value, &args, zone)) {
            return fail_usage("unknown option, or no usable value for ", argv[i]);
        }
        i += equals ? 0 : 1;
    }
    return run_sandbox(&args);
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    if (strcmp(word, "run") == 0) {
        return run_main(argc - 1, argv + 1);
    }
    if (strcmp(word, "ctl") == 0) {
        return ctl_main(argc - 1, argv + 1);
    }
    if (strcmp(word, "--help") == 0) {
        printf("%s%s", usage, help);
        return 0;
    }
    if (strcmp(word, "--version") == 0) {
        puts("dcddns-sandbox " SANDBOX_VERSION);
        return 0;
    }
    return fail_usage(argc > 1 ? "unknown command " : "run or ctl?", word);
}
