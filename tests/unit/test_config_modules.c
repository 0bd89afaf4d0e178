/* Sections against the schemas of their modules: what is used must load, everything is checked. */
#include "config_fixture.h"

#include "base/log.h"

static int create(const struct dcddns_host *host, void **self)
{
    (void)host;
    *self = NULL;
    return DCDDNS_OK;
}

static void destroy(void *self)
{
    (void)self;
}

static int query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)self;
    (void)call;
    (void)family;
    (void)out;
    return DCDDNS_E_TEMP;
}

static int consent(void *self, struct dcddns_fields *params, struct dcddns_fields *keep)
{
    (void)self;
    (void)params;
    (void)keep;
    return DCDDNS_OK;
}

static int token(void *self, const struct dcddns_fields *keep, struct dcddns_fields *body)
{
    (void)self;
    (void)keep;
    (void)body;
    return DCDDNS_OK;
}

static int notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    (void)self;
    (void)call;
    (void)event;
    return DCDDNS_OK;
}

static const struct dcddns_ip_source source_ops = { .size = sizeof(source_ops), .query = query };
static const struct dcddns_auth auth_ops = { .size = sizeof(auth_ops),
                                             .consent = consent,
                                             .token = token };
static const struct dcddns_notifier notifier_ops = { .size = sizeof(notifier_ops),
                                                     .notify = notify };

static const struct dcddns_option options[] = {
    { "url4", NULL, "where to ask", DCDDNS_OPT_URL, DCDDNS_LIST },
    { "timeout", "5", "seconds", DCDDNS_OPT_SECONDS, 0 },
    { "password", NULL, "secret", DCDDNS_OPT_STRING, DCDDNS_SECRET },
};
static const struct dcddns_option needed[] = {
    { "server", NULL, "whom to ask", DCDDNS_OPT_STRING, DCDDNS_REQUIRED },
};

static const struct dcddns_option clashing[] = {
    { "events", NULL, "its own", DCDDNS_OPT_STRING, 0 },
};
static const struct dcddns_option clashing_needed[] = {
    { "min-level", NULL, "its own", DCDDNS_OPT_STRING, DCDDNS_REQUIRED },
};

#define PLUGIN(k, n, o, opts, count)                                                               \
    {                                                                                              \
        .size = sizeof(struct dcddns_plugin), .kind = k, .abi_minor = DCDDNS_ABI_MINOR, .name = n, \
        .version = "1", .summary = "test", .options = opts, .option_count = count,                 \
        .option_size = sizeof(struct dcddns_option), .create = create, .destroy = destroy,         \
        .ops = o                                                                                   \
    }

static const struct dcddns_plugin plugins[] = {
    PLUGIN(DCDDNS_KIND_IP_SOURCE, "http-echo", &source_ops, options, COUNT(options)),
    PLUGIN(DCDDNS_KIND_IP_SOURCE, "needy", &source_ops, needed, COUNT(needed)),
    PLUGIN(DCDDNS_KIND_AUTH, "published-secret", &auth_ops, NULL, 0),
    PLUGIN(DCDDNS_KIND_NOTIFIER, DCDDNS_NOTIFIERS, &notifier_ops, NULL, 0),
    PLUGIN(DCDDNS_KIND_NOTIFIER, "clash", &notifier_ops, clashing, COUNT(clashing)),
    PLUGIN(DCDDNS_KIND_NOTIFIER, "needs", &notifier_ops, clashing_needed, COUNT(clashing_needed)),
    PLUGIN(DCDDNS_KIND_IP_SOURCE, "eventful", &source_ops, clashing, COUNT(clashing)),
};

static char warned[4096];

static void keep_line(void *ctx, int level, const char *line)
{
    (void)ctx;
    if (level <= DCDDNS_LOG_WARN)
        snprintf(warned + strlen(warned), sizeof(warned) - strlen(warned), "%s\n", line);
}

static void fill(struct module_table *table)
{
    for (size_t i = 0; i < COUNT(plugins); i++) {
        struct error err = { 0 };
        if (!module_adopt(table, plugins[i].kind, plugins[i].name, "(built in)", &plugins[i], &err))
            fail_msg("%s", err.text);
    }
    warned[0] = '\0';
    log_to(keep_line, NULL);
}

