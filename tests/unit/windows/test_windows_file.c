/* Files on Windows: who may read what we make, what is refused, what others who look do to us. */
#include "unit/windows/folder.h"

static char *content(const char *name)
{
    char *text = NULL;
    size_t len = 0;
    const int rc = os_read_file(opened, name, 100000, &text, &len, NULL);
    if (rc < 0)
        fail_msg("%s: %s", name, os_strerror(rc));
    return text;
}

static void assert_content(const char *name, const char *want)
{
    char *text = content(name);
    assert_string_equal(text, want);
    mem_free(text);
}

static uint32_t mode_of(const char *name)
{
    struct os_file *file = NULL;
    struct os_stat st = { 0 };
    assert_int_equal(os.open(opened, name, OS_READ, &file), 0);
    assert_int_equal(os.stat(file, &st), 0);
    assert_int_equal(os.close(file), 0);
    assert_int_equal(st.uid, platform_user());
    return st.mode;
}

static void lists_are_read_back(void **state)
{
    struct os_file *file = NULL;
    (void)state;
    assert_int_equal(os.open(opened, "new", OS_CREATE, &file), 0);
    assert_int_equal(os_write_all(file, "text", 4), 0);
    assert_int_equal(os.sync(file), 0);
    assert_int_equal(os.close(file), 0);
    assert_int_equal(mode_of("new"), 0600);
    assert_int_equal(os.rename(opened, "new", "renamed"), 0);
    assert_int_equal(mode_of("renamed"), 0600);
    assert_int_equal(os.link(opened, "renamed", "linked"), 0);
    assert_int_equal(mode_of("linked"), 0600);
    assert_int_equal(os.link(opened, "renamed", "linked"), -EEXIST);
    assert_int_equal(os.link(opened, "missing", "x"), -ENOENT);
    assert_int_equal(os.open(opened, "lock", OS_LOCK, &file), 0);
    assert_int_equal(os.close(file), 0);
    assert_int_equal(mode_of("lock"), 0600);
    assert_int_equal(os_replace_file(opened, "shared", "x", 1, 0644, true), 0);
    assert_int_equal(mode_of("shared"), 0644);
    assert_int_equal(os_replace_file(opened, "shared", "y", 1, 0600, true), 0);
    assert_int_equal(mode_of("shared"), 0600);
    assert_content("shared", "y");
    folder_write("open", "x", 1, ALL_WRITE);
    assert_int_equal(mode_of("open"), 0666);
}

static void reading_looks_at_the_list(void **state)
{
    char *text = NULL;
    size_t len = 0;
    (void)state;
    folder_write("private", "secret", 6, OWNER_ONLY);
    folder_write("read", "public", 6, ALL_READ);
    folder_write("written", "anybody", 7, ALL_WRITE);
    assert_int_equal(os_read_secret_file(opened, "private", 100, &text, &len), 0);
    assert_string_equal(text, "secret");
    mem_free(text);
    assert_int_equal(os_read_own_file(opened, "read", 100, &text, &len), 0);
    mem_free(text);
    assert_int_equal(os_read_secret_file(opened, "read", 100, &text, &len), -EPERM);
    assert_int_equal(os_read_own_file(opened, "written", 100, &text, &len), -EPERM);
    assert_int_equal(os_read_file(opened, "written", 100, &text, &len, NULL), -EPERM);
    assert_int_equal(os_read_file(opened, "private", 5, &text, &len, NULL), -EFBIG);
    assert_int_equal(os_read_file(opened, "missing", 5, &text, &len, NULL), -ENOENT);
    folder_mkdir("sub", OWNER_ONLY);
    assert_int_equal(os_read_file(opened, "sub", 5, &text, &len, NULL), -EINVAL);
}

static void opens_as_asked(void **state)
{
    struct os_file *file = NULL;
    char text[10] = "";
    (void)state;
    assert_int_equal(os.open(opened, "f", OS_READ, &file), -ENOENT);
    assert_null(file);
    assert_int_equal(os.open(opened, "f", OS_CREATE, &file), 0);
    assert_int_equal(os.write(file, "0123456789", 10), 10);
    assert_int_equal(os.seek_start(file), 0);
    assert_int_equal(os.read(file, text, 4), 4);
    assert_memory_equal(text, "0123", 4);
    assert_int_equal(os.read(file, text, 10), 6);
    assert_int_equal(os.read(file, text, 10), 0);
    assert_int_equal(os.close(file), 0);
    assert_int_equal(os.open(opened, "f", OS_CREATE, &file), -EEXIST);
    assert_int_equal(os.open(opened, "f", OS_READ, &file), 0);
    assert_int_equal(os.write(file, "x", 1), -EACCES);
    assert_int_equal(os.sync(file), 0);
    assert_int_equal(os.close(file), 0);
    folder_mkdir("sub", OWNER_ONLY);
    assert_int_equal(os.open(opened, "sub", OS_READ, &file), 0); /* tells what is missing */
    struct os_stat st = { 0 };
    assert_int_equal(os.stat(file, &st), 0);
    assert_true(st.directory && !st.regular);
    assert_int_equal(os.close(file), 0);
    assert_int_equal(os.open(opened, "sub", OS_LOCK, &file), -EISDIR);
    assert_int_equal(os.open(opened, "sub", OS_CREATE, &file), -EEXIST);
    assert_int_equal(os.unlink(opened, "sub"), -EISDIR);
    assert_int_equal(os.unlink(opened, "f"), 0);
    assert_int_equal(os.unlink(opened, "f"), -ENOENT);
    assert_int_equal(os.rename(opened, "f", "g"), -ENOENT);
    assert_int_equal(os.sync_dir(opened), 0);
}

