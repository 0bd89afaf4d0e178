/* Runs a function in a child process as another user, as a service manager would start us. */
#ifndef DCDDNS_TESTS_AS_USER_H
#define DCDDNS_TESTS_AS_USER_H

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534 };

/* What CHECK returned there (0-99), or 100 and more when it could not run to its end. */
static inline int as_user(uid_t uid, int (*check)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && uid != 0 &&
            (setgroups(0, NULL) != 0 || setresgid(uid, uid, uid) != 0 ||
             setresuid(uid, uid, uid) != 0))
            _exit(100);
        alarm(20);
        _exit(check());
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return 101;
    return WEXITSTATUS(status);
}

#endif
