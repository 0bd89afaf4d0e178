/* Directories, names and paths on Windows. */
#include "unit/windows/folder.h"

static uint32_t mode_of(const struct os_dir *dir)
{
    uint32_t uid = 0, mode = 0;
    assert_int_equal(windows_access_of(dir->handle, true, &uid, &mode), 0);
    return mode;
}

static void makes_private_directories(void **state)
{
    struct error err = { 0 };
    uint32_t uid = 0, gid = 0;
    (void)state;
    assert_int_equal(mode_of(opened), 0700);
    assert_null(os_dir_open(folder_path("a/b"), 0, &err));
    assert_int_equal(err.class, ERR_LOCAL);
    assert_non_null(strstr(err.text, "No such file"));
    struct os_dir *deep = os_dir_open(folder_path("a/b/c"), OS_DIR_MAKE | OS_DIR_PRIVATE, &err);
    assert_non_null(deep);
    assert_int_equal(mode_of(deep), 0700);
    assert_string_equal(os_dir_path(deep), folder_path("a/b/c"));
    os_dir_owner(deep, &uid, &gid);
    assert_int_equal(uid, platform_user());
    struct os_dir *sub = os_dir_sub(deep, "d", OS_DIR_MAKE | OS_DIR_PRIVATE, &err);
    assert_non_null(sub);
    assert_int_equal(mode_of(sub), 0700);
    assert_int_equal(os_dir_remove(deep, "d"), -EBUSY); /* while somebody has it open */
    os_dir_close(&sub);
    assert_null(sub);
    struct os_dir *shared = os_dir_sub(deep, "s", OS_DIR_MAKE | OS_DIR_SHARED, &err);
    assert_int_equal(mode_of(shared), 0755);
    os_dir_close(&shared);
    assert_null(os_dir_sub(deep, "s", OS_DIR_PRIVATE, &err));
    assert_non_null(strstr(err.text, "icacls"));
    assert_int_equal(os_dir_remove(deep, "d"), 0);
    assert_int_equal(os_dir_remove(deep, "d"), -ENOENT);
    os_dir_close(&deep);
    folder_write("file", "", 0, OWNER_ONLY);
    assert_null(os_dir_open(folder_path("file"), 0, &err));
    assert_null(os_dir_sub(opened, "file", 0, &err));
    assert_null(os_dir_open("", OS_DIR_MAKE, &err));
}

static void an_open_directory_stays_where_it_is(void **state)
{
    struct error err = { 0 };
    (void)state;
    struct os_dir *sub = os_dir_sub(opened, "sub", OS_DIR_MAKE, &err);
    assert_true(os.rename(opened, "sub", "moved") < 0);
    os_dir_close(&sub);
    assert_int_equal(os.rename(opened, "sub", "moved"), 0);
}

static void trusts_what_others_cannot_change(void **state)
{
    struct error err = { 0 };
    (void)state;
    folder_mkdir("good", ALL_READ);
    folder_mkdir("bad", ALL_WRITE);
    struct os_dir *dir = os_dir_sub(opened, "good", 0, &err);
    assert_int_equal(os_dir_trusted(dir, &err), 0);
    os_dir_close(&dir);
    dir = os_dir_sub(opened, "bad", 0, &err);
    assert_int_equal(os_dir_trusted(dir, &err), -1);
    assert_int_equal(err.class, ERR_CONFIG);
    assert_non_null(strstr(err.text, "icacls"));
    os_dir_close(&dir);
    assert_null(os_dir_sub(opened, "bad", OS_DIR_PRIVATE, &err));
    assert_non_null(strstr(err.text, "0777"));
}

