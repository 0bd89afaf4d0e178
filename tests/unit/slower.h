/* What wraps a test program and makes it many times slower, as valgrind does, says in TEST_SLOWER
 * how many times: it does so much less then, or is waited for so much longer.  1 when nothing does.
 */
#ifndef DCDDNS_TESTS_SLOWER_H
#define DCDDNS_TESTS_SLOWER_H

#include <stdlib.h>

static inline int slower(void)
{
    const char *text = getenv("TEST_SLOWER");
    const long times = text ? strtol(text, NULL, 10) : 1;
    return times > 1 && times <= 100 ? (int)times : 1;
}

#endif
