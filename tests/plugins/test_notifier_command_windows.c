/* The command notifier on Windows: what a real program finds in its environment. */
#include "plugins/real_host.h"

#include "plugins/own_program.h"

const struct dcddns_plugin *dcddns_plugin_v1_command_notifier(void);

static const struct dcddns_event changed = {
    .size = sizeof(changed),
    .level = DCDDNS_LOG_NOTICE,
    .time_ms = 1700000000123,
    .id = "update.applied",
    .profile = "mine",
    .record = "home.example.com",
    .message = "A record changed; %PATH% & \"quoted\"",
    .source = "stun",
    .url = "",
    .before = { .family = 4, .ip = { 203, 0, 114, 1 } },
    .after = { .family = 4, .ip = { 203, 0, 114, 2 } },
};

static struct instance *with(const char *words, const char *timeout)
{
    char command[1024] = "";
    struct error err = { 0 };
    snprintf(command, sizeof(command), "'%s' %s", own_program, words);
    struct instance *instance = real_instance(dcddns_plugin_v1_command_notifier(), &err, "command",
                                              command, timeout ? "timeout" : NULL, timeout, NULL);
    if (!instance)
        fail_msg("%s", err.text);
    return instance;
}

static void tells_everything(void **state)
{
    static const char *const lines[] = {
        "DCDDNS_AFTER=203.0.114.2\n",    "DCDDNS_BEFORE=203.0.114.1\n",
        "DCDDNS_EVENT=update.applied\n", "DCDDNS_FAMILY=4\n",
        "DCDDNS_LEVEL=notice\n",         "DCDDNS_MESSAGE=A record changed; %PATH% & \"quoted\"\n",
        "DCDDNS_PROFILE=mine\n",         "DCDDNS_RECORD=home.example.com\n",
        "DCDDNS_SOURCE=stun\n",          "DCDDNS_TIME=2023-11-14T22:13:20Z\n",
    };
    char folder[MAX_PATH] = "", path[MAX_PATH] = "", words[MAX_PATH + 32] = "", text[4096] = "";
    struct error err = { 0 };
    (void)state;
    GetTempPathA(sizeof(folder), folder);
    assert_true(GetTempFileNameA(folder, "dcd", 0, path) != 0);
    snprintf(words, sizeof(words), "environment '%s'", path);
    struct instance *instance = with(words, NULL);
    assert_int_equal(real_notify(instance, &changed, &err), 0);
    instance_free(&instance);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
    fclose(in);
    DeleteFileA(path);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        if (!strstr(text, lines[i]))
            fail_msg("no %s in\n%s", lines[i], text);
    }
}

static void failures_are_told(void **state)
{
    struct error err = { 0 };
    (void)state;
    struct instance *instance = with("status 3", NULL);
    assert_int_equal(real_notify(instance, &changed, &err), -1);
    assert_non_null(strstr(err.text, " ended with status 3"));
    instance_free(&instance);
    instance = with("sleep", "1 s");
    assert_int_equal(real_notify(instance, &changed, &err), -1);
    assert_non_null(strstr(err.text, "did not end before the time was up"));
    instance_free(&instance);
    assert_null(real_instance(dcddns_plugin_v1_command_notifier(), &err, "command", "x", NULL));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_everything),
        cmocka_unit_test(failures_are_told),
    };
    int status = 0;
    if (own_program_ran(argc, argv, &status))
        return status;
    return cmocka_run_group_tests(tests, NULL, real_done);
}
