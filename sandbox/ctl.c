/*
 * The control socket's client. Must not know the sandbox inside.
 */
#include "ctl.h"

#include "commands.h"
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char usage[] = "usage: dcddns-sandbox ctl --dir DIR COMMAND [ARG...]\n";

static int help(void)
{
    struct buf text = { .max = SBX_BODY_MAX };
    commands_help(&text);
    printf("%s\nSends one command to the sandbox that runs in DIR.\n"
           "Exit status: 0 done, 1 refused, 64 wrong usage.\n\nCommands:\n%s",
           usage, buf_text(&text));
    buf_free(&text);
    return COMMAND_OK;
}

static int fail_usage(const char *what, const char *which)
{
    fprintf(stderr, "dcddns-sandbox: %s%s\n%s", what, which, usage);
    return COMMAND_USAGE;
}

static int connect_to(const char *dir)
{
    char path[4096];
    struct sockaddr_un address;
    int n = snprintf(path, sizeof path, "%s/ctl.sock", dir);
    if (n < 0 || (size_t)n >= sizeof path || !control_address(&address, path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static bool send_words(int fd, int argc, char **argv)
{
    struct buf words = { .max = CONTROL_REQUEST_MAX };
    for (int i = 0; i < argc; i++) {
        buf_add(&words, argv[i], strlen(argv[i]) + 1);
    }
    bool ok = !words.failed;
    for (size_t done = 0; ok && done < words.len;) {
        ssize_t n = send(fd, words.data + done, words.len - done, MSG_NOSIGNAL);
        ok = n > 0;
        done += ok ? (size_t)n : 0;
    }
    buf_free(&words);
    return ok && shutdown(fd, SHUT_WR) == 0;
}

/* The first byte is the exit status, the rest is for people. */
static int print_answer(int fd)
{
    char chunk[8192];
    int status = -1;
    for (;;) {
        ssize_t n = recv(fd, chunk, sizeof chunk, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return status;
        }
        size_t skip = status < 0 ? 1u : 0u;
        status = status < 0 ? (unsigned char)chunk[0] : status;
        (void)fwrite(chunk + skip, 1, (size_t)n - skip, status == COMMAND_OK ? stdout : stderr);
    }
}

static int send_command(const char *dir, int argc, char **argv)
{
    int fd = connect_to(dir);
    if (fd < 0) {
        fprintf(stderr, "dcddns-sandbox: no sandbox answers in %s: %s\n", dir, strerror(errno));
        return COMMAND_REFUSED;
    }
    int status = send_words(fd, argc, argv) ? print_answer(fd) : -1;
    close(fd);
    if (status < 0) {
        fprintf(stderr, "dcddns-sandbox: the sandbox hung up without an answer\n");
        return COMMAND_REFUSED;
    }
    return status;
}

int ctl_main(int argc, char **argv)
{
    const char *dir = NULL;
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            return help();
        }
        if (strncmp(argv[i], "--dir=", 6) == 0) {
            dir = argv[i] + 6;
        } else if (strcmp(argv[i], "--dir") == 0 && i + 1 < argc) {
            dir = argv[++i];
        } else {
            return fail_usage("unknown or incomplete option ", argv[i]);
        }
    }
    if (!dir || i >= argc) {
        return fail_usage(dir ? "which command?" : "--dir is needed", "");
    }
    const struct command *command = command_find(argv[i]);
    if (!command) {
        return fail_usage("no such command: ", argv[i]);
    }
    if (argc - i - 1 < command->min || argc - i - 1 > command->max) {
        fprintf(stderr, "usage: dcddns-sandbox ctl --dir DIR %s %s\n", command->name,
                command->usage);
        return COMMAND_USAGE;
    }
    return send_command(dir, argc - i, argv + i);
}
