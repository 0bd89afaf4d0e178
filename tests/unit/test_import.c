/* Files of other updaters: what is taken from them, what is refused, and that no file, however it
 * is cut or bent, does more than that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "import/import.h"
#include "unit/failing_memory.h"

#define SHOWN  "/tmp/settings.txt"
#define SECRET "REFRESH-0123456789abcdef"

static const char dyndns[] =
    "{\n"
    " \"home.example.com\": {\n"
    "  \"access_token\": \"ACCESS-0123456789\", \"access_token_expires_in\": 3600,\n"
    "  \"iat\": 1600000000, \"ip\": {\"IPv4\": \"192.0.2.1\"}, \"last_success\": 1600000100,\n"
    "  \"protocols\": [\"IPv4\", \"IPv6\"], \"provider_name\": \"Example\\u001b DNS\",\n"
    "  \"refresh_token\": \"" SECRET "\", \"url_api\": \"https://api.example.net/dc//\"\n"
    " },\n"
    " \"Office.Example.COM.\": {\"provider_name\": \"x\", \"refresh_token\": \"" SECRET "\",\n"
    "  \"url_api\": \"https://api.example.net\"}\n"
    "}\n";

static const char service[] =
    "\xef\xbb\xbf{\"domain_name\":\"example.com\",\"host\":\"home\","
    "\"provider_name\":\"Example\",\"urlAPI\":\"https://api.example.net\","
    "\"access_token\":\"ACCESS-0123456789\",\"refresh_token\":\"" SECRET
    "\",\"iat\":1600000000,\"expires_in\":3600}";

static const char inadyn[] = "# comment\r\nperiod = 30\nallow-ipv6 = true // more\niface=ppp0\n"
                             "verify-address = false\n"
                             "provider default@dyn.example:1 {\n"
                             "  username = me  password = \"" SECRET " } \\\" #\"\n"
                             "  hostname = { \"a.example.com\", b.example.com }\n"
                             "}\n"
                             "provider ipv6@dyn.example { hostname = a.example.com }\n"
                             "custom \"six\" { hostname = c.example.com }\n";

static const char ddclient[] = "# comment\ndaemon = 10m\nuse=if, if=eth0\n"
                               "login=me, password='" SECRET " #,'\n"
                               "protocol=dyndns2 \\\n a.example.com, b.example.com\n"
                               "usev6=webv6, webv6=https://six.example.net/ \\\r\n"
                               "  c.example.com me " SECRET "\n"
                               "usev4=disabled\nusev6=ifv6 d.example.com,\n";

static struct import_file file;
static struct error err;

static int read_text(const char *text, size_t len)
{
    import_free(&file);
    err = (struct error){ 0 };
    return import_read(&file, SHOWN, text, len, &err);
}

static int tear_down(void **state)
{
    (void)state;
    import_free(&file);
    return 0;
}

static void dyndns_is_read(void **state)
{
    (void)state;
    assert_int_equal(read_text(dyndns, strlen(dyndns)), 0);
    assert_int_equal(file.format, IMPORT_DYNDNS);
    assert_int_equal(file.count, 2);
    const struct import_name *home = &file.names[0], *office = &file.names[1];
    assert_int_equal(home->error.class, ERR_NONE);
    assert_string_equal(home->fqdn, "home.example.com");
    assert_int_equal(home->line, 2);
    assert_string_equal(home->zone, "");
    assert_true(home->ipv4 && home->ipv6 && !home->v1);
    assert_string_equal(home->api_url, "https://api.example.net/dc");
    assert_string_equal(home->provider_name, "Example\\x1b DNS");
    assert_string_equal(home->refresh_token, SECRET);
    assert_true(home->issued_wall_ms == INT64_C(1600000000000));
    assert_string_equal(office->fqdn, "office.example.com");
    assert_int_equal(office->line, 8);
    assert_true(office->ipv4 && !office->ipv6 && office->v1);
    assert_true(office->issued_wall_ms == 0);
}

static void service_is_read(void **state)
{
    (void)state;
    assert_int_equal(read_text(service, strlen(service)), 0);
    assert_int_equal(file.format, IMPORT_SERVICE);
    assert_int_equal(file.count, 1);
    assert_int_equal(file.names[0].error.class, ERR_NONE);
    assert_string_equal(file.names[0].fqdn, "home.example.com");
    assert_string_equal(file.names[0].zone, "example.com");
    assert_string_equal(file.names[0].host, "home");
    assert_true(file.names[0].v1 && file.names[0].ipv4 && !file.names[0].ipv6);

    static const char apex[] = "{\"domain_name\":\"Example.com\",\"host\":null,\"urlAPI\":"
                               "\"https://a.example\",\"refresh_token\":\"abc\"}";
    assert_int_equal(read_text(apex, strlen(apex)), 0);
    assert_string_equal(file.names[0].fqdn, "example.com");
    assert_string_equal(file.names[0].host, "");
}

static void expect_name(size_t i, const char *fqdn, bool ipv4, bool ipv6)
{
    assert_true(i < file.count);
    assert_string_equal(file.names[i].fqdn, fqdn);
    assert_int_equal(file.names[i].ipv4, ipv4);
    assert_int_equal(file.names[i].ipv6, ipv6);
}

static void has_no_secret(void)
{
    assert_null(strstr(buf_text(&file.notes), SECRET));
    assert_null(strstr(buf_text(&file.notes), "REFRESH"));
    assert_null(strstr(err.text, SECRET));
    for (size_t i = 0; i < file.count; i++) {
        assert_null(strstr(file.names[i].error.text, SECRET));
        assert_null(strstr(file.names[i].shown, SECRET));
    }
}

static void inadyn_is_read(void **state)
{
    (void)state;
    assert_int_equal(read_text(inadyn, strlen(inadyn)), 0);
    assert_int_equal(file.format, IMPORT_INADYN);
    assert_int_equal(file.count, 3);
    expect_name(0, "a.example.com", true, true);
    expect_name(1, "b.example.com", true, false);
    expect_name(2, "c.example.com", true, false);
    assert_true(file.settings.interval_s == 60);
    assert_true(file.settings.allow_private);
    assert_string_equal(file.settings.devices, "ppp0");
    assert_non_null(strstr(buf_text(&file.notes), SHOWN ":7: password: stays behind"));
    has_no_secret();

    static const char old[] = "username me\npassword " SECRET "\nalias a.example.com\n";
    assert_int_equal(read_text(old, strlen(old)), 0);
    expect_name(0, "a.example.com", true, false);
    has_no_secret();
}

static void ddclient_is_read(void **state)
{
    (void)state;
    assert_int_equal(read_text(ddclient, strlen(ddclient)), 0);
    assert_int_equal(file.format, IMPORT_DDCLIENT);
    assert_int_equal(file.count, 4);
    expect_name(0, "a.example.com", true, false);
    expect_name(1, "b.example.com", true, false);
    expect_name(2, "c.example.com", true, true);
    expect_name(3, "d.example.com", false, true);
    assert_true(file.settings.interval_s == 600);
    assert_string_equal(file.settings.devices, "eth0");
    assert_non_null(strstr(buf_text(&file.notes), "https://six.example.net/"));
    has_no_secret();
}

/* The file as a whole is refused, with a place. */
static void bad_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        { "", "is empty" },
        { " \n\t\n", "is empty" },
        { "hello\n", "none of the files" },
        { "{}", "names no domain" },
        { "{\"a\": 1}", "not the settings" },
        { "{\n\"home.example.com\": {\n\"url_api\": \n}", SHOWN ":4: this is not JSON" },
        { "{\"a.example.com\": {\"url_api\": \"https://x\"}} x", SHOWN ":1: this is not JSON" },
        { "[[[[[[[[[[[[[[[[[[[[", "none of the files" },
        { "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[", "not JSON" },
        { "{\"urlAPI\": \"https://x.example\"}", "\"domain_name\" is missing" },
        { "{\"domain_name\": 7}", "\"domain_name\" is missing" },
        { "{\n\n\"a.example.com\": {\"refresh_token\": \"x\\u0000y\"}}", SHOWN ":3: holds a NUL" },
        { "period = 10\n", "names no host" },
        { "provider x {\n hostname = a.example.com\n", "no '}'" },
        { "provider x {\n hostname = {\n a.example.com\n", "no '}'" },
        { "provider x {\nprovider y {\n", SHOWN ":2: expected" },
        { "period = 3\n}\n", SHOWN ":2: expected" },
        { "period =", "a value is missing" },
        { "period \n\n = 3\nx {", SHOWN ":4: expected" },
        { "daemon=300\n", "names no host" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (read_text(rows[i].text, strlen(rows[i].text)) == 0 || !strstr(err.text, rows[i].says))
            fail_msg("%s: %s", rows[i].text, err.text);
        assert_non_null(strstr(err.text, SHOWN));
    }
    assert_int_equal(read_text("{\"a\":\n\"\0\"}", 10), -1);
    assert_non_null(strstr(err.text, SHOWN ":2: holds a NUL byte"));
}

