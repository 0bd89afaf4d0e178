/* Like assert(), but also with NDEBUG: the servers' threads cannot use CMocka. */
#ifndef DCDDNS_TESTS_NET_MUST_H
#define DCDDNS_TESTS_NET_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define must(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
