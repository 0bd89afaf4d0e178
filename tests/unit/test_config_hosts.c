/* conf.d/FQDN.conf: written, read back, changed, deleted; what a person wrote is never touched. */
#include "config_fixture.h"

#include "as_user.h"

#include <errno.h>

static void test_written_file_is_read_back(void **state)
{
    static const struct {
        bool ipv4, ipv6;
    } cases[] = { { true, false }, { false, true }, { true, true } };
    const struct folder *folder = *state;
    struct error err = { 0 };
    struct stat st;
    char path[1024];

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct config *config = load_ok(folder);
        assert_int_equal(
            config_write_host(config, "Home.Example.COM.", cases[i].ipv4, cases[i].ipv6, &err), 0);
        config_free(&config);
        config = load_ok(folder);
        assert_int_equal(config->host_count, 1);
        const struct config_host *host = config_find_host(config, "home.example.com");
        assert_non_null(host);
        assert_int_equal(host->ipv4, cases[i].ipv4);
        assert_int_equal(host->ipv6, cases[i].ipv6);
        assert_false(host->allow_private);
        assert_int_equal(host->sources.count, 0);
        config_free(&config);
    }
    folder_path(folder, "conf.d/home.example.com.conf", path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    assert_false(exists(folder, "conf.d/home.example.com.conf.tmp"));
    char *text = get(folder, "conf.d/home.example.com.conf");
    assert_memory_equal(text, "# Written by `dcddns setup`", 27);
    free(text);
}

static void test_folder_is_made(void **state)
{
    const struct folder *folder = *state;
    struct config_errors errors = { 0 };
    struct error err = { 0 };
    char path[1024];

    folder_path(folder, "new/place/dcddns.conf", path);
    struct config *config = config_load(path, true, &errors);
    assert_non_null(config);
    assert_int_equal(config_write_host(config, "a.example.com", true, false, &err), 0);
    config_free(&config);
    assert_true(exists(folder, "new/place/conf.d/a.example.com.conf"));
    config = config_load(path, true, &errors);
    assert_non_null(config_find_host(config, "a.example.com"));
    config_free(&config);
}

/* Setup run again keeps what a person added to its file. */
static void test_added_keys_are_kept(void **state)
{
    const struct folder *folder = *state;
    struct error err = { 0 };

    put(folder, "dcddns.conf", "[core]\nallow-private = yes\n");
    make_dir(folder, "conf.d");
    put(folder, "conf.d/a.example.com.conf",
        "[host a.example.com]\nsources = mine, stun\nallow-private = no\nconfirm = 2\n"
        "on-lost-family = remove-after 36 h\nverify-dns = no\ndevice = ppp0\nexpect = "
        "192.0.2.0/24, "
        "2001:db8::1\nipv6 = yes\nipv6-suffix = ::1:2/64\n");
    struct config *config = load_ok(folder);
    assert_int_equal(config_write_host(config, "a.example.com", true, true, &err), 0);
    config_free(&config);
    config = load_ok(folder);
    const struct config_host *host = config_find_host(config, "a.example.com");
    assert_true(host->ipv6);
    assert_int_equal(host->confirm, 2);
    assert_int_equal(host->lost_remove_s, 36 * 3600);
    assert_string_equal(host->device, "ppp0");
    assert_int_equal(host->expect.count, 2);
    assert_int_equal(host->expect.items[0].bits, 24);
    assert_int_equal(host->expect.items[1].bits, 128);
    assert_int_equal(host->expect.items[1].addr.family, 6);
    assert_int_equal(host->ipv6_suffix.bits, 64);
    assert_int_equal(host->ipv6_suffix.addr.ip[13], 1);
    assert_false(host->allow_private);
    assert_false(host->verify_dns);
    assert_int_equal(host->sources.count, 2);
    assert_string_equal(host->sources.items[0], "mine");
    assert_string_equal(host->sources.items[1], "stun");
    /* Without IPv6 its suffix would be an error. */
    assert_int_equal(config_write_host(config, "a.example.com", true, false, &err), 0);
    config_free(&config);
    config = load_ok(folder);
    assert_int_equal(config->hosts[0].ipv6_suffix.addr.family, 0);
    config_free(&config);
}

