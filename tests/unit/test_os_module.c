/* Loading shared objects: only what nobody but root or we can have written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <link.h>

#include "platform/os.h"
#include "unit/as_user.h"
#include "unit/temp_dir.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

enum { STRANGER = 54321 };

/* Shared objects that are on this system already: small, and with a symbol that we know. */
static struct object {
    const char *library, *symbol;
    char bytes[1 << 20];
    size_t len;
} good = { .library = "libcmocka", .symbol = "_cmocka_run_group_tests" },
  other = { .library = "libcjson", .symbol = "cJSON_Parse" };

static int read_object(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct object *object = ctx;
    (void)size;
    FILE *file = strstr(info->dlpi_name, object->library) ? fopen(info->dlpi_name, "rb") : NULL;
    if (!file)
        return 0;
    object->len = fread(object->bytes, 1, sizeof(object->bytes), file);
    fclose(file);
    return object->len > 1000 && object->len < sizeof(object->bytes);
}

static int read_objects(void **state)
{
    (void)state;
    return dl_iterate_phdr(read_object, &good) && dl_iterate_phdr(read_object, &other) ? 0 : -1;
}

static void put_object(const char *name, const struct object *object)
{
    int fd = open(temp_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, object->bytes, object->len), object->len);
    assert_int_equal(fchmod(fd, 0644), 0);
    close(fd);
}

static int set_up(void **state)
{
    if (temp_dir_make(state) != 0)
        return -1;
    chmod(temp_dir, 0755);
    mkdir(temp_path("kind"), 0755);
    put_object("kind/good.so", &good);
    return 0;
}

static void refused(const char *dir, const char *subdir, const char *file, enum error_class class,
                    const char *says)
{
    struct error err = { 0 };
    void *module = os_module_open(dir, subdir, file, &err);
    if (module)
        fail_msg("loaded: %s %s %s", dir, subdir, file);
    if (err.class != class || !strstr(err.text, says))
        fail_msg("%s: %s, not %s", error_class_name(err.class), err.text, says);
}

static void loads_what_is_ours(void **state)
{
    struct error err = { 0 };
    (void)state;
    assert_string_equal(os_module_suffix(), ".so");
    void *module = os_module_open(temp_dir, "kind", "good.so", &err);
    if (!module)
        fail_msg("%s", err.text);
    assert_non_null(os_module_symbol(module, good.symbol));
    assert_null(os_module_symbol(module, "no_such_symbol"));
    assert_non_null(os_module_open(temp_path("kind"), "", "good.so", &err));
    assert_non_null(os_module_open(temp_path("//kind///"), "", "good.so", &err));
    chmod(temp_path("kind"), 0700);
    chmod(temp_path("kind/good.so"), 0600);
    assert_non_null(os_module_open(temp_dir, "kind", "good.so", &err));
}

static void refuses_names_that_are_paths(void **state)
{
    static const char *const names[] = { "../x.so", "kind/good.so", "/good.so",    ".",
                                         "..",      ".good.so",     "x/../good.so" };
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        refused(temp_path("kind"), "", names[i], ERR_PERM, "plain name");
    refused("relative", "kind", "good.so", ERR_PERM, "absolute");
    refused("", "kind", "good.so", ERR_PERM, "absolute");
    refused("./kind", "", "good.so", ERR_PERM, "absolute");
    char longest[PATH_MAX + 10];
    memset(longest, 'x', sizeof(longest) - 1);
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    refused(longest, "", "good.so", ERR_PERM, "too long");
    longest[PATH_MAX / 2] = '\0';
    refused(longest, "", "good.so", ERR_PERM, "too long");
}

static void refuses_what_is_missing_or_no_module(void **state)
{
    (void)state;
    refused(temp_dir, "kind", "missing.so", ERR_CONFIG, "No such file");
    refused(temp_dir, "nokind", "good.so", ERR_CONFIG, "No such file");
    temp_write("kind/text.so", "this is no ELF file", 0644);
    refused(temp_dir, "kind", "text.so", ERR_CONFIG, "cannot be loaded");
    temp_write("kind/empty.so", "", 0644);
    refused(temp_dir, "kind", "empty.so", ERR_CONFIG, "cannot be loaded");
    mkdir(temp_path("kind/dir.so"), 0755);
    refused(temp_dir, "kind", "dir.so", ERR_PERM, "not a regular file");
    assert_int_equal(mkfifo(temp_path("kind/fifo.so"), 0600), 0);
    refused(temp_dir, "kind", "fifo.so", ERR_PERM, "not a regular file"); /* and does not hang */
    refused(temp_path("kind/good.so"), "", "good.so", ERR_PERM, temp_dir);
    refused("/dev", "", "null", ERR_PERM, "/dev/null");
}

static void refuses_symbolic_links(void **state)
{
    (void)state;
    assert_int_equal(symlink("good.so", temp_path("kind/link.so")), 0);
    refused(temp_dir, "kind", "link.so", ERR_PERM, "symbolic link");
    assert_int_equal(symlink("kind", temp_path("linked")), 0);
    refused(temp_dir, "linked", "good.so", ERR_PERM, temp_path("linked"));
    assert_int_equal(symlink("/nowhere", temp_path("kind/dangling.so")), 0);
    refused(temp_dir, "kind", "dangling.so", ERR_PERM, "symbolic link");
}

