/* The part of posix.h that speaks with Windows. */
#include "posix.h"

#include <windows.h>

#include <sddl.h>

#undef system

/* As what the program makes itself: its owner, SYSTEM and the administrators. */
static bool make_private(const char *path)
{
    SECURITY_ATTRIBUTES how = { .nLength = sizeof(how) };
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
            L"D:P(A;OICI;FA;;;OW)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", SDDL_REVISION_1,
            &how.lpSecurityDescriptor, NULL))
        return false;
    bool made = CreateDirectoryA(path, &how);
    LocalFree(how.lpSecurityDescriptor);
    return made;
}

char *mkdtemp(char *pattern)
{
    static LONG turn;
    size_t len = strlen(pattern) + 1;
    memmove(pattern + 2, pattern, len);
    pattern[0] = (char)('A' + _getdrive() - 1);
    pattern[1] = ':';
    char *end = pattern + 2 + len - 1 - 6;
    for (int i = 0; i < 1000; i++) {
        unsigned number = GetCurrentProcessId() * 977U + (unsigned)InterlockedIncrement(&turn);
        for (int digit = 0; digit < 6; digit++, number /= 26)
            end[digit] = (char)('a' + number % 26);
        if (make_private(pattern))
            return pattern;
    }
    return NULL;
}

static int remove_tree(const char *path)
{
    char below[MAX_PATH] = "";
    WIN32_FIND_DATAA found = { 0 };
    snprintf(below, sizeof(below), "%s/*", path);
    HANDLE search = FindFirstFileA(below, &found);
    for (bool more = search != INVALID_HANDLE_VALUE; more; more = FindNextFileA(search, &found)) {
        if (strcmp(found.cFileName, ".") == 0 || strcmp(found.cFileName, "..") == 0)
            continue;
        snprintf(below, sizeof(below), "%s/%s", path, found.cFileName);
        if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            remove_tree(below);
        else
            DeleteFileA(below);
    }
    if (search != INVALID_HANDLE_VALUE)
        FindClose(search);
    return RemoveDirectoryA(path) ? 0 : 1;
}

int posix_system(const char *command)
{
    static const char begin[] = "rm -rf '";
    char path[MAX_PATH] = "";
    size_t len = strlen(command);
    if (strncmp(command, begin, sizeof(begin) - 1) != 0 || len >= sizeof(path) ||
        command[len - 1] != '\'')
        return 127;
    memcpy(path, command + sizeof(begin) - 1, len - sizeof(begin));
    return remove_tree(path);
}