static void test_remove(void **state)
{
    const struct folder *folder = *state;
    struct error err = { 0 };
    struct config *config = load_ok(folder);

    assert_int_equal(config_remove_host(config, "a.example.com", &err), -1);
    assert_int_equal(err.class, ERR_CONFIG);
    assert_string_equal(err.text, "a.example.com is not configured");
    assert_int_equal(config_write_host(config, "a.example.com", true, true, &err), 0);
    assert_int_equal(config_write_host(config, "b.example.com", true, true, &err), 0);
    config_free(&config);
    config = load_ok(folder);
    assert_int_equal(config_remove_host(config, "A.example.com", &err), 0);
    assert_false(exists(folder, "conf.d/a.example.com.conf"));
    assert_true(exists(folder, "conf.d/b.example.com.conf"));
    /* Gone already: that is what was asked for. */
    assert_int_equal(config_remove_host(config, "a.example.com", &err), 0);
    config_free(&config);
    config = load_ok(folder);
    assert_int_equal(config->host_count, 1);
    config_free(&config);
}

static void test_bad_arguments(void **state)
{
    const struct folder *folder = *state;
    struct config *config = load_ok(folder);
    static const char *const names[] = { "",
                                         "localhost",
                                         "../x.example.com",
                                         "a.example.com/b",
                                         "a b.example.com",
                                         "\x1b.example.com" };
    for (size_t i = 0; i < COUNT(names); i++) {
        struct error err = { 0 };
        assert_int_equal(config_write_host(config, names[i], true, false, &err), -1);
        assert_int_equal(err.class, ERR_CONFIG);
        assert_null(strchr(err.text, '\x1b'));
        assert_int_equal(config_remove_host(config, names[i], &err), -1);
    }
    struct error err = { 0 };
    assert_int_equal(config_write_host(config, "a.example.com", false, false, &err), -1);
    assert_int_equal(err.class, ERR_CONFIG);
    assert_false(exists(folder, "conf.d"));
    config_free(&config);
}

/* Files a person wrote, or added other sections to, stay as they are. */
static void test_others_files_are_left_alone(void **state)
{
    static const struct {
        const char *file, *text, *error;
    } cases[] = {
        { "dcddns.conf", "[core]\n[host a.example.com]\n", "/dcddns.conf:2: [host a.example.com]" },
        { "conf.d/other.conf", "\n[host a.example.com]\n",
          "/conf.d/other.conf:2: [host a.example.com] stands in a file that a person wrote" },
        { "conf.d/a.example.com.conf", "[host a.example.com]\n[host b.example.com]\n",
          "/conf.d/a.example.com.conf:2: the file also holds [host b.example.com]" },
        { "conf.d/a.example.com.conf", "[ip-source x]\n[host a.example.com]\n",
          "/conf.d/a.example.com.conf:1: the file also holds [ip-source x]" },
        { "conf.d/a.example.com.conf", "[host a.example.com]\n[core]\n",
          "/conf.d/a.example.com.conf:2: the file also holds [core]" },
    };
    const struct folder *folder = *state;
    make_dir(folder, "conf.d");

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        char path[1024];
        put(folder, cases[i].file, cases[i].text);
        struct config *config = load_ok(folder);
        assert_int_equal(config_write_host(config, "a.example.com", true, true, &err), -1);
        assert_int_equal(err.class, ERR_CONFIG);
        if (!strstr(err.text, cases[i].error))
            fail_msg("case %zu: %s", i, err.text);
        err = (struct error){ 0 };
        assert_int_equal(config_remove_host(config, "a.example.com", &err), -1);
        assert_int_equal(err.class, ERR_CONFIG);
        assert_non_null(strstr(err.text, cases[i].error));
        char *text = get(folder, cases[i].file);
        assert_string_equal(text, cases[i].text);
        free(text);
        config_free(&config);
        folder_path(folder, cases[i].file, path);
        unlink(path);
    }
}

/* -- every file call fails in turn ------------------------------------------------------------ */

static struct os_calls real;
static int calls_left;

static bool call_fails(void)
{
    return calls_left-- == 0;
}

static int bad_open(struct os_dir *dir, const char *name, int how, struct os_file **out)
{
    *out = NULL;
    return call_fails() ? -EACCES : real.open(dir, name, how, out);
}

static int64_t bad_write(struct os_file *file, const void *data, size_t len)
{
    return call_fails() ? -ENOSPC : real.write(file, data, len);
}

static int bad_sync(struct os_file *file)
{
    return call_fails() ? -EIO : real.sync(file);
}

static int bad_rename(struct os_dir *dir, const char *from, const char *to)
{
    return call_fails() ? -EROFS : real.rename(dir, from, to);
}

static int bad_unlink(struct os_dir *dir, const char *name)
{
    return call_fails() ? -EPERM : real.unlink(dir, name);
}

static int bad_sync_dir(struct os_dir *dir)
{
    return call_fails() ? -EIO : real.sync_dir(dir);
}

static void break_calls(int n)
{
    real = os;
    calls_left = n;
    os.open = bad_open;
    os.write = bad_write;
    os.sync = bad_sync;
    os.rename = bad_rename;
    os.unlink = bad_unlink;
    os.sync_dir = bad_sync_dir;
}

