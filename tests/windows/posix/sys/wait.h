/* For tests only: there are no children to wait for on Windows, see posix.h. */
#ifndef DCDDNS_TESTS_WINDOWS_WAIT_H
#define DCDDNS_TESTS_WINDOWS_WAIT_H

#define WIFEXITED(status)           ((void)(status), 0)
#define WEXITSTATUS(status)         (status)
#define WIFSIGNALED(status)         ((void)(status), 0)
#define WTERMSIG(status)            (status)
#define waitpid(pid, status, flags) ((void)(status), (pid))

#endif
