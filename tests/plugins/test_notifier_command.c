/* The command notifier: what a real program finds in its environment. */
#include "plugins/real_host.h"

#include <unistd.h>

const struct dcddns_plugin *dcddns_plugin_v1_command_notifier(void);

static const struct dcddns_event changed = {
    .size = sizeof(changed),
    .level = DCDDNS_LOG_NOTICE,
    .time_ms = 1700000000123,
    .id = "update.applied",
    .profile = "mine",
    .record = "home.example.com",
    .message = "A record changed; $(rm -rf /) `x` \"quoted\" \xc3\xa9",
    .source = "stun",
    .url = "",
    .before = { .family = 4, .ip = { 203, 0, 114, 1 } },
    .after = { .family = 4, .ip = { 203, 0, 114, 2 } },
};
static const struct dcddns_event said = {
    .size = sizeof(said),
    .level = DCDDNS_LOG_ERROR,
    .id = "consent.needed",
    .profile = "mine",
    .record = "",
    .message = "m",
    .source = "",
    .url = "https://provider.example/consent",
};

/* What `env` printed for EVENT, in the file PATH. */
static void environment_of(const struct dcddns_event *event, char *text, size_t cap)
{
    char path[] = "/tmp/dcddns-notifier-XXXXXX", command[128] = "";
    struct error err = { 0 };
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    snprintf(command, sizeof(command), "/bin/sh -c 'env | grep ^DCDDNS_ | sort >%s'", path);
    struct instance *instance =
        real_instance(dcddns_plugin_v1_command_notifier(), &err, "command", command, NULL);
    assert_non_null(instance);
    assert_int_equal(real_notify(instance, event, &err), 0);
    ssize_t len = read(fd, text, cap - 1);
    assert_true(len >= 0);
    text[len] = '\0';
    close(fd);
    unlink(path);
    instance_free(&instance);
}

static void tells_everything(void **state)
{
    char text[4096] = "";
    (void)state;
    environment_of(&changed, text, sizeof(text));
    assert_string_equal(text, "DCDDNS_AFTER=203.0.114.2\n"
                              "DCDDNS_BEFORE=203.0.114.1\n"
                              "DCDDNS_EVENT=update.applied\n"
                              "DCDDNS_FAMILY=4\n"
                              "DCDDNS_LEVEL=notice\n"
                              "DCDDNS_MESSAGE=A record changed; $(rm -rf /) `x` \"quoted\" "
                              "\xc3\xa9\n"
                              "DCDDNS_PROFILE=mine\n"
                              "DCDDNS_RECORD=home.example.com\n"
                              "DCDDNS_SOURCE=stun\n"
                              "DCDDNS_TIME=2023-11-14T22:13:20Z\n"
                              "DCDDNS_URL=\n");
    environment_of(&said, text, sizeof(text));
    assert_non_null(strstr(text, "DCDDNS_AFTER=\n"));
    assert_non_null(strstr(text, "DCDDNS_BEFORE=\n"));
    assert_non_null(strstr(text, "DCDDNS_FAMILY=\n"));
    assert_non_null(strstr(text, "DCDDNS_LEVEL=error\n"));
    assert_non_null(strstr(text, "DCDDNS_URL=https://provider.example/consent\n"));
}

static void failures_are_told(void **state)
{
    struct error err = { 0 };
    (void)state;
    struct instance *instance = real_instance(dcddns_plugin_v1_command_notifier(), &err, "command",
                                              "/bin/sh -c 'exit 3'", NULL);
    assert_int_equal(real_notify(instance, &changed, &err), -1);
    assert_non_null(strstr(err.text, "/bin/sh ended with status 3"));
    instance_free(&instance);
    instance = real_instance(dcddns_plugin_v1_command_notifier(), &err, "command", "/bin/sleep 64",
                             "timeout", "1 s", NULL);
    assert_int_equal(real_notify(instance, &changed, &err), -1);
    assert_non_null(strstr(err.text, "did not end before the time was up"));
    instance_free(&instance);
    assert_null(real_instance(dcddns_plugin_v1_command_notifier(), &err, "command", "x", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_everything),
        cmocka_unit_test(failures_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, real_done);
}
