/* SPDX-License-Identifier: MIT
 *
 * brightbox against a host that a table scripts: no router, no daemon, no network. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "login.h"
#include "scripted_host.h"
#include "status_page.h"

const struct dcddns_plugin *dcddns_plugin_v1_brightbox(void);

static int failures;

#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #what);                              \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static const char page[] = "<html><table>\n"
                           "<tr><td>WAN address:</td>\n"
                           "    <td>&nbsp;<b>93.184.216.34</b></td></tr>\n"
                           "<tr><td>WAN IPv6 address:</td><td>2606:2800:220:1::1</td></tr>\n"
                           "</table></html>\n";

/* -- the page --------------------------------------------------------------------------------- */

static void test_values(void)
{
    static const struct {
        const char *page, *value; /* NULL: no label */
    } rows[] = {
        { "L: 1.2.3.4", "1.2.3.4" },
        { "L:1.2.3.4<br>", "1.2.3.4" },
        { "L:</td><td>&nbsp; \r\n<b>1.2.3.4</b>", "1.2.3.4" },
        { "L: 1.2.3.4&nbsp;(dynamic)", "1.2.3.4" },
        { "L:", "" },
        { "L: <", "" },
        { "L: <td", "" },
        { "L: &amp;", "" },
        { "L: 123456789012345678901234567890", "123456789012345" }, /* cut */
        { "l: 1.2.3.4", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char value[16] = "never set";
        CHECK(status_page_value(rows[i].page, "L:", value, sizeof(value)) == !!rows[i].value);
        CHECK(strcmp(value, rows[i].value ? rows[i].value : "") == 0);
    }
}

/* RFC 7617, section 2, and the two other lengths of a last group. */
static void test_login(void)
{
    char header[LOGIN_HEADER_SIZE] = "", longest[LOGIN_PART_MAX + 2] = "";

    CHECK(login_header("Aladdin", "open sesame", header));
    CHECK(strcmp(header, "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == 0);
    CHECK(login_header("a", "b", header) && strcmp(header + 21, "YTpi") == 0);
    CHECK(login_header("a", "bc", header) && strcmp(header + 21, "YTpiYw==") == 0);
    CHECK(login_header("a", "bcd", header) && strcmp(header + 21, "YTpiY2Q=") == 0);
    CHECK(!login_header("a:b", "c", header) && header[0] == '\0');
    memset(longest, 'x', LOGIN_PART_MAX);
    CHECK(login_header(longest, longest, header));
    longest[LOGIN_PART_MAX] = 'x';
    CHECK(!login_header(longest, "", header) && !login_header("", longest, header));
    memset(header, 'x', sizeof(header));
    login_wipe(header, sizeof(header));
    CHECK(header[0] == 0 && header[sizeof(header) - 1] == 0);
}

/* -- the plugin ------------------------------------------------------------------------------- */

/* create() with OPTIONS; what it returns. */
static int make(struct script *script, void **self)
{
    script->plugin = dcddns_plugin_v1_brightbox();
    *self = NULL;
    return script->plugin->create(scripted_host(script), self);
}

/* One instance, one query; its result, and in TEXT the address or "". */
static int ask(struct script *script, int family, char text[INET6_ADDRSTRLEN])
{
    struct dcddns_addr addr = { 0 };
    void *self = NULL;
    int code = make(script, &self);

    text[0] = '\0';
    CHECK(code == DCDDNS_OK && self);
    if (code != DCDDNS_OK)
        return code;
    const struct dcddns_ip_source *ops = script->plugin->ops;
    code = ops->query(self, NULL, family, &addr);
    if (code == DCDDNS_OK)
        inet_ntop(addr.family == 4 ? AF_INET : AF_INET6, addr.ip, text, INET6_ADDRSTRLEN);
    script->plugin->destroy(self);
    return code;
}

static void test_addresses(void)
{
    struct script script = { .status = 200, .body = page };
    char text[INET6_ADDRSTRLEN] = "";

    CHECK(ask(&script, 4, text) == DCDDNS_OK && strcmp(text, "93.184.216.34") == 0);
    CHECK(script.asked == 1 && strcmp(script.url, "http://192.168.1.1/status") == 0);
    CHECK(script.flags == DCDDNS_HTTP_LOCAL && script.family == 0 && script.header[0] == '\0');
    CHECK(ask(&script, 6, text) == DCDDNS_OK && strcmp(text, "2606:2800:220:1::1") == 0);
}

static void test_answers(void)
{
    static const struct {
        int family, status;
        const char *body;
        int code;
        const char *words;
    } rows[] = {
        { 4, 200, "WAN address: not connected", DCDDNS_E_NOADDR, "shows \"not\"" },
        { 4, 200, "WAN address: 0.0.0.0", DCDDNS_E_NOADDR, "shows \"0.0.0.0\"" },
        { 4, 200, "WAN address: 2606:2800:220:1::1", DCDDNS_E_NOADDR, "which is no address" },
        { 6, 200, "WAN IPv6 address: ::", DCDDNS_E_NOADDR, "shows \"::\"" },
        { 6, 200, "WAN address: 1.2.3.4", DCDDNS_E_NOADDR, "no line \"WAN IPv6 address:\"" },
        { 6, 200, "please wait, starting", DCDDNS_E_TEMP, "check that it is the status page" },
        { 4, 200, "", DCDDNS_E_TEMP, "check that it is the status page" },
        { 4, 401, "", DCDDNS_E_CONFIG, "set user and password-file" },
        { 4, 403, "", DCDDNS_E_CONFIG, "set user and password-file" },
        { 4, 503, page, DCDDNS_E_TEMP, "answered with status 503" },
        { 4, 301, page, DCDDNS_E_TEMP, "answered with status 301" },
        { 4, DCDDNS_E_TEMP, "", DCDDNS_E_TEMP, "the scripted reason" },
        { 4, DCDDNS_E_STOP, "", DCDDNS_E_STOP, "the scripted reason" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct script script = { .status = rows[i].status, .body = rows[i].body };
        char text[INET6_ADDRSTRLEN] = "";
        CHECK(ask(&script, rows[i].family, text) == rows[i].code);
        CHECK(strstr(script.why, rows[i].words));
    }
}

static void test_secret(void)
{
    const struct scripted_option options[] = {
        { "url", "https://box.example/" },
        { "user", "Aladdin" },
        { "password", "open sesame" },
        { NULL, NULL },
    };
    struct script script = { .options = options, .status = 200, .body = page };
    char text[INET6_ADDRSTRLEN] = "";

    CHECK(ask(&script, 4, text) == DCDDNS_OK);
    CHECK(strcmp(script.header, "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == 0);
    script.status = 401;
    CHECK(ask(&script, 4, text) == DCDDNS_E_CONFIG);
    CHECK(!strstr(script.why, "sesame") && !strstr(script.log, "sesame"));
}

static void refused(const struct scripted_option *options, const char *words)
{
    struct script script = { .options = options };
    void *self = NULL;

    CHECK(make(&script, &self) == DCDDNS_E_CONFIG && !self);
    CHECK(strstr(script.why, words));
    CHECK(script.asked == 0);
}

static void test_options(void)
{
    const struct scripted_option scheme[] = { { "url", "ftp://box/" }, { NULL, NULL } };
    const struct scripted_option user[] = { { "user", "u" }, { NULL, NULL } };
    const struct scripted_option password[] = { { "password", "p" }, { NULL, NULL } };
    const struct scripted_option colon[] = { { "user", "a:b" },
                                             { "password", "p" },
                                             { NULL, NULL } };

    refused(scheme, "neither http nor https");
    refused(user, "give both or neither");
    refused(password, "give both or neither");
    refused(colon, "no colon");
}

int main(void)
{
    test_values();
    test_login();
    test_addresses();
    test_answers();
    test_secret();
    test_options();
    printf("%s\n", failures == 0 ? "all is well" : "failed");
    return failures == 0 ? 0 : 1;
}
