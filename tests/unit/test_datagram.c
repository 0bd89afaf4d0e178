/* A look at a datagram leaves it where it is, does not wait, and tells sockets of other kinds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net.h"
#include "platform/os.h"

/* An int here, something larger on Windows, where the numbers are small all the same. */
typedef __typeof__(socket(0, 0, 0)) handle;

static handle receiver, sender;
static struct sockaddr_in place;

static int make(void **state)
{
    socklen_t size = sizeof(place);
    (void)state;
    place =
        (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    receiver = socket(AF_INET, SOCK_DGRAM, 0);
    sender = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(receiver, (struct sockaddr *)&place, size), 0);
    return getsockname(receiver, (struct sockaddr *)&place, &size);
}

static void put(const char *text)
{
    assert_int_equal(
        sendto(sender, text, strlen(text), 0, (struct sockaddr *)&place, sizeof(place)),
        strlen(text));
}

/* What came, once it is there. */
static int64_t peek(char *out, size_t len)
{
    int64_t got = -EAGAIN;
    for (int i = 0; i < 2000 && got == -EAGAIN; i++) {
        got = os_datagram_peek((int)receiver, out, len);
        if (got == -EAGAIN)
            usleep(1000);
    }
    return got;
}

static void test_stays(void **state)
{
    char first[5] = "", again[16] = "", taken[16] = "";
    (void)state;
    put("0123456789");
    assert_int_equal(peek(first, 4), 4); /* the rest of it is no error */
    assert_string_equal(first, "0123");
    assert_int_equal(peek(again, sizeof(again)), 10);
    assert_int_equal(recv(receiver, taken, sizeof(taken), 0), 10);
    assert_string_equal(taken, "0123456789");
}

static void test_does_not_wait(void **state)
{
    char byte = 0;
    (void)state;
    assert_int_equal(os_datagram_peek((int)receiver, &byte, 1), -EAGAIN);
}

static void test_other_kinds(void **state)
{
    char byte = 0;
    const handle stream = socket(AF_INET, SOCK_STREAM, 0);
    (void)state;
    assert_int_equal(os_datagram_peek((int)stream, &byte, 1), -EPROTOTYPE);
    assert_true(os_datagram_peek(1 << 20, &byte, 1) < 0);
}

int main(void)
{
    struct error err = { 0 };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_stays, make),
        cmocka_unit_test_setup(test_does_not_wait, make),
        cmocka_unit_test_setup(test_other_kinds, make),
    };
    if (net_global_init(&err) < 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    net_global_cleanup();
    return failed;
}