#define WITH(members) "{\n\"home.example.com\": {" members "}}"
#define URL           "\"url_api\": \"https://a.example\""
#define TOKEN         "\"refresh_token\": \"" SECRET "\""

/* One name is refused; others would go on. */
static void bad_names(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        { WITH(URL), "\"refresh_token\" is missing" },
        { WITH(TOKEN), "\"url_api\" is missing" },
        { WITH(TOKEN ", \"url_api\": \"http://a.example\""), "not an https:// URL" },
        { WITH(TOKEN ", \"url_api\": \"https://u:p@a.example\""), "not an https:// URL" },
        { WITH(TOKEN ", \"url_api\": 7"), "\"url_api\" is missing, or not a text" },
        { WITH(URL ", \"refresh_token\": 7"), "is not a token" },
        { WITH(URL ", \"refresh_token\": \"a b\""), "is not a token" },
        { WITH(URL ", \"refresh_token\": \"a\\r\\nb\""), "is not a token" },
        { WITH(URL ", \"refresh_token\": \"\""), "is not a token" },
        { WITH(URL ", " TOKEN ", \"protocols\": []"), "names no family" },
        { WITH(URL ", " TOKEN ", \"protocols\": [\"IPv5\"]"), "names no family" },
        { WITH(URL ", " TOKEN ", \"protocols\": \"IPv4\""), "is not a list" },
        { WITH(URL ", " TOKEN ", \"protocols\": [4]"), "what is not a text" },
        { "{\n\"printer\": {" URL "}}", "\"printer\" is not a full host name" },
        { "{\n\"192.0.2.1\": {" URL "}}", "is not a full host name" },
        { "{\n\"a.example.com\": 1, \"b.example.com\": {" URL "}}", "is not an object" },
        { WITH(URL ", " TOKEN "},\n\"HOME.example.com.\": {" URL ", " TOKEN),
          "stands there twice" },
        { "{\n\"domain_name\": \"example\", \"host\": \"\"}", "is not a full host name" },
        { "{\n\"domain_name\": \"example.com\", \"host\": \"a b\"}", "a host name belongs" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(read_text(rows[i].text, strlen(rows[i].text)), 0);
        assert_int_equal(file.names[0].error.class, ERR_PERM);
        if (!strstr(file.names[0].error.text, rows[i].says) ||
            !strstr(file.names[0].error.text, SHOWN))
            fail_msg("%s: %s", rows[i].text, file.names[0].error.text);
        has_no_secret();
    }
}