static const struct {
    const char *text;
    int count;
    const char *error, *second; /* parts of the errors */
    const char *warning;
} cases[] = {
    { "", 0, NULL, NULL, NULL },
    { "[ip-source http-echo]\nurl4 = https://a.example/\nurl4 = https://b.example/\n"
      "timeout = 5 s\n",
      0, NULL, NULL, NULL },
    { "[core]\nsources = mine\n[ip-source mine]\nmodule = http-echo\n", 0, NULL, NULL, NULL },
    { "[core]\nsources = a, b\n[ip-source a]\nmodule = http-echo\n[ip-source b]\n"
      "module = needy\nserver = x\n",
      0, NULL, NULL, NULL },
    { "[core]\n\nsources = http-ehco\n", 1,
      "@/dcddns.conf:3: sources: there is no section [ip-source http-ehco], and as a module: ",
      NULL, NULL },
    { "[core]\nsources = http-echo, mime\n[ip-source mine]\nmodule = http-echo\n", 1,
      "; did you mean 'mine'?", "@/dcddns.conf:2:", NULL },
    { "[host a.example.com]\n[host b.example.com]\nsources = http-echo\nsources = nix\n", 1,
      "@/dcddns.conf:4: sources: there is no section [ip-source nix]", NULL, NULL },
    { "[core]\nauth = x\nnotifiers = y\n", 2, "@/dcddns.conf:2: auth: there is no section [auth x]",
      "@/dcddns.conf:3: notifiers: there is no section [notifier y]", NULL },
    { "[core]\nauth = http-echo\n", 1, "there is no section [auth http-echo]", NULL, NULL },
    { "[core]\nsources = mine\n[ip-source mine]\nmodule = http-ech\n", 1,
      "@/dcddns.conf:3: [ip-source mine]: module 'http-ech': ", NULL, NULL },
    { "[ip-source mine]\nmodule = nothing\nkey = 1\n", 0, NULL, NULL,
      "/dcddns.conf:1: [ip-source mine] is not used and its module cannot be loaded: " },
    { "[core]\nnotifiers = none\n[notifier " DCDDNS_NOTIFIERS "]\nkey = 1\n", 1,
      "@/dcddns.conf:4: ", "key", NULL },
    { "[ip-source http-echo]\nurl5 = https://a.example/\n", 1, "@/dcddns.conf:2: ", "url4", NULL },
    { "[ip-source http-echo]\ntimeout = x\nurl4 = nonsense\n", 2,
      "@/dcddns.conf:2: ", "@/dcddns.conf:3: ", NULL },
    { "[core]\nsources = needy\n", 1, "@/dcddns.conf:2: ", "server", NULL },
    { "[ip-source needy]\n", 1, "@/dcddns.conf:1: ", "server", NULL },
    { "[ip-source http-echo]\npassword = hunter2\nurl4 = https://a.example/\n"
      "password = hunter2\n",
      1, "@/dcddns.conf:4: 'password' is given already, in line 2; remove one\n", NULL, NULL },
    { "[ip-source http-echo]\nurll = a\nurll = b\n", 1, "@/dcddns.conf:2: ", "urll", NULL },
    /* Keys of a notifier that the module never sees. */
    { "[notifier " DCDDNS_NOTIFIERS "]\nevents = update\nmin-level = error\n", 0, NULL, NULL,
      NULL },
    { "[notifier clash]\n", 0, NULL, NULL, NULL },
    { "[notifier clash]\nmin-level = error\n", 0, NULL, NULL, NULL },
    { "[notifier clash]\nevents = update\n", 1,
      "@/dcddns.conf:1: [notifier clash]: the module clash has an option 'events', which is a key "
      "of "
      "dcddns itself; its author must give it another name\n",
      NULL, NULL },
    { "\n[notifier x]\nmodule = needs\nmin-level = error\n", 2,
      "@/dcddns.conf:2: [notifier x]: the module needs has an option 'min-level'", "lacks", NULL },
    { "[ip-source eventful]\nevents = free\n", 0, NULL, NULL, NULL },
    { "[ip-source http-echo]\nevents = update\n", 1, "@/dcddns.conf:2: ", "events", NULL },
    /* In file order, whatever is checked first. */
    { "[notifier " DCDDNS_NOTIFIERS
      "]\nx = 1\n[auth published-secret]\ny = 1\n[ip-source http-echo]\nz = "
      "1\n",
      3, "@/dcddns.conf:2: ", "@/dcddns.conf:6: ", NULL },
};

