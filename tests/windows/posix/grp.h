/* For tests only: nobody becomes another user on Windows, see posix.h. */
#ifndef DCDDNS_TESTS_WINDOWS_GRP_H
#define DCDDNS_TESTS_WINDOWS_GRP_H

typedef unsigned uid_t;

#define setgroups(count, list) (-1)
#define setresgid(r, e, s)     (-1)
#define setresuid(r, e, s)     (-1)

#endif
