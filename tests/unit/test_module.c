/* Modules: every lie of a hostile descriptor gets its whole sentence, and honest ones load once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "modules/module.h"
#include "platform/os.h"

#define HOSTILE TEST_HOSTILE_DIR "/ip-source/"
#define AUTHOR  "; report it to the module's author"

static const char *const hostile_paths[] = { TEST_HOSTILE_DIR, NULL };

static void test_kinds(void **state)
{
    static const char *const names[] = { "unknown", "ip-source", "auth", "notifier", "unknown" };
    (void)state;
    for (uint32_t kind = 0; kind < 5; kind++)
        assert_string_equal(module_kind_name(kind), names[kind]);
    for (uint32_t kind = 1; kind < 4; kind++)
        assert_int_equal(module_kind_of(names[kind]), kind);
    assert_int_equal(module_kind_of("source"), 0);
    assert_int_equal(module_kind_of(""), 0);
}

static void test_hostile_modules_are_refused(void **state)
{
    static const struct {
        const char *name, *expected;
    } cases[] = {
        { "size-zero", "its descriptor says 0 bytes, allowed are 80 to 4096; rebuild it with "
                       "dcddns/plugin.h" },
        { "size-huge", "its descriptor says 4294967295 bytes, allowed are 80 to 4096; rebuild it "
                       "with dcddns/plugin.h" },
        { "wrong-kind", "it is of kind notifier in the folder of kind ip-source; move it to the "
                        "folder notifier" },
        { "unknown-kind", "it has the unknown kind 9" AUTHOR },
        { "no-ops", "it has no table of operations" AUTHOR },
        { "ops-size", "its table of operations says 2 bytes, allowed are 32 to 4096; rebuild it "
                      "with dcddns/plugin.h" },
        { "no-query", "it lacks query()" AUTHOR },
        { "no-create", "it lacks create()" AUTHOR },
        { "half-watch", "it lacks unwatch()" AUTHOR },
        { "no-version", "it gives no version or no summary" AUTHOR },
        { "wrong-name",
          "it calls itself \"other\" but its file is called \"wrong-name\"; rename the file" },
        { "bad-name", "its name is not 1 to 32 of a-z, 0-9 and \"-\"" AUTHOR },
        { "bad-stride", "its options are 4 bytes apart, allowed are 32 to 4096" AUTHOR },
        { "bad-default", "the default of its option count is not a whole number" AUTHOR },
        { "bad-type",
          "its option count has type 77, which this dcddns does not know; update dcddns" },
        { "bad-option", "its option 0 has no proper name or no help" AUTHOR },
        { "twice", "it declares the option a twice" AUTHOR },
        { "many-options", "it declares 4294967295 options, allowed are 64, in a table" AUTHOR },
        { "entry-null", "it returns no descriptor" AUTHOR },
        { "no-symbol", "is not a dcddns module (it does not export dcddns_plugin_v1); remove it, "
                       "or install the module of that name" },
        { "v2-only", "is made for a newer dcddns (it exports dcddns_plugin_v2 only); update "
                     "dcddns or install an older module" },
    };
    struct module_table table = { .paths = hostile_paths };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char expected[ERROR_TEXT_MAX] = "";
        struct error err = { 0 };
        snprintf(expected, sizeof(expected), HOSTILE "%s" TEST_SUFFIX ": %s", cases[i].name,
                 cases[i].expected);
        assert_null(module_find(&table, DCDDNS_KIND_IP_SOURCE, cases[i].name, &err));
        assert_int_equal(err.class, ERR_CONFIG);
        assert_string_equal(err.text, expected);
        assert_null(table.list);
    }
}

static void test_file_that_is_no_object(void **state)
{
    struct module_table table = { .paths = hostile_paths };
    struct error err = { 0 };
    (void)state;
    assert_null(module_find(&table, DCDDNS_KIND_IP_SOURCE, "not-elf", &err));
    assert_int_equal(err.class, ERR_CONFIG);
    assert_non_null(strstr(err.text, HOSTILE "not-elf" TEST_SUFFIX ": "));
}

static void test_names_and_places(void **state)
{
    static const char *const two[] = { TEST_DRIVE "/nonexistent/one", TEST_DRIVE "/nonexistent/two",
                                       NULL };
    static const char *const relative[] = { ".", NULL };
    struct module_table empty = { 0 }, table = { .paths = two };
    struct error err = { 0 };
    static const char *const bad[] = { "",     "../x",    "a/b",
                                       "Stun", "stun.so", "a b",
                                       "..",   "a_b",     "abcdefghijklmnopqrstuvwxyz0123456" };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char expected[ERROR_TEXT_MAX] = "";
        snprintf(expected, sizeof(expected),
                 "module name \"%.40s\" is refused: a name is 1 to 32 of a-z, 0-9 and \"-\"; "
                 "correct it",
                 bad[i]);
        assert_null(module_find(&table, DCDDNS_KIND_AUTH, bad[i], &err));
        assert_string_equal(err.text, expected);
    }
    assert_null(module_find(&table, DCDDNS_KIND_AUTH, "pkce", &err));
    assert_int_equal(err.class, ERR_CONFIG);
    assert_string_equal(err.text, "module auth/pkce is not installed: there is no pkce" TEST_SUFFIX
                                  " in " TEST_DRIVE "/nonexistent/one/auth, " TEST_DRIVE
                                  "/nonexistent/two/auth; install it, or correct the name");
    assert_null(module_find(&empty, DCDDNS_KIND_AUTH, "pkce", &err));
    assert_string_equal(err.text,
                        "module auth/pkce is not installed: there is no pkce" TEST_SUFFIX
                        " in any folder (plugin-path is empty); install it, or correct the name");
    assert_null(module_find(&table, 0, "pkce", &err));
    table.paths = relative;
    assert_int_equal(chdir(TEST_HOSTILE_DIR), 0);
    assert_null(module_find(&table, DCDDNS_KIND_IP_SOURCE, "honest", &err));
    assert_string_equal(err.text, ".: is not an absolute path of a folder; correct plugin-path");
}

static void test_honest_module_loads_once(void **state)
{
    static const char *const paths[] = { TEST_DRIVE "/nonexistent", TEST_HOSTILE_DIR, NULL };
    struct module_table table = { .paths = paths };
    struct error err = { 0 };
    struct dcddns_option option = { .name = "x" };
    (void)state;

    const struct module *module = module_find(&table, DCDDNS_KIND_IP_SOURCE, "honest", &err);
    assert_non_null(module);
    assert_string_equal(module->path, HOSTILE "honest" TEST_SUFFIX);
    assert_string_equal(module->plugin.name, "honest");
    assert_non_null(module->ops.ip_source.query);
    assert_null(module->ops.ip_source.watch);
    assert_ptr_equal(module_find(&table, DCDDNS_KIND_IP_SOURCE, "honest", NULL), module);
    const struct module *other = module_find(&table, DCDDNS_KIND_IP_SOURCE, "untidy", NULL);
    assert_non_null(other);
    assert_string_equal(other->plugin.name, "untidy");
    assert_int_equal(module_option_find(module, "x", &option), -1);
    assert_null(option.name);
    module_table_free(&table);
    assert_null(table.list);
}

/* The project's own modules, as they are installed. */
static void test_own_modules_load(void **state)
{
    static const struct {
        uint32_t kind;
        const char *name, *option;
    } cases[] = {
        { DCDDNS_KIND_IP_SOURCE, "http-echo", "url6" },
        { DCDDNS_KIND_AUTH, "published-secret", "client-secret" },
        { DCDDNS_KIND_NOTIFIER, "webhook", "url" },
    };
    static const char *const paths[] = { TEST_MODULE_DIR, NULL };
    struct module_table table = { .paths = paths };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct dcddns_option option = { 0 };
        struct error err = { 0 };
        const struct module *module = module_find(&table, cases[i].kind, cases[i].name, &err);
        if (!module)
            fail_msg("%s", err.text);
        assert_int_equal(module_option_find(module, cases[i].option, &option), 0);
        assert_string_equal(option.name, cases[i].option);
    }
    module_table_free(&table);
}