static void test_sections(void **state)
{
    const struct folder *folder = *state;
    char text[8192];

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct module_table table = { 0 };
        struct config_errors errors = { 0 };
        put(folder, "dcddns.conf", cases[i].text);
        struct config *config = load_ok(folder);
        fill(&table);
        int count = config_check_modules(config, &table, &errors);
        const char *from = config_errors_text(&errors);
        size_t prefix = strlen(folder->path), used = 0;
        while (*from && used < sizeof(text) - 1) {
            bool folder_name = strncmp(from, folder->path, prefix) == 0;
            text[used++] = folder_name ? '@' : *from;
            from += folder_name ? prefix : 1;
        }
        text[used] = '\0';
        const char *first = cases[i].error ? strstr(text, cases[i].error) : text;
        if (count != cases[i].count || errors.count != count || !first ||
            (cases[i].second && !strstr(text, cases[i].second)) || strstr(text, "hunter2") ||
            (cases[i].warning ? !strstr(warned, cases[i].warning) : warned[0] != '\0'))
            fail_msg("case %zu: %d errors:\n%swarnings:\n%s", i, count, text, warned);
        config_errors_free(&errors);
        config_free(&config);
        module_table_free(&table);
    }
    log_to(NULL, NULL);
}

static void test_errors_are_sorted(void **state)
{
    const struct folder *folder = *state;
    struct module_table table = { 0 };
    struct config_errors errors = { 0 };
    put(folder, "dcddns.conf",
        "[notifier " DCDDNS_NOTIFIERS
        "]\nx = 1\n[auth published-secret]\ny = 1\n[ip-source http-echo]\nz = 1\n");
    struct config *config = load_ok(folder);
    fill(&table);
    assert_int_equal(config_check_modules(config, &table, &errors), 3);
    const char *two = strstr(config_errors_text(&errors), "conf:2:");
    const char *four = strstr(config_errors_text(&errors), "conf:4:");
    const char *six = strstr(config_errors_text(&errors), "conf:6:");
    assert_true(two && four && six && two < four && four < six);
    config_errors_free(&errors);
    config_free(&config);
    module_table_free(&table);
    log_to(NULL, NULL);
}

/* Names of module files are candidates for "did you mean" as well. */
static void test_suggests_module_files(void **state)
{
    const struct folder *folder = *state;
    const char *paths[] = { folder->path, NULL };
    struct module_table table = { .paths = paths };
    struct config_errors errors = { 0 };
    char name[64];

    make_dir(folder, "ip-source");
    snprintf(name, sizeof(name), "ip-source/stun%s", os_module_suffix());
    put(folder, name, "");
    make_dir(folder, "auth");
    snprintf(name, sizeof(name), "auth/stnu%s", os_module_suffix());
    put(folder, name, "");
    put(folder, "dcddns.conf", "[core]\nsources = stnu\nnotifiers = none\n");
    struct config *config = load_ok(folder);
    fill(&table);
    assert_int_equal(config_check_modules(config, &table, &errors), 1);
    assert_non_null(strstr(config_errors_text(&errors), "; did you mean 'stun'?\n"));
    config_errors_free(&errors);
    config_free(&config);
    module_table_free(&table);
    log_to(NULL, NULL);
}

/* The default names stand in no line. */
static void test_missing_default(void **state)
{
    const struct folder *folder = *state;
    struct module_table table = { 0 };
    struct config_errors errors = { 0 };
    struct config *config = load_ok(folder);
    assert_int_equal(config_check_modules(config, &table, &errors), 3);
    assert_non_null(strstr(config_errors_text(&errors),
                           "/dcddns.conf: sources: there is no section [ip-source http-echo]"));
    config_errors_free(&errors);
    config_free(&config);
}

static void test_no_memory(void **state)
{
    const struct folder *folder = *state;
    put(folder, "dcddns.conf",
        "[core]\nsources = nothing\n[ip-source http-echo]\nurl5 = x\ntimeout = 1\ntimeout = 2\n");
    struct config *config = load_ok(folder);
    for (int all = 0; all < 2; all++) {
        bool reached = true;
        for (long n = 0; reached; n++) {
            struct module_table table = { 0 };
            struct config_errors errors = { 0 };
            fill(&table);
            mem_fail_at(n, all);
            int count = config_check_modules(config, &table, &errors);
            reached = mem_restore();
            assert_true(count > 0);
            assert_int_equal(count, errors.count);
            assert_string_not_equal(config_errors_text(&errors), "");
            assert_true(reached || count == 3);
            config_errors_free(&errors);
            module_table_free(&table);
        }
    }
    config_free(&config);
    log_to(NULL, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sections),        TEST(test_errors_are_sorted), TEST(test_suggests_module_files),
        TEST(test_missing_default), TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
