/* A fresh private folder for one test of the Windows room, removed with all in it. */
#ifndef DCDDNS_TESTS_WINDOWS_FOLDER_H
#define DCDDNS_TESTS_WINDOWS_FOLDER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "platform/windows.h"

#include <sddl.h> /* after windows.h */

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static char folder[1024];     /* with '/' */
static struct os_dir *opened; /* the same */

/* "FOLDER/NAME"; valid until eight more were asked for. */
static inline const char *folder_path(const char *name)
{
    static char paths[8][4096];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static inline int folder_make(void **state)
{
    static unsigned count;
    wchar_t temp[MAX_PATH + 1] = L"";
    struct error err = { 0 };
    (void)state;

    GetTempPathW(MAX_PATH, temp);
    char *base = windows_path_shown(temp);
    snprintf(folder, sizeof(folder), "%sdcddns-test-%lu-%u", base, GetCurrentProcessId(), count++);
    mem_free(base);
    opened = os_dir_open(folder, OS_DIR_MAKE | OS_DIR_PRIVATE, &err);
    if (!opened)
        fprintf(stderr, "%s\n", err.text);
    return opened ? 0 : -1;
}

static inline void folder_empty(const wchar_t *full)
{
    WIN32_FIND_DATAW found = { 0 };
    wchar_t *pattern = windows_join(full, L"\\*");
    HANDLE search = FindFirstFileW(pattern, &found);
    bool more = search != INVALID_HANDLE_VALUE;

    mem_free(pattern);
    for (; more; more = FindNextFileW(search, &found)) {
        if (wcscmp(found.cFileName, L".") == 0 || wcscmp(found.cFileName, L"..") == 0)
            continue;
        wchar_t *start = windows_join(full, L"\\");
        wchar_t *path = windows_join(start, found.cFileName);
        if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) {
            folder_empty(path);
            RemoveDirectoryW(path);
        } else {
            DeleteFileW(path);
        }
        mem_free(start);
        mem_free(path);
    }
    if (search != INVALID_HANDLE_VALUE)
        FindClose(search);
}

static inline int folder_remove(void **state)
{
    wchar_t *full = windows_join(L"", opened->full);
    (void)state;
    os_dir_close(&opened);
    folder_empty(full);
    bool removed = RemoveDirectoryW(full);
    mem_free(full);
    return removed ? 0 : -1; /* a handle was left open */
}

/* Sets the list of what is open, and closes it. */
static inline void folder_protect(HANDLE handle, const wchar_t *sddl)
{
    PSECURITY_DESCRIPTOR sd = NULL;
    assert_true(handle != INVALID_HANDLE_VALUE);
    assert_true(
        ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1, &sd, NULL));
    assert_true(SetKernelObjectSecurity(handle, DACL_SECURITY_INFORMATION, sd));
    LocalFree(sd);
    CloseHandle(handle);
}

/* A file in the folder with an access list of its own. */
static inline void folder_write(const char *name, const void *data, size_t len, const wchar_t *sddl)
{
    wchar_t *path = NULL;
    DWORD put = 0;

    assert_int_equal(windows_name(opened, name, &path), 0);
    HANDLE file = CreateFileW(path, GENERIC_WRITE | WRITE_DAC, 0, NULL, CREATE_ALWAYS, 0, NULL);
    mem_free(path);
    assert_true(file != INVALID_HANDLE_VALUE);
    assert_true(WriteFile(file, data, (DWORD)len, &put, NULL) && put == len);
    folder_protect(file, sddl);
}

static inline void folder_mkdir(const char *name, const wchar_t *sddl)
{
    wchar_t *path = NULL;

    assert_int_equal(windows_name(opened, name, &path), 0);
    assert_true(CreateDirectoryW(path, NULL));
    folder_protect(CreateFileW(path, WRITE_DAC, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                               FILE_FLAG_BACKUP_SEMANTICS, NULL),
                   sddl);
    mem_free(path);
}

#define OWNER_ONLY L"D:P(A;;FA;;;OW)(A;;FA;;;SY)(A;;FA;;;BA)"
#define ALL_READ   OWNER_ONLY L"(A;;0x1200a9;;;WD)"
#define ALL_WRITE  OWNER_ONLY L"(A;;FA;;;WD)"

#endif