static void test_load_file(void **state)
{
    struct module_table table = { 0 };
    struct error err = { 0 };
    (void)state;
    const struct module *module = module_load_file(&table, HOSTILE "honest" TEST_SUFFIX, &err);
    assert_non_null(module);
    assert_ptr_equal(module_load_file(&table, HOSTILE "../ip-source/honest" TEST_SUFFIX, &err),
                     module);
    assert_null(module_load_file(&table, HOSTILE "wrong-name" TEST_SUFFIX, &err));
    assert_string_equal(err.text,
                        HOSTILE "wrong-name" TEST_SUFFIX ": it calls itself \"other\" but its file "
                                "is called \"wrong-name\"; rename the file");
    /* Outside the folders there is no kind to match. */
    module = module_load_file(&table, HOSTILE "wrong-kind" TEST_SUFFIX, &err);
    assert_non_null(module);
    assert_int_equal(module->plugin.kind, DCDDNS_KIND_NOTIFIER);
    module_table_free(&table);
}

static void test_load_file_refuses_paths(void **state)
{
    struct module_table table = { 0 };
    struct error err = { 0 };
    (void)state;
    assert_null(module_load_file(&table, TEST_DRIVE "/nonexistent/x.so", &err));
    assert_string_equal(err.text,
                        TEST_DRIVE "/nonexistent/x.so: cannot be found or read; check the path");
    assert_null(module_load_file(&table, TEST_DRIVE "/proc/self/status", &err));
    assert_non_null(strstr(err.text, TEST_DRIVE
                           "/proc/self/status: a module's file is called NAME" TEST_SUFFIX ", NAME "
                           "being 1 to 32 of a-z, 0-9 and \"-\"; rename it"));
}

