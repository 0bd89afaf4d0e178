/* Errors of Windows: each has a number the logic knows, each number has words. */
#include "unit/windows/folder.h"

static void errors_have_numbers(void **state)
{
    static const struct {
        DWORD code;
        int want;
    } rows[] = {
        { ERROR_FILE_NOT_FOUND, -ENOENT },
        { ERROR_PATH_NOT_FOUND, -ENOENT },
        { ERROR_ALREADY_EXISTS, -EEXIST },
        { ERROR_FILE_EXISTS, -EEXIST },
        { ERROR_ACCESS_DENIED, -EACCES },
        { ERROR_PRIVILEGE_NOT_HELD, -EPERM },
        { ERROR_SHARING_VIOLATION, -EBUSY },
        { ERROR_LOCK_VIOLATION, -EAGAIN },
        { WSAEWOULDBLOCK, -EAGAIN },
        { ERROR_DISK_FULL, -ENOSPC },
        { ERROR_TOO_MANY_OPEN_FILES, -EMFILE },
        { WSAEMFILE, -EMFILE },
        { ERROR_NOT_ENOUGH_MEMORY, -ENOMEM },
        { ERROR_WRITE_PROTECT, -EROFS },
        { ERROR_FILE_TOO_LARGE, -EFBIG },
        { ERROR_FILENAME_EXCED_RANGE, -ENAMETOOLONG },
        { ERROR_DIRECTORY, -ENOTDIR },
        { ERROR_DIR_NOT_EMPTY, -ENOTEMPTY },
        { ERROR_INVALID_NAME, -EINVAL },
        { WSAETIMEDOUT, -ETIMEDOUT },
        { ERROR_BROKEN_PIPE, -EPIPE },
        { WSAECONNREFUSED, -ECONNREFUSED },
        { ERROR_GEN_FAILURE, -EIO },
        { 0, -EIO }, /* it failed, and nobody said why */
        { 0xffffffff, -EIO },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(windows_error(rows[i].code), rows[i].want);
    SetLastError(ERROR_DISK_FULL);
    assert_int_equal(windows_last_error(), -ENOSPC);
}

static void numbers_have_words(void **state)
{
    (void)state;
    /* Whatever Windows says is told in words. */
    for (DWORD code = 0; code < 12000; code++) {
        const int rc = windows_error(code);
        assert_true(rc < 0);
        assert_string_not_equal(os_strerror(rc), "Unknown error");
    }
    assert_string_equal(os_strerror(-ENOENT), "No such file or directory");
    assert_string_equal(os_strerror(ENOSPC), "No space left on device");
    assert_string_equal(os_strerror(-ENOMEM), "Cannot allocate memory");
    assert_string_equal(os_strerror(-EBUSY), "Another program has it open");
    assert_string_equal(os_strerror(-9999), "Unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_have_numbers),
        cmocka_unit_test(numbers_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
