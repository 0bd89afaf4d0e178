/* The log of the service: every start goes on with it, a long one is moved away, and one that
 * cannot be moved is not lost. */
#include "folder.h"

#include <io.h>

#include "platform/service.h"

static int stderr_before = -1;

static int begin(void **state)
{
    stderr_before = _dup(_fileno(stderr));
    return folder_make(state);
}

static void give_back(void)
{
    fflush(stderr);
    _dup2(stderr_before, _fileno(stderr));
}

static int end(void **state)
{
    give_back();
    _close(stderr_before);
    return folder_remove(state);
}

/* As a start of the service that says WORDS does; what the log had before. */
static int64_t say(const char *words)
{
    const int64_t length = os_service_log(folder);
    if (length >= 0)
        fputs(words, stderr);
    give_back();
    return length;
}

static void expect_text(const char *name, const char *wanted)
{
    char *text = NULL;
    size_t len = 0;
    assert_int_equal(os_read_file(opened, name, 2 * OS_SERVICE_LOG_UNMOVED, &text, &len, NULL), 0);
    assert_string_equal(text, wanted);
    mem_free(text);
}

static void expect_none(const char *name)
{
    char *text = NULL;
    size_t len = 0;
    assert_int_equal(os_read_file(opened, name, 1, &text, &len, NULL), -ENOENT);
}

/* LEN letters; the log of a service that has run for long. */
static void long_log(size_t len)
{
    char *text = mem_new(len, 1);
    assert_non_null(text);
    memset(text, 'x', len);
    folder_write("service.log", text, len, OWNER_ONLY);
    mem_free(text);
}

/* LEN letters and then WORDS. */
static void expect_long(const char *name, size_t len, const char *words)
{
    char *text = NULL;
    size_t got = 0;
    assert_int_equal(os_read_file(opened, name, 2 * OS_SERVICE_LOG_UNMOVED, &text, &got, NULL), 0);
    assert_int_equal(got, len + strlen(words));
    assert_int_equal(strspn(text, "x"), len);
    assert_string_equal(text + len, words);
    mem_free(text);
}

static void a_start_goes_on_with_it(void **state)
{
    (void)state;
    assert_int_equal(say("one\n"), 0);
    assert_int_equal(say("two\n"), 5);
    assert_int_equal(say("three\n"), 10);
    expect_text("service.log", "one\r\ntwo\r\nthree\r\n");
    expect_none("service.log.1");
}

/* Neither writes over what the other one said. */
static void two_at_a_time(void **state)
{
    (void)state;
    assert_int_equal(os_service_log(folder), 0);
    int first = _dup(_fileno(stderr));
    assert_int_equal(os_service_log(folder), 0);
    assert_int_equal(_write(first, "one\n", 4), 4);
    fputs("two\n", stderr);
    assert_int_equal(_write(first, "three\n", 6), 6);
    _close(first);
    give_back();
    char *text = NULL;
    size_t len = 0;
    assert_int_equal(os_read_file(opened, "service.log", 100, &text, &len, NULL), 0);
    assert_non_null(strstr(text, "one"));
    assert_non_null(strstr(text, "two"));
    assert_non_null(strstr(text, "three"));
    mem_free(text);
}

static void a_long_one_is_moved_away(void **state)
{
    (void)state;
    long_log(OS_SERVICE_LOG_MAX);
    assert_int_equal(say("y\n"), OS_SERVICE_LOG_MAX); /* not yet */
    expect_long("service.log", OS_SERVICE_LOG_MAX, "y\r\n");
    for (int i = 0; i < 2; i++) { /* while it is written to, too */
        long_log(OS_SERVICE_LOG_MAX + 1);
        assert_int_equal(say("new\n"), 0);
        expect_text("service.log", "new\r\n");
        expect_long("service.log.1", OS_SERVICE_LOG_MAX + 1, "");
    }
}

/* Here a folder has the other name: it stands for a file that somebody has open. */
static void one_that_cannot_be_moved_grows_on(void **state)
{
    (void)state;
    folder_mkdir("service.log.1", OWNER_ONLY);
    long_log(OS_SERVICE_LOG_MAX + 1);
    assert_int_equal(say("new\n"), OS_SERVICE_LOG_MAX + 1);
    expect_long("service.log", OS_SERVICE_LOG_MAX + 1, "new\r\n");
    long_log(OS_SERVICE_LOG_UNMOVED + 1); /* but not for ever */
    assert_int_equal(say("last\n"), 0);
    expect_text("service.log", "last\r\n");
}

/* Behind 260 characters, where paths end that are not written in the system's own way. */
static void a_long_path(void **state)
{
    char name[201] = "", path[1024] = "";
    struct error err = { 0 };
    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    snprintf(path, sizeof(path), "%s/%s/%s", folder, name, name);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(os_service_log(path), i == 0 ? 0 : 5);
        fputs(i == 0 ? "one\n" : "two\n", stderr);
        give_back();
    }
    struct os_dir *dir = os_dir_open(path, 0, &err);
    char *text = NULL;
    size_t len = 0;
    assert_non_null(dir);
    assert_int_equal(os_read_file(dir, "service.log", 100, &text, &len, NULL), 0);
    assert_string_equal(text, "one\r\ntwo\r\n");
    mem_free(text);
    os_dir_close(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_start_goes_on_with_it, begin, end),
        cmocka_unit_test_setup_teardown(two_at_a_time, begin, end),
        cmocka_unit_test_setup_teardown(a_long_one_is_moved_away, begin, end),
        cmocka_unit_test_setup_teardown(one_that_cannot_be_moved_grows_on, begin, end),
        cmocka_unit_test_setup_teardown(a_long_path, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