static void test_failing_calls(void **state)
{
    const struct folder *folder = *state;
    struct error err = { 0 };
    struct config *config = load_ok(folder);
    int failures = 0;

    assert_int_equal(config_write_host(config, "a.example.com", true, false, &err), 0);
    config_free(&config);
    config = load_ok(folder);
    for (int n = 0, rc = -1; rc != 0; n++) {
        err = (struct error){ 0 };
        break_calls(n);
        rc = config_write_host(config, "a.example.com", true, true, &err);
        os = real;
        failures += rc != 0 ? 1 : 0;
        assert_true(rc == 0 || (err.class == ERR_LOCAL && strstr(err.text, "cannot write ")));
        /* Whatever failed: the old file or the new one, whole. */
        struct config *now = load_ok(folder);
        assert_non_null(config_find_host(now, "a.example.com"));
        config_free(&now);
    }
    assert_true(failures >= 5);
    failures = 0;
    for (int n = 0, rc = -1; rc != 0; n++) {
        break_calls(n);
        rc = config_remove_host(config, "a.example.com", &err);
        os = real;
        failures += rc != 0 ? 1 : 0;
        assert_true(rc == 0 || strstr(err.text, "cannot delete "));
    }
    assert_int_equal(failures, 2);
    assert_false(exists(folder, "conf.d/a.example.com.conf"));
    config_free(&config);
}

static void test_unusable_folder(void **state)
{
    const struct folder *folder = *state;
    struct error err = { 0 };
    struct config *config = load_ok(folder);

    put(folder, "conf.d", "a file in the way");
    assert_int_equal(config_write_host(config, "a.example.com", true, false, &err), -1);
    assert_int_equal(err.class, ERR_LOCAL);
    assert_non_null(strstr(err.text, "/conf.d"));
    config_free(&config);
}

static const struct config *to_write;

static int cannot_write(void)
{
    struct error err = { 0 };
    bool refused = config_can_write(to_write, &err) == -1;
    return refused && err.class == ERR_LOCAL && strstr(err.text, "/conf.d: Perm") ? 0 : 1;
}

static int can_write(void)
{
    return config_can_write(to_write, NULL) == 0 ? 0 : 1;
}

static void test_can_write(void **state)
{
    const struct folder *folder = *state;
    struct config *config = load_ok(folder);

    to_write = config;
    assert_int_equal(can_write(), 0);
    assert_false(exists(folder, "conf.d"));
    if (geteuid() == 0) {
        chmod(folder->path, 0755);
        assert_int_equal(as_user(NOBODY, cannot_write), 0);
        chmod(folder->path, 0777);
        assert_int_equal(as_user(NOBODY, can_write), 0);
        make_dir(folder, "conf.d");
        assert_int_equal(as_user(NOBODY, cannot_write), 0);
    }
    config_free(&config);
}

static void test_vanished_folder(void **state)
{
    const struct folder *folder = *state;
    struct error err = { 0 };
    struct config *config = load_ok(folder);
    char path[1024];

    assert_int_equal(config_write_host(config, "a.example.com", true, false, &err), 0);
    config_free(&config);
    config = load_ok(folder);
    folder_path(folder, "conf.d/a.example.com.conf", path);
    unlink(path);
    folder_path(folder, "conf.d", path);
    rmdir(path);
    assert_int_equal(config_remove_host(config, "a.example.com", &err), -1);
    assert_int_equal(err.class, ERR_LOCAL);
    config_free(&config);
}

static void test_no_memory(void **state)
{
    const struct folder *folder = *state;
    struct error err = { 0 };
    make_dir(folder, "conf.d");
    put(folder, "conf.d/a.example.com.conf", "[host a.example.com]\nsources = x\n");
    struct config *config = load_ok(folder);

    for (int which = 0; which < 2; which++) {
        for (long n = 0;; n++) {
            err = (struct error){ 0 };
            mem_fail_at(n, false);
            int rc = which == 0 ? config_write_host(config, "a.example.com", true, true, &err)
                                : config_remove_host(config, "a.example.com", &err);
            if (!mem_restore()) {
                assert_int_equal(rc, 0);
                assert_true(n >= 4);
                break;
            }
            if (rc != -1 || err.class != ERR_LOCAL)
                fail_msg("allocation %ld of %d: %d", n, which, rc);
        }
    }
    config_free(&config);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_written_file_is_read_back),
        TEST(test_folder_is_made),
        TEST(test_added_keys_are_kept),
        TEST(test_remove),
        TEST(test_bad_arguments),
        TEST(test_others_files_are_left_alone),
        TEST(test_failing_calls),
        TEST(test_unusable_folder),
        TEST(test_can_write),
        TEST(test_vanished_folder),
        TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