static void refuses_what_others_may_write(void **state)
{
    static const mode_t files[] = { 0664, 0646, 0666, 0620, 0602 };
    static const mode_t dirs[] = { 0775, 0757, 0777, 0770 };
    (void)state;
    for (size_t i = 0; i < COUNT(files); i++) {
        chmod(temp_path("kind/good.so"), files[i]);
        refused(temp_dir, "kind", "good.so", ERR_PERM, "writable by group or others");
    }
    chmod(temp_path("kind/good.so"), 0644);
    for (size_t i = 0; i < COUNT(dirs); i++) {
        chmod(temp_path("kind"), dirs[i]);
        refused(temp_dir, "kind", "good.so", ERR_PERM, "writable by group or others");
        chmod(temp_path("kind"), 0755);
        chmod(temp_dir, dirs[i]); /* higher up counts as much */
        refused(temp_dir, "kind", "good.so", ERR_PERM, temp_dir);
        chmod(temp_dir, 0755);
    }
}

static void refuses_strangers(void **state)
{
    static const char *const things[] = { "kind/good.so", "kind", "." };
    (void)state;
    if (geteuid() != 0)
        skip();
    for (size_t i = 0; i < COUNT(things); i++) {
        assert_int_equal(chown(temp_path(things[i]), STRANGER, STRANGER), 0);
        refused(temp_dir, "kind", "good.so", ERR_PERM, "belongs to neither");
        assert_int_equal(chown(temp_path(things[i]), 0, 0), 0);
    }
}

/* A sticky directory that all may write, such as /tmp, is fine on the way, but what lies in it must
 * be ours. */
static void sticky_directories_are_no_excuse(void **state)
{
    struct error err = { 0 };
    (void)state;
    chmod(temp_path("kind"), 01777);
    assert_non_null(os_module_open(temp_dir, "kind", "good.so", &err));
    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(temp_path("kind/good.so"), STRANGER, STRANGER), 0);
    refused(temp_dir, "kind", "good.so", ERR_PERM, "belongs to neither");
}

static int opens(void)
{
    struct error err = { 0 };
    os_process_init(); /* not dumpable: /proc/self belongs to root then */
    void *module = os_module_open(temp_dir, "kind", "good.so", &err);
    if (!module)
        fprintf(stderr, "%s\n", err.text);
    return module ? 0 : 1;
}

static int is_refused(void)
{
    struct error err = { 0 };
    return os_module_open(temp_dir, "kind", "good.so", &err) || err.class != ERR_PERM;
}

static void a_service_loads_what_is_roots_or_its_own(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(as_user(NOBODY, opens), 0);
    assert_int_equal(chown(temp_path("kind/good.so"), NOBODY, NOBODY), 0);
    assert_int_equal(as_user(NOBODY, opens), 0);
    assert_int_equal(as_user(STRANGER, is_refused), 0);
    assert_int_equal(chown(temp_path("kind/good.so"), 0, 0), 0);
    chmod(temp_path("kind"), 0700);
    assert_int_equal(as_user(NOBODY, is_refused), 0); /* cannot enter */
}

/* The linker knows a library by its name, and ours are all called /proc/self/fd/N. */
static void one_module_is_not_taken_for_another(void **state)
{
    struct error err = { 0 };
    (void)state;
    put_object("kind/other.so", &other);
    void *first = os_module_open(temp_dir, "kind", "good.so", &err);
    void *second = os_module_open(temp_dir, "kind", "other.so", &err);
    assert_non_null(first);
    assert_non_null(second);
    assert_ptr_not_equal(first, second);
    assert_non_null(os_module_symbol(first, good.symbol));
    assert_null(os_module_symbol(first, other.symbol));
    assert_non_null(os_module_symbol(second, other.symbol));
}

/* Every descriptor that the walk opened is closed again when there is no module. */
static void leaks_no_descriptors(void **state)
{
    struct error err = { 0 };
    (void)state;
    temp_write("kind/text.so", "no ELF file", 0644);
    int before = dup(0);
    close(before);
    for (int i = 0; i < 20; i++) {
        os_module_open(temp_dir, "kind", "missing.so", &err);
        os_module_open(temp_dir, "none", "good.so", &err);
        os_module_open("/", "kind", "good.so", &err);
        os_module_open(temp_dir, "kind", "text.so", &err);
    }
    int after = dup(0);
    close(after);
    assert_int_equal(before, after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(loads_what_is_ours, set_up, temp_dir_remove),
        cmocka_unit_test_setup_teardown(refuses_names_that_are_paths, set_up, temp_dir_remove),
        cmocka_unit_test_setup_teardown(refuses_what_is_missing_or_no_module, set_up,
                                        temp_dir_remove),
        cmocka_unit_test_setup_teardown(refuses_symbolic_links, set_up, temp_dir_remove),
        cmocka_unit_test_setup_teardown(refuses_what_others_may_write, set_up, temp_dir_remove),
        cmocka_unit_test_setup_teardown(refuses_strangers, set_up, temp_dir_remove),
        cmocka_unit_test_setup_teardown(sticky_directories_are_no_excuse, set_up, temp_dir_remove),
        cmocka_unit_test_setup_teardown(a_service_loads_what_is_roots_or_its_own, set_up,
                                        temp_dir_remove),
        cmocka_unit_test_setup_teardown(one_module_is_not_taken_for_another, set_up,
                                        temp_dir_remove),
        cmocka_unit_test_setup_teardown(leaks_no_descriptors, set_up, temp_dir_remove),
    };
    return cmocka_run_group_tests(tests, read_objects, NULL);
}