static const char *const samples[] = { dyndns, service, inadyn, ddclient };

/* In a block of its own size, so that a read beyond it is seen. */
static void read_copy(const char *text, size_t len)
{
    char *copy = mem_new(len + 1, 1);
    assert_non_null(copy);
    memcpy(copy, text, len);
    char *tight = mem_strndup(copy, len);
    assert_non_null(tight);
    (void)read_text(tight, strlen(tight));
    has_no_secret();
    mem_free(tight);
    mem_free(copy);
}

static void cut_and_bent(void **state)
{
    (void)state;
    static const char bytes[] = "{}[]=,\"'\\# \n\x01\xff";
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        size_t len = strlen(samples[i]);
        char *bent = mem_strdup(samples[i]);
        assert_non_null(bent);
        for (size_t at = 0; at < len; at++) {
            read_copy(samples[i], at);
            for (size_t k = 0; k < sizeof(bytes) - 1; k++) {
                bent[at] = bytes[k];
                (void)read_text(bent, len);
            }
            bent[at] = samples[i][at];
        }
        mem_free(bent);
    }
}

/* Without memory nothing is read, nothing is leaked, and no token stays behind. */
static void without_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        for (long n = 0;; n++) {
            failing_memory_at(n);
            failing_memory_secret = SECRET;
            int rc = read_text(samples[i], strlen(samples[i]));
            bool over = failing_memory_left >= 0;
            bool good = rc == 0 && file.count > 0 && file.names[0].error.class == ERR_NONE;
            import_free(&file);
            bool dirty = failing_memory_dirty;
            failing_memory_off();
            assert_false(dirty);
            if (over) {
                assert_true(good);
                break;
            }
        }
    }
}

