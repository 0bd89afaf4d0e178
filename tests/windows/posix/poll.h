/* For tests only: Windows has poll() by another name, for sockets. */
#ifndef DCDDNS_TESTS_WINDOWS_POLL_H
#define DCDDNS_TESTS_WINDOWS_POLL_H

#include <winsock2.h>

#define poll(fds, count, timeout_ms) WSAPoll(fds, (ULONG)(count), timeout_ms)

#endif
