/* Which files are read: includes, conf.d, trust, sizes, ten thousand hosts. */
#include "config_fixture.h"

#include <time.h>

/* -- files ------------------------------------------------------------------------------------ */

static void test_conf_d_is_always_read(void **state)
{
    const struct folder *folder = *state;
    make_dir(folder, "conf.d");
    put(folder, "conf.d/a.example.com.conf", "[host a.example.com]\n");
    put(folder, "conf.d/.b.conf", "garbage\n");
    put(folder, "conf.d/b.conf~", "garbage\n");
    put(folder, "conf.d/b.conf.tmp", "garbage\n");
    for (int with_main = 0; with_main < 3; with_main++) {
        if (with_main > 0)
            put(folder, "dcddns.conf",
                with_main == 1 ? "[core]\n" : "include conf.d/*.conf\n[core]\ninterval = 60\n");
        struct config *config = load_ok(folder);
        assert_int_equal(config->host_count, 1);
        config_free(&config);
    }
}

static void test_includes(void **state)
{
    const struct folder *folder = *state;
    char text[1024];

    make_dir(folder, "sub");
    make_dir(folder, "conf.d");
    /* The section goes on after the include; the included file does not begin in it. */
    put(folder, "dcddns.conf",
        "include none/*.conf\ninclude sub/no*.conf\n[core]\ninclude\tsub/*.inc  \ninterval = "
        "120\n");
    put(folder, "sub/b.inc", "[host b.example.com]\nipv6 = yes\ninclude ../deep.conf\nipv4 = no\n");
    put(folder, "sub/a.inc", "[host a.example.com]\n");
    put(folder, "deep.conf", "include sub/c.conf\n");
    put(folder, "sub/c.conf", "[host c.example.com]\n");
    snprintf(text, sizeof(text), "include %s/conf.d/../conf.d/z?.conf\ninclude ../sub/c.conf\n",
             folder->path);
    put(folder, "conf.d/a.conf", text);
    put(folder, "conf.d/z1.conf", "[host z.example.com]\n");
    struct config *config = load_ok(folder);
    assert_int_equal(config->interval_s, 120);
    assert_int_equal(config->host_count, 4);
    assert_true(config->hosts[1].ipv6 && !config->hosts[1].ipv4);
    assert_string_equal(config->hosts[3].fqdn, "z.example.com");
    assert_int_equal(config->file_count, 7);
    config_free(&config);
}

static void test_section_does_not_leak(void **state)
{
    const struct folder *folder = *state;
    int count = 0;
    put(folder, "dcddns.conf", "include a.conf\ninterval = 60\n");
    put(folder, "a.conf", "[core]\n");
    char *errors = load_errors(folder, &count);
    assert_string_equal(errors, "@/dcddns.conf:2: a key before the first section; put `[core]` "
                                "above it\n");
    free(errors);
    put(folder, "dcddns.conf", "[core]\ninclude a.conf\n");
    put(folder, "a.conf", "interval = 60\n");
    errors = load_errors(folder, &count);
    assert_non_null(strstr(errors, "@/a.conf:1: a key before the first section"));
    free(errors);
}

static void test_include_depth(void **state)
{
    const struct folder *folder = *state;
    int count = 0;
    put(folder, "dcddns.conf", "include 1.conf\n");
    put(folder, "1.conf", "include 2.conf\n");
    put(folder, "2.conf", "include 3.conf\n");
    put(folder, "3.conf", "include 4.conf\n");
    put(folder, "4.conf", "[host a.example.com]\n");
    struct config *config = load_ok(folder);
    assert_int_equal(config->host_count, 1);
    config_free(&config);
    put(folder, "4.conf", "include 5.conf\n");
    char *errors = load_errors(folder, &count);
    assert_string_equal(errors, "@/4.conf:1: includes are nested more than 4 deep\n");
    free(errors);
}

static void test_include_cycle(void **state)
{
    const struct folder *folder = *state;
    int count = 0;
    put(folder, "dcddns.conf", "include a.conf\ninclude a.conf\n");
    put(folder, "a.conf", "[host a.example.com]\n\ninclude dcddns.conf\n");
    char *errors = load_errors(folder, &count);
    assert_string_equal(errors, "@/a.conf:3: @/dcddns.conf includes itself, directly or by others; "
                                "remove this include\n");
    free(errors);
}

static void test_untrusted_files(void **state)
{
    const struct folder *folder = *state;
    char path[1024], other[1024];
    int count = 0;

    make_dir(folder, "conf.d");
    put(folder, "dcddns.conf", "[core]\ninterval = 1\n");
    put(folder, "conf.d/a.conf", "[host a.example.com]\n");
    chmod(folder->main, 0664);
    folder_path(folder, "conf.d/b.conf", path);
    folder_path(folder, "conf.d/a.conf", other);
    assert_int_equal(symlink(other, path), 0);
    folder_path(folder, "conf.d/c.conf", path);
    assert_int_equal(mkfifo(path, 0600), 0);
    make_dir(folder, "conf.d/d.conf");
    put(folder, "conf.d/e\x1b\n.conf", "");
    char *errors = load_errors(folder, &count);
    assert_int_equal(count, 5);
    assert_non_null(strstr(errors, "@/dcddns.conf: is not trusted: it must belong to root"));
    assert_non_null(strstr(errors, "run: chmod go-w '@/dcddns.conf', or: chown root"));
    assert_non_null(strstr(errors, "@/conf.d/b.conf: is a symbolic link, which is not followed"));
    assert_non_null(strstr(errors, "@/conf.d/c.conf: is not a regular file"));
    assert_non_null(strstr(errors, "@/conf.d/d.conf: is not a regular file"));
    assert_non_null(strstr(errors, "the file name 'e\\x1b\\x0a.conf' holds control characters"));
    free(errors);
}

