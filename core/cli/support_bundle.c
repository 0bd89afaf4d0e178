/* `dcddns support-bundle`: the report of engine/bundle.h, printed or written to a new file. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"
#include "engine/bundle.h"

static int write_file(const char *path, const struct buf *text, struct error *err)
{
    const char *name = NULL;
    struct os_file *file = NULL;
    struct os_dir *dir = os_dir_of(path, 0, &name, err);

    if (!dir)
        return -1;
    int rc = os.open(dir, name, OS_CREATE, &file);
    if (rc == 0)
        rc = os_write_all(file, buf_text(text), text->len);
    if (file && os.close(file) < 0 && rc == 0)
        rc = -EIO;
    os_dir_close(&dir);
    if (rc == -EEXIST)
        return error_set(err, ERR_PERM, "%s is there already, and stays; name another file", path);
    return rc < 0 ? error_set(err, ERR_LOCAL, "cannot write %s: %s", path, os_strerror(rc)) : 0;
}

static int write_bundle(const struct cli *cli, const char *path, bool names)
{
    struct runtime rt = { 0 };
    struct error err = { 0 };
    struct buf text = BUF_MAX(BUNDLE_MAX);
    int status = session_locate(cli, &rt);

    if (status == EXIT_DONE &&
        (bundle_write(&rt, names, &text, &err) < 0 || (path && write_file(path, &text, &err) < 0)))
        status = cli_fail(&err);
    if (status == EXIT_DONE && path)
        printf("%s: written; look at it before you give it away\n", path);
    else if (status == EXIT_DONE)
        fputs(buf_text(&text), stdout);
    buf_free(&text);
    session_close(&rt);
    return status;
}

int command_support_bundle(const struct command *command, const struct cli *cli, int argc,
                           char **argv)
{
    static const struct option options[] = { { "names", no_argument, NULL, 'n' },
                                             { "help", no_argument, NULL, 'h' },
                                             { 0 } };
    bool names = false;
    int option = getopt_long(argc, argv, "", options, NULL);

    for (; option >= 0; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h')
            return cli_help(command);
        if (option != 'n')
            return cli_wrong_option(command, argv);
        names = true;
    }
    if (argc - optind > 1)
        return cli_usage(command, "it takes one file at most");
    return write_bundle(cli, argv[optind], names);
}