static void the_id_changes_with_the_file(void **state)
{
    int64_t id[3][3] = { 0 };
    char *text = NULL;
    size_t len = 0;
    (void)state;
    for (int i = 0; i < 3; i++) {
        if (i < 2)
            assert_int_equal(os_replace_file(opened, "f", i ? "two" : "one", 3, 0600, false), 0);
        assert_int_equal(os_read_file(opened, "f", 10, &text, &len, id[i]), 0);
        mem_free(text);
        Sleep(20);
    }
    assert_memory_not_equal(id[0], id[1], sizeof(id[0]));
    assert_memory_equal(id[1], id[2], sizeof(id[0]));
}

static void one_holder_of_a_lock(void **state)
{
    struct os_file *first = NULL, *second = NULL;
    char text[4] = "";
    (void)state;
    assert_int_equal(os.open(opened, "lock", OS_LOCK, &first), 0);
    assert_int_equal(os.lock(first), 0);
    assert_int_equal(os_write_all(first, "123", 3), 0);
    assert_int_equal(os.open(opened, "lock", OS_READ, &second), 0);
    assert_int_equal(os.lock(second), -EAGAIN);
    assert_int_equal(os.read(second, text, 3), 3); /* who has it can be read all the same */
    assert_string_equal(text, "123");
    OVERLAPPED start = { 0 }; /* on Windows a locked range could not be read */
    assert_true(LockFileEx(second->handle, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0,
                           MAXLONG, 0, &start));
    assert_true(UnlockFileEx(second->handle, 0, MAXLONG, 0, &start));
    assert_int_equal(os.close(first), 0);
    assert_int_equal(os.lock(second), 0);
    assert_int_equal(os.close(second), 0);
}

/* -- others who look -------------------------------------------------------------------------- */

struct holder {
    HANDLE file;
    DWORD ms;
};

static DWORD WINAPI let_go_later(void *arg)
{
    const struct holder *holder = arg;
    Sleep(holder->ms);
    CloseHandle(holder->file);
    return 0;
}

/* As a virus scanner that does not share. */
static HANDLE hold(const char *name)
{
    wchar_t *path = NULL;
    assert_int_equal(windows_name(opened, name, &path), 0);
    HANDLE file = CreateFileW(path, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    mem_free(path);
    assert_true(file != INVALID_HANDLE_VALUE);
    return file;
}

static void waits_for_others_to_let_go(void **state)
{
    (void)state;
    for (int what = 0; what < 3; what++) {
        assert_int_equal(os_replace_file(opened, "f", "old", 3, 0600, true), 0);
        struct holder holder = { .file = hold("f"), .ms = 60 };
        const int64_t before = os.boot_ms();
        HANDLE thread = CreateThread(NULL, 0, let_go_later, &holder, 0, NULL);
        if (what == 0) {
            assert_int_equal(os_replace_file(opened, "f", "new", 3, 0600, true), 0);
            assert_content("f", "new");
        } else if (what == 1) {
            assert_int_equal(os.unlink(opened, "f"), 0);
        } else {
            assert_content("f", "old");
        }
        assert_true(os.boot_ms() - before >= 30);
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
    }
}

static void does_not_wait_for_ever(void **state)
{
    struct os_file *file = NULL;
    (void)state;
    assert_int_equal(os_replace_file(opened, "f", "old", 3, 0600, true), 0);
    HANDLE held = hold("f");
    int64_t before = os.boot_ms();
    const int rc = os_replace_file(opened, "f", "new", 3, 0600, true);
    assert_true(rc == -EBUSY || rc == -EACCES);
    assert_true(os.boot_ms() - before < 5000);
    assert_int_equal(os.unlink(opened, "f"), -EBUSY);
    assert_int_equal(os.open(opened, "f", OS_READ, &file), -EBUSY);
    CloseHandle(held);
    assert_content("f", "old"); /* nothing was lost */
    assert_int_equal(os.open(opened, "f.tmp", OS_READ, &file), -ENOENT);
}

/* What has no right to wait does not. */
static void waits_for_nothing_else(void **state)
{
    struct os_file *file = NULL;
    (void)state;
    const int64_t before = os.boot_ms();
    assert_int_equal(os.unlink(opened, "missing"), -ENOENT);
    assert_int_equal(os.rename(opened, "missing", "x"), -ENOENT);
    assert_int_equal(os.open(opened, "missing", OS_READ, &file), -ENOENT);
    folder_mkdir("sub", OWNER_ONLY);
    assert_int_equal(os.unlink(opened, "sub"), -EISDIR);
    assert_int_equal(os.open(opened, "sub", OS_LOCK, &file), -EISDIR);
    assert_true(os.boot_ms() - before < 250);
}

/* What we have open ourselves can be replaced, once it is closed. */
static void our_readers_share(void **state)
{
    struct os_file *reader = NULL, *again = NULL;
    (void)state;
    assert_int_equal(os_replace_file(opened, "f", "old", 3, 0600, true), 0);
    assert_int_equal(os.open(opened, "f", OS_READ, &reader), 0);
    assert_int_equal(os.open(opened, "f", OS_READ, &again), 0);
    assert_int_equal(os.close(again), 0);
    assert_int_equal(os.open(opened, "f", OS_LOCK, &again), 0);
    assert_int_equal(os.close(again), 0);
    assert_int_equal(os.close(reader), 0);
    assert_int_equal(os_replace_file(opened, "f", "new", 3, 0600, true), 0);
    assert_content("f", "new");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_are_read_back, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(reading_looks_at_the_list, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(opens_as_asked, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(the_id_changes_with_the_file, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(one_holder_of_a_lock, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(waits_for_others_to_let_go, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(does_not_wait_for_ever, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(waits_for_nothing_else, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(our_readers_share, folder_make, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
