/* PKCE: the vector of RFC 7636, what goes into which request, and what must not happen. */
#include "fake_host.h"

const struct dcddns_plugin *dcddns_plugin_v1_pkce(void);

static const struct dcddns_plugin *plugin;
static const struct dcddns_auth *ops;

/* RFC 7636, appendix B. */
static const unsigned char octets[32] = { 116, 24,  223, 180, 151, 153, 224, 37,  79,  250, 96,
                                          125, 216, 173, 187, 186, 22,  212, 37,  77,  105, 214,
                                          191, 240, 91,  88,  5,   88,  83,  132, 141, 121 };
#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static int random_octets(void *data, size_t len)
{
    assert_int_equal(len, sizeof(octets));
    memcpy(data, octets, len);
    return DCDDNS_OK;
}

static int no_digest(const void *data, size_t len, uint8_t out[32])
{
    (void)data;
    (void)len;
    (void)out;
    return DCDDNS_E_NOMEM;
}

static int setup(void **state)
{
    (void)state;
    plugin = dcddns_plugin_v1_pkce();
    ops = plugin->ops;
    return 0;
}

static void *made(const struct fake_option *options)
{
    void *self = NULL;
    fake_reset(plugin, options);
    fake.host.random = random_octets;
    assert_int_equal(plugin->create(&fake.host, &self), DCDDNS_OK);
    assert_non_null(self);
    return self;
}

static void test_descriptor(void **state)
{
    (void)state;
    fake_check_plugin(plugin, DCDDNS_KIND_AUTH, "pkce");
    assert_int_equal(plugin->option_count, 1);
    assert_string_equal(plugin->options[0].name, "client-secret");
    assert_null(plugin->options[0].def);
    assert_int_equal(plugin->options[0].flags, DCDDNS_SECRET);
}

static void test_appendix_b(void **state)
{
    struct dcddns_fields params = { 0 }, keep = { 0 };
    void *self = made(NULL);
    (void)state;

    assert_int_equal(fields_set(&params, "client_id", "domainconnect.org", 0), DCDDNS_OK);
    assert_int_equal(ops->consent(self, &params, &keep), DCDDNS_OK);
    assert_int_equal(params.count, 3);
    assert_string_equal(fields_get(&params, "code_challenge"), CHALLENGE);
    assert_string_equal(fields_get(&params, "code_challenge_method"), "S256");
    assert_int_equal(params.list[1].flags | params.list[2].flags, 0);
    assert_int_equal(keep.count, 1);
    assert_string_equal(fields_get(&keep, "code_verifier"), VERIFIER);
    assert_int_equal(keep.list[0].flags, DCDDNS_SECRET);
    fields_free(&params);
    fields_free(&keep);
    plugin->destroy(self);
}

/* Every bit of the random numbers is in the verifier: no two are alike. */
static void test_every_bit_counts(void **state)
{
    static const unsigned char fill[] = { 0x00, 0xff, 0x0f, 0xf0 };
    static const char *const verifiers[] = {
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "__________________________________________8",
        "Dw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8",
        "8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PDw8PA",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(fill); i++) {
        struct dcddns_fields params = { 0 }, keep = { 0 };
        void *self = NULL;
        assert_int_equal(plugin->create(fake_reset(plugin, NULL), &self), DCDDNS_OK);
        fake.random = fill[i];
        assert_int_equal(ops->consent(self, &params, &keep), DCDDNS_OK);
        assert_string_equal(fields_get(&keep, "code_verifier"), verifiers[i]);
        fields_free(&params);
        fields_free(&keep);
        plugin->destroy(self);
    }
}

static void check_failure(void *self, int code, const char *words)
{
    struct dcddns_fields params = { 0 }, keep = { 0 };
    assert_int_equal(ops->consent(self, &params, &keep), code);
    assert_non_null(strstr(fake.why, words));
    assert_int_equal(params.count, 0); /* no consent without PKCE, not by accident either */
    assert_int_equal(keep.count, 0);
    fields_free(&params);
    fields_free(&keep);
    plugin->destroy(self);
}

