/* What a configuration means when it is right: defaults, values, hosts, instances, paths. */
#include "config_fixture.h"

#define V "[core]\n"

/* -- values ----------------------------------------------------------------------------------- */

static void test_missing_file_is_all_defaults(void **state)
{
    const struct folder *folder = *state;
    struct config *config = load_ok(folder);
    char conf_d[1024];

    check_defaults(config);
    assert_string_equal(config->path, folder->main);
    folder_path(folder, "conf.d", conf_d);
    assert_string_equal(config->conf_d, conf_d);
    assert_null(config->core_file);
    config_free(&config);
    assert_null(config);
    config_free(&config);
}

static void test_missing_folder(void **state)
{
    const struct folder *folder = *state;
    struct config_errors errors = { 0 };
    char path[1024];

    folder_path(folder, "no/such/dcddns.conf", path);
    struct config *config = config_load(path, true, &errors);
    assert_non_null(config);
    assert_string_equal(config->path, path);
    check_defaults(config);
    config_free(&config);
    assert_null(config_load(path, false, &errors));
    assert_int_equal(errors.count, 1);
    assert_non_null(strstr(config_errors_text(&errors), "/no/such"));
    config_errors_free(&errors);
    /* A file where a folder should be is not "missing". */
    put(folder, "no", "");
    assert_null(config_load(path, true, &errors));
    config_errors_free(&errors);
}

static void test_missing_file_not_allowed(void **state)
{
    const struct folder *folder = *state;
    struct config_errors errors = { 0 };
    assert_null(config_load(folder->main, false, &errors));
    assert_int_equal(errors.count, 1);
    assert_non_null(strstr(config_errors_text(&errors), "dcddns.conf: there is no such file"));
    config_errors_free(&errors);
}

static void test_relative_path_becomes_absolute(void **state)
{
    const struct folder *folder = *state;
    struct config_errors errors = { 0 };
    char here[1024], expected[1024];

    assert_non_null(getcwd(here, sizeof(here)));
    assert_int_equal(chdir(folder->path), 0);
    struct config *config = config_load("dcddns.conf", true, &errors);
    struct config *deeper = config_load("not/there.conf", true, &errors);
    assert_int_equal(chdir(here), 0);
    assert_non_null(config);
    assert_string_equal(config->path, folder->main);
    assert_non_null(deeper);
    folder_path(folder, "not/there.conf", expected);
    assert_string_equal(deeper->path, expected);
    config_free(&config);
    config_free(&deeper);
}

static void test_core_values(void **state)
{
    const struct folder *folder = *state;
    put(folder, "dcddns.conf",
        "# comment\n; comment too\n  # indented comment\n\t\n"
        "[core]\n"
        "interval = 5 min\nconfirm-delay=1\nquery-timeout\t=\t2 min  \n"
        "resolver = 192.0.2.1, 192.0.2.2:5353, [2001:db8::1]:54\nresolver = 2001:DB8:0::2\n"
        "resolver = [2001:db8::3]\n"
        "ca-file = " TEST_DRIVE "/etc/ssl/x = y.pem\ndevice = eth0\n"
        "state-dir = " TEST_DRIVE "/var/lib/x\n"
        "plugin-path = " TEST_DRIVE "/usr/lib/a," TEST_DRIVE "/usr/lib/b\n"
        "plugin-path = " TEST_DRIVE "/usr/lib/c\n"
        "sources = stun, http-echo\nsources = last\nauth = pkce\nnotifiers = none\n"
        "allow-private = yes\nallow-loopback-provider = on\nlog-level = debug\n");
    struct config *config = load_ok(folder);
    static const char *const resolvers[] = { "192.0.2.1:53", "192.0.2.2:5353", "[2001:db8::1]:54",
                                             "[2001:db8::2]:53", "[2001:db8::3]:53" };

    assert_int_equal(config->interval_s, 300);
    assert_int_equal(config->confirm_delay_s, 1);
    assert_int_equal(config->query_timeout_s, 120);
    assert_int_equal(config->resolvers.count, COUNT(resolvers));
    for (size_t i = 0; i < COUNT(resolvers); i++)
        assert_string_equal(config->resolvers.items[i], resolvers[i]);
    assert_null(config->resolvers.items[COUNT(resolvers)]);
    assert_string_equal(config->ca_file, TEST_DRIVE "/etc/ssl/x = y.pem");
    assert_string_equal(config->device, "eth0");
    assert_string_equal(config->state_dir, TEST_DRIVE "/var/lib/x");
    assert_int_equal(config->plugin_path.count, 3);
    assert_string_equal(config->plugin_path.items[2], TEST_DRIVE "/usr/lib/c");
    assert_int_equal(config->sources.count, 3);
    assert_string_equal(config->sources.items[2], "last");
    assert_string_equal(config->auth, "pkce");
    assert_int_equal(config->notifiers.count, 0);
    assert_true(config->allow_private);
    assert_true(config->allow_loopback_provider);
    assert_int_equal(config->log_level, DCDDNS_LOG_DEBUG);
    assert_string_equal(config->core_file, folder->main);
    assert_int_equal(config->core_line, 5);
    assert_null(config_find_instance(config, DCDDNS_KIND_NOTIFIER, "syslog"));
    config_free(&config);
}

