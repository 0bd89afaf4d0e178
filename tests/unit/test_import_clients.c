/* inadyn.conf and ddclient.conf as people write them: which names and families are found, what is
 * said, and that no part of a password ever is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "import/import.h"

#define SHOWN "/tmp/it.conf"

struct row {
    const char *text;
    const char *names; /* "FQDN46" each, and "!" for what cannot be imported; "" = whole file */
    const char *says;  /* in the notes, or in the error */
};

static struct import_file file;
static struct error err;

static int tear_down(void **state)
{
    (void)state;
    import_free(&file);
    return 0;
}

static void add_found(struct buf *found)
{
    for (size_t i = 0; i < file.count; i++) {
        const struct import_name *name = &file.names[i];
        buf_printf(found, "%s%s", i > 0 ? " " : "", name->fqdn);
        buf_printf(found, "%s%s%s", name->error.class != ERR_NONE ? "!" : "", name->ipv4 ? "4" : "",
                   name->ipv6 ? "6" : "");
    }
}

/* S3CRET is a password, or its part, in every row. */
static void has_no_secret(const char *text)
{
    bool clean = !strstr(buf_text(&file.notes), "S3CRET") && !strstr(err.text, "S3CRET");
    for (size_t i = 0; i < file.count; i++)
        clean = clean && !strstr(file.names[i].error.text, "S3CRET") &&
                !strstr(file.names[i].shown, "S3CRET");
    if (!clean)
        fail_msg("a part of the password is shown: %s", text);
}

static void check(const struct row *row, enum import_format format)
{
    struct buf found = BUF_MAX(4096);
    err = (struct error){ 0 };
    int rc = import_read(&file, SHOWN, row->text, strlen(row->text), &err);
    bool said = !row->says || strstr(buf_text(&file.notes), row->says) ||
                strstr(err.text, row->says) ||
                (file.count > 0 && strstr(file.names[0].error.text, row->says));

    add_found(&found);
    if ((rc == 0) != (row->names[0] != '\0') || !said || file.format != format ||
        (rc == 0 && strcmp(buf_text(&found), row->names) != 0))
        fail_msg("%s: rc %d, format %d, names %s, error %s, notes %s", row->text, rc,
                 (int)file.format, buf_text(&found), err.text, buf_text(&file.notes));
    has_no_secret(row->text);
    buf_free(&found);
    import_free(&file);
}

