/* The part of posix.h that speaks with Windows.  open(), stat(), rename() and remove() are wrapped
 * by the linker: macros of these names would be members of struct os_calls too. */
#include "posix.h"

#include "platform/windows_handles.h"

#include <sddl.h>

#undef system
#undef chmod
#undef fstat
#undef tmpfile
#undef dup2

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st);
int __wrap_rename(const char *from, const char *to);
int __real_remove(const char *path);
int __wrap_remove(const char *path);

/* -- permission bits -------------------------------------------------------------------------- */

/* Who may write for the group may write for others: there is no group. */
static PSECURITY_DESCRIPTOR list_of(unsigned mode, bool directory)
{
    const char *down = directory ? "OICI" : "";
    PSECURITY_DESCRIPTOR sd = NULL;
    char text[160] = "";
    unsigned rights = (mode & 04 ? 0x120089U : 0) | (mode & 022 ? 0x120116U : 0) |
                      (mode & 01 ? 0x1200a0U : 0) | (directory && mode & 02 ? 0x40U : 0);
    int len = snprintf(text, sizeof(text), "D:P(A;%s;FA;;;OW)(A;%s;FA;;;SY)(A;%s;FA;;;BA)", down,
                       down, down);
    if (rights != 0)
        snprintf(text + len, sizeof(text) - (size_t)len, "(A;%s;0x%x;;;WD)", down, rights);
    ConvertStringSecurityDescriptorToSecurityDescriptorA(text, SDDL_REVISION_1, &sd, NULL);
    return sd;
}

int posix_chmod(const char *path, unsigned mode)
{
    DWORD attributes = GetFileAttributesA(path);
    if (attributes == INVALID_FILE_ATTRIBUTES) {
        errno = ENOENT;
        return -1;
    }
    PSECURITY_DESCRIPTOR sd = list_of(mode, attributes & FILE_ATTRIBUTE_DIRECTORY);
    bool set = sd && SetFileSecurityA(
                         path, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, sd);
    LocalFree(sd);
    errno = set ? errno : EACCES;
    return set ? 0 : -1;
}

int posix_fchmod(int fd, unsigned mode)
{
    char path[MAX_PATH] = "";
    DWORD len = GetFinalPathNameByHandleA((HANDLE)_get_osfhandle(fd), path, sizeof(path), 0);
    return len > 0 && len < sizeof(path) ? posix_chmod(path, mode) : -1;
}

static int tell_mode(HANDLE handle, struct stat *st)
{
    uint32_t uid = 0, mode = 0;
    int rc = windows_access_of(handle, S_ISDIR(st->st_mode), &uid, &mode);
    st->st_mode = (unsigned short)((st->st_mode & ~07777U) | mode);
    return rc == 0 ? 0 : -1;
}

int posix_fstat(int fd, struct stat *st)
{
    return fstat(fd, st) == 0 ? tell_mode((HANDLE)_get_osfhandle(fd), st) : -1;
}

int __wrap_stat(const char *path, struct stat *st)
{
    if (__real_stat(path, st) != 0)
        return -1;
    HANDLE handle = CreateFileA(path, READ_CONTROL | FILE_READ_ATTRIBUTES,
                                FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    int rc = handle == INVALID_HANDLE_VALUE ? -1 : tell_mode(handle, st);
    if (handle != INVALID_HANDLE_VALUE)
        CloseHandle(handle);
    return rc;
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list ap;
    va_start(ap, flags);
    const unsigned mode = flags & O_CREAT ? va_arg(ap, unsigned) : 0;
    va_end(ap);
    const bool made = flags & O_CREAT && _access(path, 0) != 0;
    int fd = __real_open(path, flags, _S_IREAD | _S_IWRITE);
    if (fd >= 0 && made)
        posix_chmod(path, mode);
    return fd;
}

int posix_socketpair(int ends[2])
{
    SOCKET pair[2] = { 0 };
    if (windows_socket_pair(pair) != 0)
        return -1;
    ends[0] = (int)pair[0];
    ends[1] = (int)pair[1];
    return 0;
}

int posix_dup2(int from, int to)
{
    return dup2(from, to) == 0 ? to : -1;
}

int posix_handles(void)
{
    DWORD count = 0;
    GetProcessHandleCount(GetCurrentProcess(), &count);
    return (int)count;
}

FILE *posix_tmpfile(void)
{
    char folder[MAX_PATH] = "", path[MAX_PATH] = "";
    GetTempPathA(sizeof(folder), folder);
    GetTempFileNameA(folder, "dcd", 0, path);
    return fopen(path, "w+bD"); /* gone when it is closed */
}

/* -- folders ---------------------------------------------------------------------------------- */

int __wrap_rename(const char *from, const char *to)
{
    return MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING) ? 0 : -1;
}

int __wrap_remove(const char *path)
{
    const DWORD attributes = GetFileAttributesA(path);
    const bool folder =
        attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY;
    return folder ? rmdir(path) : __real_remove(path);
}

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
    const bool temp = strncmp(pattern, "/tmp/", 5) == 0;
    const char drive[] = { (char)('A' + _getdrive() - 1), ':', '\0' };
    const char *before = temp ? "C:/windows/temp" : drive; /* others may write to Z:/tmp */
    const size_t cut = temp ? 4 : 0, len = strlen(pattern) - cut, more = strlen(before);
    memmove(pattern + more, pattern + cut, len + 1);
    memcpy(pattern, before, more);
    char *end = pattern + more + len - 6;
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