static void test_empty_values_are_defaults(void **state)
{
    const struct folder *folder = *state;
    put(folder, "dcddns.conf",
        V "resolver =\nca-file =\ndevice =\nstate-dir =\nplugin-path =\nnotifiers =\n");
    struct config *config = load_ok(folder);
    assert_int_equal(config->resolvers.count, 0);
    assert_null(config->ca_file);
    assert_null(config->state_dir);
    assert_int_equal(config->notifiers.count, 0);
    config_free(&config);
}

static void test_hosts(void **state)
{
    const struct folder *folder = *state;
    put(folder, "dcddns.conf",
        "[host B.Example.COM.]\nipv6 = yes\nsources = stun\nsources = mine\n"
        "[host a.example.com]\nallow-private = no\nverify-dns = yes\n"
        "[core]\nallow-private = yes\nverify-dns = no\n"
        "[ host\tc.example.com ]\nipv4 = no\nipv6 = yes\n");
    struct config *config = load_ok(folder);

    assert_int_equal(config->host_count, 3);
    const struct config_host *a = config_find_host(config, "a.example.com");
    const struct config_host *b = config_find_host(config, "b.example.com");
    const struct config_host *c = config_find_host(config, "c.example.com");
    assert_null(config_find_host(config, "d.example.com"));
    assert_ptr_equal(a, &config->hosts[0]);
    assert_ptr_equal(b, &config->hosts[1]);
    assert_ptr_equal(c, &config->hosts[2]);
    assert_true(a->ipv4 && !a->ipv6 && !a->allow_private);
    assert_true(b->ipv4 && b->ipv6 && b->allow_private);
    assert_true(a->verify_dns && !b->verify_dns && !config->verify_dns);
    assert_true(!c->ipv4 && c->ipv6);
    assert_int_equal(b->line, 1);
    assert_string_equal(b->file, folder->main);
    assert_int_equal(a->line, 5);
    assert_ptr_equal(config_sources_of(config, a), &config->sources);
    assert_ptr_equal(config_sources_of(config, b), &b->sources);
    assert_int_equal(b->sources.count, 2);
    const struct config_instance *stun =
        config_find_instance(config, DCDDNS_KIND_IP_SOURCE, "stun");
    assert_non_null(stun);
    assert_true(stun->implied && stun->used);
    assert_int_equal(stun->line, 3);
    config_free(&config);
}

static void test_lost_families(void **state)
{
    const struct folder *folder = *state;
    put(folder, "dcddns.conf",
        "[core]\non-lost-family = remove-after 24 h\n[host a.example.com]\n"
        "[host b.example.com]\non-lost-family = keep\n"
        "[host c.example.com]\non-lost-family = remove-after\t30 d\n"
        "[host d.example.com]\non-lost-family = remove-after 1 h\n");
    struct config *config = load_ok(folder);
    assert_int_equal(config->lost_remove_s, 86400);
    assert_int_equal(config->hosts[0].lost_remove_s, 86400);
    assert_int_equal(config->hosts[1].lost_remove_s, 0);
    assert_int_equal(config->hosts[2].lost_remove_s, 30 * 86400);
    assert_int_equal(config->hosts[3].lost_remove_s, 3600);
    config_free(&config);
    put(folder, "dcddns.conf", "[host a.example.com]\n");
    config = load_ok(folder);
    assert_int_equal(config->hosts[0].lost_remove_s, 0);
    config_free(&config);
}

