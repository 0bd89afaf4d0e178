/* What the other rooms do with files, on Windows: grants come and go, a configuration is read with
 * either separator. */
#include "unit/windows/folder.h"

#include "config/config.h"
#include "state/grants.h"

static void save(struct grants *grants, const char *id, int failures)
{
    struct error err = { 0 };
    struct grant grant = { .zone = "example.com", .refresh_failures = failures };
    struct grant_lock *lock = grants_lock(grants, id, &err);
    if (!lock || grants_save(lock, &grant, &err) != 0)
        fail_msg("%s", err.text);
    grants_unlock(&lock);
    grant_clear(&grant);
}

static int failures_of(struct grants *grants, const char *id)
{
    struct error err = { 0 };
    struct grant grant = { 0 };
    bool found = false;
    assert_int_equal(grants_load(grants, id, &grant, &found, &err), 0);
    const int failures = found ? grant.refresh_failures : -1;
    grant_clear(&grant);
    return failures;
}

static bool count(void *ctx, const char *id)
{
    (void)id;
    ++*(int *)ctx;
    return true;
}

/* A wildcard, and a name that once was a device, are hosts as others. */
static void grants_come_and_go(void **state)
{
    static const char *const ids[] = { "home.example.com", "*.example.com", "con.example.com",
                                       "aux.example.com" };
    struct error err = { 0 };
    struct grants *grants = grants_open(opened, &err);
    int listed = 0;
    (void)state;
    assert_non_null(grants);
    for (size_t i = 0; i < COUNT(ids); i++) {
        for (int turn = 1; turn <= 3; turn++) { /* record.prev is a link, and is replaced */
            save(grants, ids[i], turn);
            assert_int_equal(failures_of(grants, ids[i]), turn);
        }
    }
    assert_int_equal(grants_list(grants, count, &listed), 0);
    assert_int_equal(listed, COUNT(ids));
    struct grant_lock *lock = grants_lock(grants, ids[0], &err);
    assert_non_null(lock);
    assert_null(grants_lock(grants, ids[0], &err)); /* one at a time */
    assert_int_equal(err.class, ERR_TEMP);
    assert_int_equal(grants_delete(grants, ids[0], &err), -1);
    grants_unlock(&lock);
    struct os_dir *folders = os_dir_sub(opened, "grants", 0, &err);
    for (size_t i = 0; i < COUNT(ids); i++) {
        assert_int_equal(grants_delete(grants, ids[i], &err), 0);
        assert_int_equal(failures_of(grants, ids[i]), -1);
        assert_null(os_dir_sub(folders, ids[i], 0, NULL)); /* its folder went too */
    }
    os_dir_close(&folders);
    grants_close(&grants);
}

static void put(const char *name, const char *text)
{
    assert_int_equal(os_replace_file(opened, name, text, strlen(text), 0644, false), 0);
}

static void paths_have_either_separator(void **state)
{
    struct config_errors errors = { 0 };
    char text[3000] = "", back[1024] = "";
    (void)state;
    snprintf(back, sizeof(back), "%s", folder);
    for (char *at = back; *at; at++)
        *at = *at == '/' ? '\\' : *at;
    snprintf(text, sizeof(text),
             "[core]\nca-file = %s\\ca.pem\nplugin-path = %s\\one, %s/two\n"
             "state-dir = C:\\state\\here\n"
             "include %s\\more*.conf\ninclude sub\\last.conf\n",
             back, back, folder, back);
    folder_mkdir("sub", OWNER_ONLY);
    struct os_dir *sub = os_dir_sub(opened, "sub", 0, NULL);
    assert_int_equal(os_replace_file(sub, "last.conf", "# none\n", 7, 0644, false), 0);
    put("main.conf", text);
    put("more.conf", "# none\n");
    for (int i = 0; i < 2; i++) { /* its own path, too */
        snprintf(text, sizeof(text), "%s%cmain.conf", i ? back : folder, i ? '\\' : '/');
        struct config *config = config_load(text, false, &errors);
        if (!config)
            fail_msg("%s", config_errors_text(&errors));
        char *real = os_real_path(folder);
        snprintf(text, sizeof(text), "%s/ca.pem", folder);
        assert_string_equal(config->ca_file, text);
        assert_int_equal(config->plugin_path.count, 2);
        assert_null(strchr(config->plugin_path.items[0], '\\'));
        assert_string_equal(config->state_dir, "C:/state/here");
        assert_memory_equal(config->path, real, strlen(real));
        assert_null(strchr(config->path, '\\'));
        mem_free(real);
        config_free(&config);
    }
    /* They are read. */
    assert_int_equal(os_replace_file(sub, "last.conf", "[nonsense]\n", 11, 0644, false), 0);
    put("more.conf", "[rubbish]\n");
    os_dir_close(&sub);
    snprintf(text, sizeof(text), "%s/main.conf", folder);
    assert_null(config_load(text, false, &errors));
    assert_non_null(strstr(config_errors_text(&errors), "/more.conf:1:"));
    assert_non_null(strstr(config_errors_text(&errors), "/sub/last.conf:1:"));
    config_errors_free(&errors);
    snprintf(text, sizeof(text), "include %s\\su*\\last.conf\n", back);
    put("main.conf", text);
    snprintf(text, sizeof(text), "%s/main.conf", folder);
    assert_null(config_load(text, false, &errors));
    assert_non_null(strstr(config_errors_text(&errors), "only the last part of an include"));
    config_errors_free(&errors);
    put("bad.conf", "[core]\nstate-dir = C:state\n");
    snprintf(text, sizeof(text), "%s/bad.conf", folder);
    assert_null(config_load(text, false, &errors));
    assert_non_null(strstr(config_errors_text(&errors), "is not an absolute path"));
    config_errors_free(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(grants_come_and_go, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(paths_have_either_separator, folder_make, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