/* Who can write the folder can put other files in place of ours. */
static void test_untrusted_folders(void **state)
{
    const struct folder *folder = *state;
    char path[1024];
    int count = 0;

    make_dir(folder, "conf.d");
    put(folder, "dcddns.conf", "include inc/*.conf\n");
    put(folder, "conf.d/a.conf", "[host a.example.com]\n");
    make_dir(folder, "inc");
    folder_path(folder, "inc", path);
    chmod(path, 01777); /* as /tmp: names there are safe */
    struct stat st = { 0 };
    if (stat(path, &st) != 0 || !(st.st_mode & 01000)) /* Wine keeps no such list */
        chmod(path, 0755);
    folder_path(folder, "conf.d", path);
    chmod(path, 0775);
    char *errors = load_errors(folder, &count);
    assert_int_equal(count, 1);
    assert_true(strstr(errors, "/conf.d: is writable by group or others (mode 0775)") ||
                strstr(errors, "/conf.d: others may write to it and replace what is in it"));
    assert_true(strstr(errors, "run: chmod go-w ") || strstr(errors, "with: icacls "));
    free(errors);
    chmod(path, 0755);
    struct config *config = load_ok(folder);
    assert_int_equal(config->host_count, 1);
    config_free(&config);
    chmod(folder->path, 0777);
    errors = load_errors(folder, &count);
    assert_int_equal(count, 1);
    free(errors);
    chmod(folder->path, 0700);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 4711, 4711), 0);
        folder_path(folder, "conf.d/a.conf", path);
        assert_int_equal(chown(path, 4711, 4711), 0);
        errors = load_errors(folder, &count);
        assert_int_equal(count, 1);
        assert_non_null(strstr(errors, "/conf.d: belongs to user 4711"));
        assert_non_null(strstr(errors, "run: chown root "));
        free(errors);
    }
}

static void test_size_of_files(void **state)
{
    const struct folder *folder = *state;
    size_t size = 1 << 20;
    char *text = malloc(size + 1);
    int count = 0;

    assert_non_null(text);
    memset(text, '#', size + 1);
    put_bytes(folder, "dcddns.conf", text, size);
    struct config *config = load_ok(folder);
    config_free(&config);
    put_bytes(folder, "dcddns.conf", text, size + 1);
    char *errors = load_errors(folder, &count);
    assert_string_equal(errors,
                        "@/dcddns.conf: is larger than 1 MiB; split it and use `include`\n");
    free(errors);
    free(text);
}

static int64_t failing_read(struct os_file *file, void *out, size_t len)
{
    (void)file;
    (void)out;
    (void)len;
    return -5; /* EIO */
}

static void test_read_error(void **state)
{
    const struct folder *folder = *state;
    const struct os_calls kept = os;
    int count = 0;
    put(folder, "dcddns.conf", "[core]\n");
    os.read = failing_read;
    char *errors = load_errors(folder, &count);
    os = kept;
    assert_string_equal(errors, "@/dcddns.conf: cannot be read: Input/output error\n");
    free(errors);
}

/* conf.d may be a link to a folder elsewhere; files have one name all the same. */
static void test_linked_conf_d(void **state)
{
    const struct folder *folder = *state;
    char path[1024], other[1024];

    make_dir(folder, "real");
    put(folder, "real/a.conf", "[host a.example.com]\n");
    folder_path(folder, "real", other);
    folder_path(folder, "conf.d", path);
    assert_int_equal(symlink(other, path), 0);
    put(folder, "dcddns.conf", "include conf.d/*.conf\ninclude real/*.conf\n");
    struct config *config = load_ok(folder);
    assert_int_equal(config->host_count, 1);
    assert_string_equal(config->conf_d, other);
    config_free(&config);
}

static void test_ten_thousand_hosts(void **state)
{
    enum { HOSTS = 10000 / TEST_SCALE };
    const struct folder *folder = *state;
    char name[64], text[64];

    make_dir(folder, "conf.d");
    for (int i = 0; i < HOSTS; i++) {
        snprintf(name, sizeof(name), "conf.d/h%d.example.com.conf", i);
        snprintf(text, sizeof(text), "[host h%d.example.com]\nipv6 = yes\n", i);
        put(folder, name, text);
    }
    clock_t start = clock();
    struct config *config = load_ok(folder);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    assert_int_equal(config->host_count, HOSTS);
    for (size_t i = 1; i < config->host_count; i++)
        assert_true(strcmp(config->hosts[i - 1].fqdn, config->hosts[i].fqdn) < 0);
    assert_true(config_find_host(config, "h999.example.com")->ipv6);
    config_free(&config);
    assert_true(seconds < 30);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_conf_d_is_always_read),
        TEST(test_includes),
        TEST(test_section_does_not_leak),
        TEST(test_include_depth),
        TEST(test_include_cycle),
        TEST(test_untrusted_files),
        TEST(test_untrusted_folders),
        TEST(test_size_of_files),
        TEST(test_read_error),
        TEST(test_linked_conf_d),
        TEST(test_ten_thousand_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
