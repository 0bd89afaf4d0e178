/* Local stream sockets: what may stand at the place, who is told what, and whose socket is removed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "as_user.h"
#include "platform/os.h"
#include "temp_dir.h"

static struct os_listener *open_at(const char *name)
{
    struct error err = { 0 };
    struct os_listener *listener = os_listener_open(temp_path(name), 0, 0, &err);
    if (!listener)
        fail_msg("%s", err.text);
    return listener;
}

static void refused(const char *path, const char *words)
{
    struct error err = { 0 };
    assert_null(os_listener_open(path, 0, 0, &err));
    assert_int_equal(err.class, ERR_LOCAL);
    if (!strstr(err.text, words))
        fail_msg("no \"%s\" in \"%s\"", words, err.text);
}

static void test_talk(void **state)
{
    struct error err = { 0 };
    struct os_peer peer = { 0 };
    char data[8] = "";
    (void)state;
    struct os_listener *listener = open_at("new/folder/sock");
    assert_int_equal(os_listener_accept(listener, &peer), -EAGAIN);
    int client = os_local_connect(temp_path("new/folder/sock"), &err);
    assert_true(client >= 0);
    int server = os_listener_accept(listener, &peer);
    assert_true(server >= 0);
    assert_int_equal(peer.uid, geteuid());
    assert_int_equal(peer.pid, getpid());
    assert_int_equal(os_local_read(server, data, sizeof(data)), -EAGAIN);
    assert_int_equal(os_local_write(client, "hello", 5), 5);
    assert_int_equal(os_local_read(server, data, sizeof(data)), 5);
    os_local_close(server);
    assert_int_equal(os_local_read(client, data, sizeof(data)), 0);
    assert_int_equal(os_local_write(client, "x", 1), -EPIPE); /* and no SIGPIPE */
    os_local_close(client);
    os_listener_close(&listener);
    assert_null(listener);
    assert_int_not_equal(access(temp_path("new/folder/sock"), F_OK), 0);
}

static void test_place_is_taken(void **state)
{
    (void)state;
    struct os_listener *live = open_at("sock");
    refused(temp_path("sock"), "another daemon listens there");
    assert_int_equal(access(temp_path("sock"), F_OK), 0);
    os_listener_close(&live);
    temp_write("file", "precious", 0600);
    refused(temp_path("file"), "is no socket");
    assert_int_equal(access(temp_path("file"), F_OK), 0);
    assert_int_equal(symlink(temp_path("file"), temp_path("link")), 0);
    refused(temp_path("link"), "is no socket");
    refused(temp_path("file/sock"), "file");
    char path[160];
    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[1] = 't';
    memcpy(path, "/tmp/", 5);
    path[sizeof(path) - 1] = '\0';
    refused(path, "File name too long");
}

static void test_stale_socket_is_replaced(void **state)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    (void)state;
    snprintf(at.sun_path, sizeof(at.sun_path), "%s", temp_path("sock"));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(fd, 1), 0);
    close(fd); /* as by SIGKILL: the file stays */
    struct error err = { 0 };
    assert_int_equal(os_local_connect(at.sun_path, &err), -1);
    assert_int_equal(err.class, ERR_TEMP);
    struct os_listener *listener = open_at("sock");
    fd = os_local_connect(at.sun_path, &err);
    assert_true(fd >= 0);
    close(fd);
    os_listener_close(&listener);
}

static void test_removes_its_own_only(void **state)
{
    (void)state;
    struct os_listener *first = open_at("sock");
    assert_int_equal(unlink(temp_path("sock")), 0);
    struct os_listener *second = open_at("sock");
    os_listener_close(&first);
    assert_int_equal(access(temp_path("sock"), F_OK), 0);
    os_listener_close(&second);
    assert_int_not_equal(access(temp_path("sock"), F_OK), 0);
}

static void test_nobody_there(void **state)
{
    struct error err = { 0 };
    (void)state;
    assert_int_equal(os_local_connect(temp_path("none/sock"), &err), -1);
    assert_int_equal(err.class, ERR_TEMP);
    assert_non_null(strstr(err.text, "no daemon listens at "));
}

static const char *wanted;

static int connect_there(void)
{
    struct error err = { 0 };
    int fd = os_local_connect(temp_path("sock"), &err);
    if (fd >= 0)
        return 1;
    return err.class == ERR_PERM && strstr(err.text, wanted) ? 0 : 2;
}

/* The one thing a person must do is in the words. */
static void test_group_to_join(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    struct os_listener *listener = open_at("sock");
    assert_int_equal(chmod(temp_dir, 0755), 0);
    wanted = "only root and the daemon's own user";
    assert_int_equal(as_user(NOBODY, connect_there), 0);
    assert_int_equal(chown(temp_path("sock"), 0, 1), 0); /* group daemon */
    wanted = "usermod -aG daemon nobody";
    assert_int_equal(as_user(NOBODY, connect_there), 0);
    os_listener_close(&listener);
}

static void test_root_gives_it_away(void **state)
{
    struct error err = { 0 };
    struct stat st = { 0 };
    (void)state;
    if (geteuid() != 0)
        skip();
    mode_t before = umask(0077);
    struct os_listener *listener = os_listener_open(temp_path("sock"), NOBODY, 1, &err);
    umask(before);
    assert_non_null(listener);
    assert_int_equal(stat(temp_path("sock"), &st), 0);
    assert_int_equal(st.st_uid, NOBODY);
    assert_int_equal(st.st_gid, 1);
    assert_int_equal(st.st_mode & 07777, 0660);
    os_listener_close(&listener);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, temp_dir_make, temp_dir_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_talk),
        TEST(test_place_is_taken),
        TEST(test_stale_socket_is_replaced),
        TEST(test_removes_its_own_only),
        TEST(test_nobody_there),
        TEST(test_group_to_join),
        TEST(test_root_gives_it_away),
    };
    return cmocka_run_group_tests_name("local_socket", tests, NULL, NULL);
}