static void of_ddclient(void **state)
{
    (void)state;
    static const struct row rows[] = {
        /* Passwords have commas and number signs, and what is behind them is found. */
        { "login=me, password=a#S3CRET home.example.com\n", "home.example.com4",
          "password: stays" },
        { "protocol=x, password=a,S3CRET home.example.com\n", "home.example.com4", NULL },
        { "password='a, S3CRET'b # S3CRET' home.example.com # it's\n", "home.example.com4", NULL },
        { "password=\"a S3CRET\", fw-password=\"S3CRET #2\" home.example.com\n",
          "home.example.com4", "fw-password: stays" },
        { "password=a'S3CRET\\,x \\\r\n home.example.com\r\n", "home.example.com4", NULL },
        { "password = 'S3CRET #'\nprotocol = nfsn \\\nzone=example.com \\ \n home.example.com\n",
          "home.example.com4", NULL },
        { "password=\nhome.example.com\n", "home.example.com4", NULL },
        { "password_env=X\nserver=x\nhome.example.com login S3CRET\n", "home.example.com4",
          SHOWN ":1: password_env: stays" },
        { "server=x\n# password='S3CRET\nhome.example.com # password='S3CRET\n",
          "home.example.com4", NULL },
        { "server=x\npassword:S3CRET\nhome.example.com\n", "!4 home.example.com4", SHOWN ":2: " },
        /* Quotes and backslashes in values; a comment beside them. */
        { "use=web, web=x, web-skip='IP Address' home.example.com # don't\n", "home.example.com4",
          NULL },
        { "use=web, web-skip=IP\\ Address\\, home.example.com\n", "home.example.com4", NULL },
        { "server=x, postscript=/bin/x' a, b' home.example.com\n", "home.example.com4",
          "postscript: see the notifier" },
        { "daemon=300 # don't\nlogin= home.example.com\n", "home.example.com4", NULL },
        /* Names in a setting. */
        { "protocol=x, host=a.example.com\nhost='b.example.com, c.example.com', usev6=ifv6\n",
          "a.example.com4 b.example.com6 c.example.com6", NULL },
        { "protocol=x, host=a.example.com b.example.com S3CRET\n", "a.example.com4 b.example.com4",
          NULL },
        { "protocol=x, host= b.example.com\n", "", SHOWN ":1: host= without" },
        { "server=x a.example.com , b.example.com, @.example.net, www, *.example.com\n",
          "a.example.com4 b.example.com4 example.net4 !4 *.example.com4", NULL },
        /* Families. */
        { "use=web\nusev6=ifv6, ifv6=eth0\na.example.com\nusev4=disabled b.example.com\n",
          "a.example.com46 b.example.com6", NULL },
        { "server=x\nifv6=eth0 a.example.com\nwebv6=x, usev6=disabled b.example.com\n"
          "ifv6=eth0, webv4=x c.example.com\n",
          "a.example.com6 b.example.com4 c.example.com46", NULL },
        { "\xef\xbb\xbf# \xe4\r\nssl=yes\r\nipv4=192.0.2.1\r\nA.Example.COM.\r\n", "a.example.com4",
          SHOWN ":3: ipv4: cannot move" },
        { "daemon=0\nserver=x\n", "", "names no host" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(&rows[i], IMPORT_DDCLIENT);
}

static void of_inadyn(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "/* of a\n router, hostname = x */\nprovider a { /**/ hostname = a.example.com }\n",
          "a.example.com4", NULL },
        { "provider a { hostname = a.example.com /* no end\n}", "", "no '}'" },
        { "provider a {\n include(\"~/.S3CRET\")\n hostname += { \"a.example.com\" }\n"
          " hostname+=b.example.com }\n",
          "a.example.com4 b.example.com4", SHOWN ":2: include: names another file" },
        { "include(\"x\"\nprovider a { hostname = a.example.com }\n", "", SHOWN ":1: expected" },
        { "provider a {\n username = ${HOME}x password = \"${S3CRET}\"\n"
          " hostname = a.example.com }\n",
          "a.example.com4", "password: stays" },
        { "provider a { password = +S3(CRET)+x hostname = a.example.com }\n", "a.example.com4",
          NULL },
        { "provider domains.google.com:1 { hostname = @.example.com }\n"
          "provider ipv6@x:2 { hostname = { \"*.example.com\", '@', www, } }\n",
          "example.com4 *.example.com6 !6 !6", NULL },
        /* A quote that is not closed does not make a key of the next password. */
        { "provider a {\n hostname = \"a.example.com\n password = \"S3CRET\" x = 1\n}\n", "",
          SHOWN ":2: a quote" },
        { "provider a {\n password = \"S3CRET\n hostname = \"a.example.com\"\n}\n", "",
          SHOWN ":2: a quote" },
        { "provider a {\n password = my S3CRET b\n hostname = a.example.com\n}\n", "a.example.com4",
          SHOWN ":2: a setting: has no equivalent" },
        { "provider a {\n password = my S3CRET\n hostname = a.example.com\n}\n", "",
          SHOWN ":2: a value is missing" },
        { "provider a {\n hostname = \"S3CRET phrase\" }\n", "!4", "a host name belongs" },
        /* Version 1. */
        { "background\nupdate_period_sec 600\nusername me\npassword S3CRET\nold_thing 3\n"
          "dyndns_system default@x.example\nalias a.example.com\nalias b.example.com\n",
          "a.example.com4 b.example.com4", "a setting: has no equivalent" },
        { "\xef\xbb\xbfperiod = 300\r\nprovider 'x' {\r\nhostname = a.example.com\r\n}\r\n",
          "a.example.com4", NULL },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(&rows[i], IMPORT_INADYN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(of_ddclient, tear_down),
        cmocka_unit_test_teardown(of_inadyn, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
