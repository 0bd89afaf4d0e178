/* Published secret: what it adds to which request. */
#include "fake_host.h"

const struct dcddns_plugin *dcddns_plugin_v1_published_secret(void);

static const struct dcddns_plugin *plugin;
static const struct dcddns_auth *ops;

static int setup(void **state)
{
    (void)state;
    plugin = dcddns_plugin_v1_published_secret();
    ops = plugin->ops;
    return 0;
}

static void test_descriptor(void **state)
{
    (void)state;
    fake_check_plugin(plugin, DCDDNS_KIND_AUTH, "published-secret");
    assert_int_equal(plugin->option_count, 1);
    assert_string_equal(plugin->options[0].name, "client-secret");
    assert_int_equal(plugin->options[0].flags, DCDDNS_SECRET);
}

static void *made(const struct fake_option *options)
{
    void *self = NULL;
    assert_int_equal(plugin->create(fake_reset(plugin, options), &self), DCDDNS_OK);
    assert_non_null(self);
    return self;
}

static void check_token(const struct fake_option *options, const char *expected)
{
    struct dcddns_fields body = { 0 }, keep = { 0 };
    void *self = made(options);

    assert_int_equal(fields_set(&body, "grant_type", "refresh_token", 0), DCDDNS_OK);
    assert_int_equal(ops->token(self, &keep, &body), DCDDNS_OK);
    assert_int_equal(body.count, 2);
    assert_string_equal(body.list[0].value, "refresh_token");
    assert_string_equal(body.list[1].name, "client_secret");
    assert_string_equal(body.list[1].value, expected);
    assert_int_equal(body.list[1].flags, DCDDNS_SECRET);
    assert_int_equal(keep.count, 0);
    fields_free(&body);
    plugin->destroy(self);
}

static void test_token(void **state)
{
    static const struct fake_option own[] = { { "client-secret", "other" }, { NULL, NULL } };
    (void)state;
    check_token(NULL, "inconceivable");
    check_token(own, "other");
}

static void test_consent_adds_nothing(void **state)
{
    struct dcddns_fields params = { 0 }, keep = { 0 };
    void *self = made(NULL);
    (void)state;

    assert_int_equal(fields_set(&params, "client_id", "domainconnect.org", 0), DCDDNS_OK);
    assert_int_equal(ops->consent(self, &params, &keep), DCDDNS_OK);
    assert_int_equal(params.count, 1);
    assert_int_equal(keep.count, 0);
    fields_free(&params);
    plugin->destroy(self);
}

static void test_refused_value_is_reported(void **state)
{
    static const struct fake_option bad[] = { { "client-secret", "a\x01b" }, { NULL, NULL } };
    struct dcddns_fields body = { 0 };
    void *self = made(bad);
    (void)state;

    assert_int_equal(ops->token(self, NULL, &body), DCDDNS_E_BUG);
    assert_int_equal(body.count, 0);
    plugin->destroy(self);
}

static void test_empty_secret(void **state)
{
    static const struct fake_option empty[] = { { "client-secret", "" }, { NULL, NULL } };
    void *self = NULL;
    (void)state;

    assert_int_equal(plugin->create(fake_reset(plugin, empty), &self), DCDDNS_E_CONFIG);
    assert_null(self);
    assert_string_equal(fake.why,
                        "client-secret is empty; remove the line to use the published one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptor),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_consent_adds_nothing),
        cmocka_unit_test(test_refused_value_is_reported),
        cmocka_unit_test(test_empty_secret),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