static void test_no_random_numbers(void **state)
{
    void *self = NULL;
    (void)state;
    assert_int_equal(plugin->create(fake_reset(plugin, NULL), &self), DCDDNS_OK);
    fake.random_fails = 1;
    check_failure(self, DCDDNS_E_TEMP, "no random numbers");
}

static void test_no_digest(void **state)
{
    void *self = made(NULL);
    (void)state;
    fake.host.sha256 = no_digest;
    check_failure(self, DCDDNS_E_NOMEM, "challenge cannot be computed");
}

struct token_row {
    const char *grant_type, *credential; /* "code" or "refresh_token" */
    const char *secret;                  /* option */
    const char *verifier;                /* kept */
    int code;
    size_t count; /* fields of the body afterwards */
};

static void check_token(const struct token_row *row)
{
    const struct fake_option options[] = { { "client-secret", row->secret }, { NULL, NULL } };
    struct dcddns_fields body = { 0 }, keep = { 0 };
    void *self = made(options);

    assert_int_equal(fields_set(&body, "grant_type", row->grant_type, 0), DCDDNS_OK);
    assert_int_equal(fields_set(&body, row->credential, "x", DCDDNS_SECRET), DCDDNS_OK);
    assert_int_equal(fields_set(&keep, "code_verifier", row->verifier, DCDDNS_SECRET), DCDDNS_OK);
    assert_int_equal(ops->token(self, &keep, &body), row->code);
    assert_int_equal(body.count, row->count);
    bool redeems = strcmp(row->credential, "code") == 0 && row->verifier;
    const char *sent = fields_get(&body, "code_verifier");
    assert_int_equal(sent != NULL, redeems);
    if (sent)
        assert_string_equal(sent, row->verifier);
    if (row->code == DCDDNS_OK && row->secret)
        assert_string_equal(fields_get(&body, "client_secret"), row->secret);
    else
        assert_null(fields_get(&body, "client_secret"));
    for (size_t i = 2; i < body.count; i++)
        assert_int_equal(body.list[i].flags, DCDDNS_SECRET);
    fields_free(&body);
    fields_free(&keep);
    plugin->destroy(self);
}

static void test_token(void **state)
{
    static const struct token_row rows[] = {
        { "authorization_code", "code", NULL, VERIFIER, DCDDNS_OK, 3 },
        { "authorization_code", "code", "inconceivable", VERIFIER, DCDDNS_OK, 4 },
        { "authorization_code", "code", NULL, NULL, DCDDNS_E_CONFIG, 2 },
        { "authorization_code", "code", "inconceivable", NULL, DCDDNS_E_CONFIG, 2 },
        { "refresh_token", "refresh_token", NULL, NULL, DCDDNS_OK, 2 },
        { "refresh_token", "refresh_token", NULL, VERIFIER, DCDDNS_OK, 2 },
        { "refresh_token", "refresh_token", "inconceivable", NULL, DCDDNS_OK, 3 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_token(&rows[i]);
    assert_string_equal(fake.why, "");
}

static void test_missing_verifier_says_what_to_do(void **state)
{
    struct dcddns_fields body = { 0 };
    void *self = made(NULL);
    (void)state;
    assert_int_equal(fields_set(&body, "code", "x", DCDDNS_SECRET), DCDDNS_OK);
    assert_int_equal(ops->token(self, NULL, &body), DCDDNS_E_CONFIG);
    assert_non_null(strstr(fake.why, "run setup again"));
    fields_free(&body);
    plugin->destroy(self);
}

static void test_empty_secret(void **state)
{
    static const struct fake_option empty[] = { { "client-secret", "" }, { NULL, NULL } };
    void *self = NULL;
    (void)state;
    assert_int_equal(plugin->create(fake_reset(plugin, empty), &self), DCDDNS_E_CONFIG);
    assert_null(self);
    assert_non_null(strstr(fake.why, "client-secret is empty; remove the line"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptor),
        cmocka_unit_test(test_appendix_b),
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_no_random_numbers),
        cmocka_unit_test(test_no_digest),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_missing_verifier_says_what_to_do),
        cmocka_unit_test(test_empty_secret),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
