/*
 * The `ctl` subcommand: sends one command to a running sandbox. Knows nothing of its inside.
 */
#ifndef SANDBOX_CTL_H
#define SANDBOX_CTL_H

/* argv[0] is "ctl". Returns the exit status: 0, 1 refused or no sandbox, 64 usage. */
int ctl_main(int argc, char **argv);

#endif