/* What decides about observed addresses: of the host, else of [core]. */
static void test_rules_of_hosts(void **state)
{
    const struct folder *folder = *state;
    const struct dcddns_addr in = { .family = 4, .ip = { 192, 0, 2, 7 } };
    put(folder, "dcddns.conf",
        "[core]\nsources = one, two\nconfirm = 2\nexpect = 192.0.2.0/24, 2001:db8::/32\n"
        "expect = 198.51.100.7\ndevice = eth0\n"
        "[host a.example.com]\n"
        "[host b.example.com]\nconfirm = 1\ndevice = ppp0\nexpect = 203.0.113.0/24\nipv6 = yes\n"
        "ipv6-suffix = ::1:0:0:0:1234/56\nsources = one\n"
        "[host c.example.com]\nipv6 = yes\nipv6-suffix = ::1/127\ndevice =\nexpect =\n");
    struct config *config = load_ok(folder);
    const struct config_host *a = &config->hosts[0], *b = &config->hosts[1], *c = &config->hosts[2];

    assert_int_equal(config->confirm, 2);
    assert_int_equal(config->expect.count, 3);
    assert_int_equal(config->expect.items[0].bits, 24);
    assert_true(addr_cidr_holds(&config->expect.items[0], &in));
    assert_int_equal(config->expect.items[2].bits, 32);
    assert_int_equal(a->confirm, 2);
    assert_null(a->device); /* [core]'s is for providers */
    assert_ptr_equal(config_expect_of(config, a), &config->expect);
    assert_int_equal(a->ipv6_suffix.addr.family, 0);
    assert_int_equal(b->confirm, 1);
    assert_string_equal(b->device, "ppp0");
    assert_ptr_equal(config_expect_of(config, b), &b->expect);
    assert_int_equal(b->expect.count, 1);
    assert_int_equal(b->ipv6_suffix.addr.family, 6);
    assert_int_equal(b->ipv6_suffix.bits, 56);
    assert_int_equal(b->ipv6_suffix.addr.ip[7], 1);
    assert_int_equal(b->ipv6_suffix.addr.ip[15], 0x34);
    assert_null(c->device);
    assert_ptr_equal(config_expect_of(config, c), &config->expect);
    assert_int_equal(c->ipv6_suffix.bits, 127);
    config_free(&config);
}

/* inih cuts section names at 49 bytes. */
static void test_long_host_names(void **state)
{
    const struct folder *folder = *state;
    static const char label[] = "a23456789-123456789-123456789-123456789-123456789-12345678901";
    char text[2048], one[300], two[300];

    snprintf(one, sizeof(one), "%s.%s.%s.one.example.com", label, label, label);
    snprintf(two, sizeof(two), "%s.%s.%s.two.example.com", label, label, label);
    snprintf(text, sizeof(text), "[host %s]\nipv6 = yes\n[host %s]\nipv6 = no\n", one, two);
    put(folder, "dcddns.conf", text);
    struct config *config = load_ok(folder);
    assert_int_equal(config->host_count, 2);
    assert_true(config_find_host(config, one)->ipv6);
    assert_false(config_find_host(config, two)->ipv6);
    config_free(&config);
}

static void test_instances(void **state)
{
    const struct folder *folder = *state;
    put(folder, "dcddns.conf",
        V "sources = mine, stun\n"
          "[ip-source mine]\nmodule = http-echo\nurl4 = https://a.example/?a;b=c%3B\n"
          "url4 =\nurl4 = https://b.example/:x\nkey_2 = a#b # c\n"
          "[notifier unused]\n[auth mine]\n");
    struct config *config = load_ok(folder);
    const struct config_instance *mine =
        config_find_instance(config, DCDDNS_KIND_IP_SOURCE, "mine");
    const struct config_instance *unused =
        config_find_instance(config, DCDDNS_KIND_NOTIFIER, "unused");

    assert_string_equal(mine->module, "http-echo");
    assert_true(mine->used && !mine->implied);
    assert_int_equal(mine->line, 3);
    assert_int_equal(mine->option_count, 2);
    assert_string_equal(mine->options[0].name, "url4");
    assert_string_equal(mine->options[0].value,
                        "https://a.example/?a;b=c%3B, https://b.example/:x");
    assert_int_equal(mine->options[0].line, 5);
    assert_string_equal(mine->options[0].file, folder->main);
    assert_string_equal(mine->options[1].value, "a#b # c");
    assert_int_equal(mine->repeat_count, 2);
    assert_string_equal(mine->repeats[1].name, "url4");
    assert_int_equal(mine->repeats[1].line, 7);
    assert_int_equal(mine->repeats[1].first_line, 5);
    assert_false(unused->used);
    assert_string_equal(unused->module, "unused");
    assert_non_null(config_find_instance(config, DCDDNS_KIND_AUTH, "mine"));
    assert_null(config_find_instance(config, DCDDNS_KIND_AUTH, "other"));
    config_free(&config);
}

static void test_bom_and_crlf(void **state)
{
    const struct folder *folder = *state;
    put(folder, "dcddns.conf",
        "\xef\xbb\xbf[core]\r\ninterval = 90\r\n# \xc3\xbc\r\n\r\n[host a.example]\r\n"
        "ipv6 = yes");
    struct config *config = load_ok(folder);
    assert_int_equal(config->interval_s, 90);
    assert_int_equal(config->host_count, 1);
    assert_true(config->hosts[0].ipv6);
    config_free(&config);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_missing_file_is_all_defaults),
        TEST(test_missing_folder),
        TEST(test_missing_file_not_allowed),
        TEST(test_relative_path_becomes_absolute),
        TEST(test_core_values),
        TEST(test_empty_values_are_defaults),
        TEST(test_hosts),
        TEST(test_rules_of_hosts),
        TEST(test_lost_families),
        TEST(test_long_host_names),
        TEST(test_instances),
        TEST(test_bom_and_crlf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