static void refuses_what_is_no_name(void **state)
{
    static const struct {
        const char *name;
        int want;
    } rows[] = {
        { "", -EINVAL },
        { ".", -EINVAL },
        { "..", -EINVAL },
        { "a/b", -EINVAL },
        { "a\\b", -EINVAL },
        { "f:stream", -EINVAL },
        { "C:", -EINVAL },
        { "f::$DATA", -EINVAL },
        { "a?", -EINVAL },
        { "a|b", -EINVAL },
        { "<a>", -EINVAL },
        { "a\"b", -EINVAL },
        { "a\nb", -EINVAL },
        { "a.", -EINVAL },
        { "a ", -EINVAL },
        { "con", -EINVAL },
        { "NUL", -EINVAL },
        { "Aux", -EINVAL },
        { "prn", -EINVAL },
        { "COM1", -EINVAL },
        { "lpt9", -EINVAL },
        { "com\xc2\xb9", -EINVAL },
        { "CONIN$", -EINVAL },
        { "bad\xff", -EILSEQ },
        { "com", 0 },
        { "coma", 0 },
        { "console", 0 },
        { "con.example.com", 0 }, /* a host; with "\\?\" it is a name as any other */
        { ".hidden", 0 },
        { "*.example.com", 0 },
        { "\xc3\xbcml\xc3\xa4ut-\xe6\x97\xa5\xe6\x9c\xac.conf", 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct os_file *file = NULL;
        wchar_t *path = NULL;
        int rc = windows_name(opened, rows[i].name, &path);
        if (rc != rows[i].want)
            fail_msg("\"%s\": %d, not %d", rows[i].name, rc, rows[i].want);
        assert_int_equal(path != NULL, rc == 0);
        mem_free(path);
        assert_int_equal(os.open(opened, rows[i].name, OS_CREATE, &file), rows[i].want);
        if (rc == 0) {
            assert_int_equal(os.close(file), 0);
            continue;
        }
        assert_int_equal(os.unlink(opened, rows[i].name), rows[i].want);
        assert_int_equal(os.rename(opened, rows[i].name, "x"), rows[i].want);
        assert_int_equal(os.link(opened, "com", rows[i].name), rows[i].want);
        assert_int_equal(os_dir_remove(opened, rows[i].name), rows[i].want);
        assert_null(os_dir_sub(opened, rows[i].name, OS_DIR_MAKE, NULL));
    }
    char longest[300] = "";
    memset(longest, 'n', 255);
    struct os_file *file = NULL;
    assert_int_equal(os.open(opened, longest, OS_CREATE, &file), 0);
    os.close(file);
    longest[255] = 'n';
    assert_int_equal(os.open(opened, longest, OS_CREATE, &file), -ENAMETOOLONG);
}

struct listing {
    char names[200];
    int left;
};

static bool note(void *ctx, const char *name)
{
    struct listing *listing = ctx;
    strncat(listing->names, name, 40);
    strncat(listing->names, " ", 2);
    return --listing->left > 0;
}

static void lists_in_order(void **state)
{
    static const char *const names[] = { "b", ".hidden", "*.example.com", "\xc3\xbc\xe6\x97\xa5",
                                         "a" };
    struct listing all = { .left = 100 }, two = { .left = 2 }, none = { .left = 100 };
    (void)state;
    assert_int_equal(os_dir_list(opened, note, &none), 0);
    assert_string_equal(none.names, "");
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(os_replace_file(opened, names[i], names[i], 1, 0600, false), 0);
    folder_mkdir("c", OWNER_ONLY);
    assert_int_equal(os_dir_list(opened, note, &all), 0);
    assert_string_equal(all.names, "*.example.com .hidden a b c \xc3\xbc\xe6\x97\xa5 ");
    assert_int_equal(os_dir_list(opened, note, &two), 0);
    assert_string_equal(two.names, "*.example.com .hidden ");
}

/* 260 characters were the end once. */
static void paths_may_be_long(void **state)
{
    char part[101] = "";
    struct error err = { 0 };
    char path[1500] = "";
    (void)state;
    memset(part, 'd', 100);
    snprintf(path, sizeof(path), "%s/%s/%s/%s/%s", folder, part, part, part, part);
    struct os_dir *deep = os_dir_open(path, OS_DIR_MAKE | OS_DIR_PRIVATE, &err);
    if (!deep)
        fail_msg("%s", err.text);
    assert_int_equal(os_replace_file(deep, "file", "text", 4, 0600, true), 0);
    struct os_dir *sub = os_dir_sub(deep, part, OS_DIR_MAKE, &err);
    assert_non_null(sub);
    os_dir_close(&sub);
    os_dir_close(&deep);
    char *real = os_real_path(path);
    assert_string_equal(real, path);
    mem_free(real);
    char *too_long = mem_new(40001, 1);
    memset(too_long, 'x', 40000);
    assert_null(os_dir_open(too_long, OS_DIR_MAKE, NULL));
    assert_int_equal(os_path_can_write(too_long), -ENAMETOOLONG);
    mem_free(too_long);
}

static void splits_and_resolves_paths(void **state)
{
    const char *name = NULL;
    struct error err = { 0 };
    char tidy[] = "C:\\a/b\\c";
    (void)state;
    struct os_dir *dir = os_dir_of(folder_path("x.conf"), 0, &name, &err);
    assert_string_equal(name, "x.conf");
    assert_string_equal(os_dir_path(dir), folder);
    os_dir_close(&dir);
    dir = os_dir_of("C:\\x.conf", 0, &name, &err);
    assert_string_equal(name, "x.conf");
    assert_string_equal(os_dir_path(dir), "C:\\");
    os_dir_close(&dir);
    dir = os_dir_of("plain", 0, &name, &err);
    assert_string_equal(os_dir_path(dir), ".");
    os_dir_close(&dir);
    assert_null(os_dir_of(folder_path("no/such/x"), 0, &name, &err));
    folder_write("file", "", 0, OWNER_ONLY);
    char *real = os_real_path(folder_path("./sub/..\\FILE"));
    assert_non_null(real);
    assert_string_equal(real + strlen(real) - 5, "/file"); /* as it is written on the disk */
    assert_null(strchr(real, '\\'));
    mem_free(real);
    real = os_real_path("c:\\");
    assert_string_equal(real, "C:/");
    mem_free(real);
    assert_null(os_real_path(folder_path("missing")));
    assert_null(os_real_path("NUL"));
    assert_null(os_real_path("C:relative"));
    assert_null(os_real_path(folder_path("file:stream")));
    os_path_tidy(tidy);
    assert_string_equal(tidy, "C:/a/b/c");
    assert_true(os_path_is_absolute("C:/x") && os_path_is_absolute("z:\\"));
    assert_true(os_path_is_absolute("\\\\server\\share") && os_path_is_absolute("//server/share"));
    assert_false(os_path_is_absolute("C:x") || os_path_is_absolute("x") ||
                 os_path_is_absolute("/x") || os_path_is_absolute("") ||
                 os_path_is_absolute("1:/x") || os_path_is_absolute("\\/x"));
    assert_true(os_path_is_missing(folder_path("missing/below")));
    assert_false(os_path_is_missing(folder_path("file")));
    assert_false(os_path_is_missing("C:/"));
    assert_int_equal(os_path_can_write(folder_path("new/er")), 0);
    assert_int_equal(os_path_can_write(folder), 0);
    assert_int_equal(os_path_can_write(folder_path("file/x")), -ENOTDIR);
    assert_int_equal(os_path_can_write("Q:/x/y"), -ENOENT);
    assert_int_equal(os_path_can_write(""), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(makes_private_directories, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(an_open_directory_stays_where_it_is, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(trusts_what_others_cannot_change, folder_make,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(refuses_what_is_no_name, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(lists_in_order, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(paths_may_be_long, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(splits_and_resolves_paths, folder_make, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