/* -- adopting -------------------------------------------------------------------------------- */

static int create(const struct dcddns_host *host, void **self)
{
    (void)host;
    (void)self;
    return DCDDNS_E_CONFIG;
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

/* What a plugin of a later minor version may hand over: every struct is longer than ours. */
struct later_option {
    struct dcddns_option option;
    const char *unit;
    uint64_t more;
};
static const struct later_option later_options[] = {
    { { "first", "1", "a number", DCDDNS_OPT_INT, 0 }, "m", 1 },
    { { "second", "2", "a number", DCDDNS_OPT_INT, 0 }, "s", 2 },
};
static const struct {
    struct dcddns_ip_source now;
    void *more[4];
} later_ops = { .now = { .size = sizeof(later_ops), .query = query } };
static const struct {
    struct dcddns_plugin now;
    void *more[4];
} later = { .now = { .size = sizeof(later),
                     .kind = DCDDNS_KIND_IP_SOURCE,
                     .abi_minor = 7,
                     .name = "later",
                     .version = "1.7",
                     .summary = "from the future",
                     .options = &later_options[0].option,
                     .option_count = 2,
                     .option_size = sizeof(later_options[0]),
                     .create = create,
                     .destroy = destroy,
                     .ops = &later_ops } };

static void test_later_minor_version(void **state)
{
    struct module_table table = { 0 };
    struct dcddns_option option = { 0 };
    struct error err = { 0 };
    (void)state;
    const struct module *module =
        module_adopt(&table, DCDDNS_KIND_IP_SOURCE, "later", "(built in)", &later.now, &err);
    assert_non_null(module);
    assert_int_equal(module_option_find(module, "second", &option), 0);
    assert_string_equal(option.def, "2");
    assert_ptr_equal(module->ops.ip_source.query, query);
    /* Once more is the same; from elsewhere it is another one. */
    assert_ptr_equal(module_adopt(&table, 0, NULL, "(built in)", &later.now, &err), module);
    assert_ptr_equal(module_find(&table, DCDDNS_KIND_IP_SOURCE, "later", &err), module);
    assert_null(module_adopt(&table, 0, NULL, "/x/later.so", &later.now, &err));
    assert_string_equal(err.text, "/x/later.so: a module of that name is loaded from (built in); "
                                  "remove one of the two");
    module_table_free(&table);
}

static void test_missing_functions(void **state)
{
    struct dcddns_ip_source source = { .size = sizeof(source), .query = query };
    struct dcddns_auth auth = { .size = sizeof(auth) };
    struct dcddns_notifier notifier = { .size = sizeof(notifier) };
    struct dcddns_plugin plugin = later.now;
    struct module_table table = { 0 };
    struct error err = { 0 };
    (void)state;

    plugin.size = sizeof(plugin);
    plugin.destroy = NULL;
    assert_null(module_adopt(&table, 0, NULL, "x", &plugin, &err));
    assert_string_equal(err.text, "x: it lacks destroy()" AUTHOR);
    plugin.destroy = destroy;
    source.unwatch = destroy;
    plugin.ops = &source;
    assert_null(module_adopt(&table, 0, NULL, "x", &plugin, &err));
    assert_string_equal(err.text, "x: it lacks watch()" AUTHOR);
    plugin.kind = DCDDNS_KIND_AUTH;
    plugin.ops = &auth;
    assert_null(module_adopt(&table, 0, NULL, "x", &plugin, &err));
    assert_string_equal(err.text, "x: it lacks consent()" AUTHOR);
    plugin.kind = DCDDNS_KIND_NOTIFIER;
    plugin.ops = &notifier;
    assert_null(module_adopt(&table, 0, NULL, "x", &plugin, &err));
    assert_string_equal(err.text, "x: it lacks notify()" AUTHOR);
    plugin.options = NULL;
    assert_null(module_adopt(&table, 0, NULL, "x", &plugin, &err));
    assert_string_equal(err.text, "x: it declares 2 options, allowed are 64, in a table" AUTHOR);
    assert_null(table.list);
}

/* -- places that others can write ------------------------------------------------------------- */

static void copy_file(const char *from, const char *to)
{
    char block[8192];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    for (size_t n = fread(block, 1, sizeof(block), in); n > 0;
         n = fread(block, 1, sizeof(block), in))
        assert_int_equal(fwrite(block, 1, n, out), n);
    fclose(in);
    fclose(out);
    assert_int_equal(chmod(to, 0755), 0);
}

static void test_trust(void **state)
{
    char top[64] = "/tmp/test_module.XXXXXX";
    char dir[96] = "", file[128] = "", link[96] = "";
    struct error err = { 0 };
    (void)state;

    assert_non_null(mkdtemp(top));
    const char *const paths[] = { top, NULL };
    struct module_table table = { .paths = paths };
    snprintf(dir, sizeof(dir), "%s/ip-source", top);
    snprintf(file, sizeof(file), "%s/honest" TEST_SUFFIX, dir);
    snprintf(link, sizeof(link), "%s.link", top);
    assert_int_equal(mkdir(dir, 0755), 0);
    copy_file(HOSTILE "honest" TEST_SUFFIX, file);

    assert_int_equal(chmod(dir, 0775), 0);
    assert_null(module_find(&table, DCDDNS_KIND_IP_SOURCE, "honest", &err));
    assert_int_equal(err.class, ERR_CONFIG);
    assert_non_null(
        strstr(err.text, TEST_DRIVE[0] ? "is writable by " : "is writable by group or others"));
    assert_int_equal(chmod(dir, 0755), 0);
    assert_int_equal(chmod(file, 0777), 0);
    assert_null(module_find(&table, DCDDNS_KIND_IP_SOURCE, "honest", &err));
    if (!strstr(err.text, file))
        fail_msg("%s", err.text);
    assert_int_equal(chmod(file, 0755), 0);
    /* A folder may be named by a link; what it leads to is judged. */
    assert_int_equal(symlink(top, link), 0);
    const char *const linked[] = { link, NULL };
    table.paths = linked;
    const struct module *module = module_find(&table, DCDDNS_KIND_IP_SOURCE, "honest", &err);
    if (!module)
        fail_msg("%s", err.text);
    assert_string_equal(module->path, file);
    module_table_free(&table);
    unlink(link);
    unlink(file);
    rmdir(dir);
    rmdir(top);
}

/* -- listing ---------------------------------------------------------------------------------- */

struct found {
    int count, honest, other;
};

static void each(void *ctx, uint32_t kind, const char *name, const char *dir)
{
    struct found *found = ctx;
    assert_int_equal(kind, DCDDNS_KIND_IP_SOURCE);
    assert_string_equal(dir, TEST_HOSTILE_DIR "/ip-source");
    found->count++;
    if (strcmp(name, "honest") == 0)
        found->honest++;
    if (strchr(name, '.'))
        found->other++;
}

static void test_each_file(void **state)
{
    static const char *const paths[] = { TEST_DRIVE "/nonexistent", TEST_HOSTILE_DIR, NULL };
    const struct module_table table = { .paths = paths };
    struct found found = { 0 };
    (void)state;
    module_each(&table, each, &found);
    assert_int_equal(found.honest, 1);
    assert_int_equal(found.other, 0);
    assert_true(found.count > 20);
}

/* -- built in -------------------------------------------------------------------------------- */

static int builtin_create(const struct dcddns_host *host, void **self)
{
    (void)host;
    (void)self;
    return DCDDNS_E_BUG;
}

static void builtin_destroy(void *self)
{
    (void)self;
}

static int builtin_notify(void *self, struct dcddns_call *call, const struct dcddns_event *event)
{
    (void)self;
    (void)call;
    (void)event;
    return DCDDNS_E_BUG;
}

static int builtin_query(void *self, struct dcddns_call *call, int family, struct dcddns_addr *out)
{
    (void)self;
    (void)call;
    (void)family;
    (void)out;
    return DCDDNS_E_BUG;
}

static const struct dcddns_notifier builtin_notifier = { .size = sizeof(builtin_notifier),
                                                         .notify = builtin_notify };
static const struct dcddns_ip_source builtin_source = { .size = sizeof(builtin_source),
                                                        .query = builtin_query };

#define BUILTIN(kind_, ops_)                                                                       \
    {                                                                                              \
        .size = sizeof(struct dcddns_plugin), .kind = kind_, .name = "honest", .version = "7",     \
        .summary = "s", .create = builtin_create, .destroy = builtin_destroy, .ops = ops_          \
    }
static const struct dcddns_plugin as_notifier = BUILTIN(DCDDNS_KIND_NOTIFIER, &builtin_notifier);
static const struct dcddns_plugin as_source = BUILTIN(DCDDNS_KIND_IP_SOURCE, &builtin_source);

static const struct dcddns_plugin *notifier_entry(void)
{
    return &as_notifier;
}

static const struct dcddns_plugin *source_entry(void)
{
    return &as_source;
}

static const struct module_builtin builtins[] = {
    { DCDDNS_KIND_NOTIFIER, "honest", notifier_entry },
    { DCDDNS_KIND_IP_SOURCE, "honest", source_entry },
    { 0, NULL, NULL },
};

/* One name, two kinds, no folder: each is found as what it is. */
static void test_builtin_needs_no_folder(void **state)
{
    struct module_table table = { .builtins = builtins };
    struct error err = { 0 };
    (void)state;
    const struct module *notifier = module_find(&table, DCDDNS_KIND_NOTIFIER, "honest", &err);
    const struct module *source = module_find(&table, DCDDNS_KIND_IP_SOURCE, "honest", &err);
    assert_non_null(notifier);
    assert_non_null(source);
    assert_string_equal(notifier->path, "(built in)");
    assert_ptr_equal(notifier->ops.notifier.notify, builtin_notify);
    assert_ptr_equal(source->ops.ip_source.query, builtin_query);
    assert_true(module_is_from(source, NULL));
    assert_ptr_equal(module_find(&table, DCDDNS_KIND_IP_SOURCE, "honest", &err), source);
    assert_null(module_find(&table, DCDDNS_KIND_AUTH, "honest", &err));
    assert_int_equal(err.class, ERR_CONFIG);
    module_table_free(&table);
}

static void test_builtin_hides_file(void **state)
{
    struct module_table table = { .builtins = builtins, .paths = hostile_paths };
    struct error err = { 0 };
    (void)state;
    const struct module *module = module_find(&table, DCDDNS_KIND_IP_SOURCE, "honest", &err);
    assert_non_null(module);
    assert_string_equal(module->plugin.version, "7");
    assert_true(module_is_from(module, NULL));
    assert_false(module_is_from(module, TEST_HOSTILE_DIR "/ip-source"));
    module_table_free(&table);

    table.builtins = NULL;
    module = module_find(&table, DCDDNS_KIND_IP_SOURCE, "honest", &err);
    assert_non_null(module);
    assert_false(module_is_from(module, NULL));
    assert_true(module_is_from(module, TEST_HOSTILE_DIR "/ip-source"));
    assert_false(module_is_from(module, TEST_HOSTILE_DIR));
    module_table_free(&table);
}

struct rows {
    int builtin, files;
};

static void each_row(void *ctx, uint32_t kind, const char *name, const char *dir)
{
    struct rows *rows = ctx;
    (void)kind;
    if (strcmp(name, "honest") != 0)
        return;
    if (dir)
        rows->files++;
    else
        rows->builtin++;
}

static void test_each_begins_with_builtins(void **state)
{
    const struct module_table table = { .builtins = builtins, .paths = hostile_paths };
    const struct module_table none = { .builtins = builtins };
    struct rows rows = { 0 };
    (void)state;
    module_each(&table, each_row, &rows);
    assert_int_equal(rows.builtin, 2);
    assert_int_equal(rows.files, 1);
    module_each(&none, each_row, &rows);
    assert_int_equal(rows.builtin, 4);
    assert_int_equal(rows.files, 1);
}

/* -- no memory -------------------------------------------------------------------------------- */

static int allowed;

static void *scarce(size_t size)
{
    return allowed-- > 0 ? malloc(size) : NULL;
}

static void test_no_memory(void **state)
{
    const struct mem_calls before = mem_calls;
    const struct module *module = NULL;
    (void)state;
    for (int n = 0; !module; n++) {
        struct module_table table = { .paths = hostile_paths };
        struct error err = { 0 };
        assert_true(n < 100);
        allowed = n;
        mem_calls.alloc = scarce;
        module = module_find(&table, DCDDNS_KIND_IP_SOURCE, "honest", &err);
        mem_calls = before;
        assert_true((module != NULL) == (err.class == ERR_NONE));
        assert_true(module || err.text[0] != '\0');
        module_table_free(&table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_hostile_modules_are_refused),
        cmocka_unit_test(test_file_that_is_no_object),
        cmocka_unit_test(test_names_and_places),
        cmocka_unit_test(test_honest_module_loads_once),
        cmocka_unit_test(test_own_modules_load),
        cmocka_unit_test(test_load_file),
        cmocka_unit_test(test_load_file_refuses_paths),
        cmocka_unit_test(test_later_minor_version),
        cmocka_unit_test(test_missing_functions),
        cmocka_unit_test(test_trust),
        cmocka_unit_test(test_each_file),
        cmocka_unit_test(test_builtin_needs_no_folder),
        cmocka_unit_test(test_builtin_hides_file),
        cmocka_unit_test(test_each_begins_with_builtins),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