static void limits(void **state)
{
    (void)state;
    struct buf many = BUF_MAX(IMPORT_FILE_MAX + 64);
    buf_puts(&many, "protocol=x a.example.com");
    for (int i = 0; i < IMPORT_NAMES_MAX - 1; i++)
        buf_printf(&many, ",n%d.example.com", i);
    assert_int_equal(read_text(buf_text(&many), many.len), -1); /* a line of more than 8 KiB */
    assert_non_null(strstr(err.text, "8 KiB"));
    buf_free(&many);
    buf_puts(&many, "protocol=x\n");
    for (int i = 0; i < IMPORT_NAMES_MAX; i++)
        buf_printf(&many, "n%d.example.com\n", i);
    assert_int_equal(read_text(buf_text(&many), many.len), 0);
    assert_int_equal(file.count, IMPORT_NAMES_MAX);
    buf_puts(&many, "one.too.many.example.com\n");
    assert_int_equal(read_text(buf_text(&many), many.len), -1);
    assert_non_null(strstr(err.text, "divide the file"));
    buf_free(&many);
    buf_puts(&many, "period = 1\n");
    for (int i = 0; many.len < IMPORT_FILE_MAX - 16; i++)
        buf_printf(&many, "k%d=1\n", i);
    assert_int_equal(read_text(buf_text(&many), many.len), -1); /* no host, and not slow */
    assert_true(file.notes.len <= IMPORT_NOTES_MAX);
    while (many.len <= IMPORT_FILE_MAX)
        buf_putc(&many, '\n');
    assert_int_equal(read_text(buf_text(&many), many.len), -1);
    assert_non_null(strstr(err.text, "1 MiB"));
    buf_free(&many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(dyndns_is_read, tear_down),
        cmocka_unit_test_teardown(service_is_read, tear_down),
        cmocka_unit_test_teardown(inadyn_is_read, tear_down),
        cmocka_unit_test_teardown(ddclient_is_read, tear_down),
        cmocka_unit_test_teardown(bad_files, tear_down),
        cmocka_unit_test_teardown(bad_names, tear_down),
        cmocka_unit_test_teardown(cut_and_bent, tear_down),
        cmocka_unit_test_teardown(without_memory, tear_down),
        cmocka_unit_test_teardown(limits, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
