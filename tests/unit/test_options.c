/* Options as a module gets them: plain forms, and secrets from files that never reach a log. */
#include "probe.h"

#include "temp_dir.h"

static const struct dcddns_option rows[] = {
    { "wait", "2 min", "a duration", DCDDNS_OPT_SECONDS, 0 },
    { "on", "TRUE", "a switch", DCDDNS_OPT_BOOL, 0 },
    { "off", NULL, "another", DCDDNS_OPT_BOOL, 0 },
    { "list", " a , b", "a list", DCDDNS_OPT_STRING, DCDDNS_LIST },
    { "token", NULL, "a secret", DCDDNS_OPT_STRING, DCDDNS_SECRET },
    { "pin", NULL, "a number that is secret", DCDDNS_OPT_INT, DCDDNS_SECRET },
};

static struct instance *with(const struct schema_value *values, size_t count, struct error *err)
{
    static const struct instance_env env = { .net = NULL };
    static struct module module;
    module = *probe_module(DCDDNS_KIND_IP_SOURCE);
    module.plugin.options = rows;
    module.plugin.option_count = sizeof(rows) / sizeof(rows[0]);
    *err = (struct error){ 0 };
    memset(&probe, 0, sizeof(probe));
    return instance_new(&module, "mine", values, count, &env, err);
}

static void comes_in_plain_form(void **state)
{
    static const struct schema_value values[] = { { "wait", "1 h", "a.conf", 1 },
                                                  { "off", "0", "a.conf", 2 } };
    struct error err = { 0 };
    (void)state;
    struct instance *instance = with(NULL, 0, &err);
    assert_string_equal(probe.host->option(probe.host, "wait"), "120");
    assert_string_equal(probe.host->option(probe.host, "on"), "yes");
    assert_string_equal(probe.host->option(probe.host, "list"), " a , b");
    assert_null(probe.host->option(probe.host, "off"));
    assert_null(probe.host->option(probe.host, "token"));
    assert_null(probe.host->option(probe.host, "token-file"));
    instance_free(&instance);
    instance = with(values, 2, &err);
    assert_string_equal(probe.host->option(probe.host, "wait"), "3600");
    assert_string_equal(probe.host->option(probe.host, "off"), "no");
    instance_free(&instance);
}

static const char *file_with(const char *name, const char *text, size_t len, mode_t mode)
{
    const char *path = temp_path(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, text, len) == (ssize_t)len && fchmod(fd, mode) == 0);
    close(fd);
    return path;
}

static void secrets_come_from_files(void **state)
{
    static const struct {
        const char *key, *text;
        size_t len; /* 0 = all */
        mode_t mode;
        const char *value, *why; /* one of the two */
    } cases[] = {
        { "token-file", "tk_123456\n", 0, 0600, "tk_123456", NULL },
        { "token-file", "tk_123456\r\n", 0, 0400, "tk_123456", NULL },
        { "token-file", " with blanks ", 0, 0640, " with blanks ", NULL },
        { "token-file", "tk_123456\n\n", 0, 0600, NULL, "holds control characters" },
        { "token-file", "", 0, 0600, NULL, "is empty" },
        { "token-file", "\n", 0, 0600, NULL, "is empty" },
        { "token-file", "a\0b", 3, 0600, NULL, "holds a NUL byte" },
        { "token-file", "tk_123456\n", 0, 0644, NULL, "others must neither read nor write it" },
        { "token-file", "tk_123456\n", 0, 0620, NULL, "others must neither read nor write it" },
        { "pin-file", "0042\n", 0, 0600, "0042", NULL },
        { "pin-file", "hunter2", 0, 0600, NULL, "is not a whole number" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t len = cases[i].len ? cases[i].len : strlen(cases[i].text);
        const struct schema_value value = { cases[i].key,
                                            file_with("secret", cases[i].text, len, cases[i].mode),
                                            "a.conf", 7 };
        struct error err = { 0 };
        struct instance *instance = with(&value, 1, &err);
        if ((instance != NULL) != (cases[i].value != NULL))
            fail_msg("case %zu: %s", i, err.text);
        const char *name = cases[i].key[0] == 't' ? "token" : "pin";
        if (instance)
            assert_string_equal(probe.host->option(probe.host, name), cases[i].value);
        else if (!strstr(err.text, cases[i].why) || !strstr(err.text, "a.conf:7: ") ||
                 strstr(err.text, "hunter2"))
            fail_msg("case %zu: %s", i, err.text);
        instance_free(&instance);
    }
}

static void files_that_cannot_be_read(void **state)
{
    static const struct {
        const char *path, *why;
    } cases[] = {
        { "missing", "No such file" },          { "missing/secret", "a.conf:7: token-file: " },
        { "folder", "a.conf:7: token-file: " }, { "link", "a.conf:7: token-file: " },
        { "large", "File too large" },
    };
    char *large = calloc(1, 5000);
    (void)state;
    memset(large, 'x', 4097);
    file_with("large", large, 4097, 0600);
    free(large);
    assert_int_equal(mkdir(temp_path("folder"), 0700), 0);
    assert_int_equal(symlink(file_with("real", "x", 1, 0600), temp_path("link")), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct schema_value value = { "token-file", temp_path(cases[i].path), "a.conf", 7 };
        struct error err = { 0 };
        assert_null(with(&value, 1, &err));
        assert_int_equal(err.class, ERR_CONFIG);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%s: %s", cases[i].path, err.text);
    }
}

static int query_babbles(struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)call;
    (void)family;
    (void)out;
    dcddns_logf(probe.host, DCDDNS_LOG_INFO, "sent %s there",
                probe.host->option(probe.host, "token"));
    return dcddns_failf(probe.host, DCDDNS_E_TEMP, "https://x/%s says no",
                        probe.host->option(probe.host, "token"));
}

static void secrets_stay_out_of_words(void **state)
{
    static const struct schema_value value = { "token", "tk_123456", "a.conf", 7 };
    struct error err = { 0 };
    (void)state;
    struct instance *instance = with(&value, 1, &err);
    probe.query = query_babbles;
    log_start();
    assert_int_equal(query_within(instance, LONG_MS, &err), DCDDNS_E_TEMP);
    log_stop();
    assert_string_equal(err.text, "https://x/*** says no");
    assert_string_equal(logged.lines[0], "ip-source/mine: sent *** there");
    instance_free(&instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_in_plain_form),
        cmocka_unit_test_setup_teardown(secrets_come_from_files, temp_dir_make, temp_dir_remove),
        cmocka_unit_test_setup_teardown(files_that_cannot_be_read, temp_dir_make, temp_dir_remove),
        cmocka_unit_test(secrets_stay_out_of_words),
    };
    return cmocka_run_group_tests(tests, NULL, probe_done);
}
