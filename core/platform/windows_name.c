/* Names of files on Windows: which ones are plain names, and paths in the form that the system
 * takes as it is ("\\?\"), without devices, streams and limits of length.  Opens nothing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "platform/windows.h"

enum { NAME_LONGEST = 255, PATH_LONGEST = 32000, STAR = 0xf02a /* as others keep a '*' */ };

static bool equal_folded(const wchar_t *a, const wchar_t *b, size_t len)
{
    return CompareStringOrdinal(a, (int)len, b, (int)len, TRUE) == CSTR_EQUAL;
}

/* With "\\?\" a name such as "con.example.com" is a file; the bare names are devices to too many
 * other programs. */
static bool is_device(const wchar_t *name, size_t len)
{
    static const wchar_t *const bare[] = { L"CON", L"PRN", L"AUX", L"NUL", L"CONIN$", L"CONOUT$" };
    static const wchar_t digits[] = L"0123456789\u00b9\u00b2\u00b3";

    for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++) {
        if (wcslen(bare[i]) == len && equal_folded(name, bare[i], len))
            return true;
    }
    return len == 4 && (equal_folded(name, L"COM", 3) || equal_folded(name, L"LPT", 3)) &&
           wcschr(digits, name[3]);
}

static int check(wchar_t *name)
{
    size_t len = wcslen(name);

    if (len > NAME_LONGEST)
        return -ENAMETOOLONG;
    for (size_t i = 0; i < len; i++) {
        if (name[i] < 0x20 || wcschr(L"<>:\"/\\|?", name[i]))
            return -EINVAL;
        if (name[i] == L'*')
            name[i] = STAR;
    }
    if (len == 0 || name[len - 1] == L'.' || name[len - 1] == L' ' || is_device(name, len))
        return -EINVAL;
    return 0;
}

int windows_name(const struct os_dir *dir, const char *name, wchar_t **out)
{
    wchar_t *wide = NULL;

    *out = NULL;
    int rc = windows_to_wide(name, &wide);
    if (rc == 0)
        rc = check(wide);
    if (rc == 0) {
        size_t first = wcslen(dir->full), second = wcslen(wide);
        *out = mem_new(first + second + 2, sizeof(**out));
        rc = *out ? 0 : -ENOMEM;
        if (*out) {
            memcpy(*out, dir->full, first * sizeof(**out));
            (*out)[first] = L'\\';
            memcpy(*out + first + 1, wide, second * sizeof(**out));
        }
    }
    mem_free(wide);
    return rc;
}

void windows_name_shown(wchar_t *name)
{
    for (; *name; name++) {
        if (*name == STAR)
            *name = L'*';
    }
}

/* Without what GetFullPathName() puts before devices; "\\server" needs a word of its own. */
static int prefix(const wchar_t *full, wchar_t **out)
{
    if (wcsncmp(full, L"\\\\.\\", 4) == 0)
        return -EINVAL;
    if (wcsncmp(full, L"\\\\?\\", 4) == 0)
        *out = windows_join(L"", full);
    else if (full[0] == L'\\' && full[1] == L'\\')
        *out = windows_join(L"\\\\?\\UNC\\", full + 2);
    else
        *out = windows_join(L"\\\\?\\", full);
    return *out ? 0 : -ENOMEM;
}

static int make_full(const wchar_t *wide, wchar_t **out)
{
    DWORD size = GetFullPathNameW(wide, 0, NULL, NULL);
    if (size == 0)
        return windows_last_error();
    if (size > PATH_LONGEST)
        return -ENAMETOOLONG;
    wchar_t *full = mem_new((size_t)size + 1, sizeof(*full));
    int rc = full ? 0 : -ENOMEM;
    if (rc == 0) {
        DWORD len = GetFullPathNameW(wide, size + 1, full, NULL);
        rc = len == 0 || len > size ? -EINVAL : prefix(full, out);
    }
    mem_free(full);
    return rc;
}

/* "C:x" is in a directory that each drive has of its own; another ':' names a stream. */
static bool is_plain_path(const char *path)
{
    const char *at = strncmp(path, "\\\\?\\", 4) == 0 ? path + 4 : path;
    const char *colon = strchr(at, ':');

    if (strpbrk(at, "*?\"<>|"))
        return false;
    return !colon || (colon == at + 1 && (at[2] == '/' || at[2] == '\\') && !strchr(at + 2, ':'));
}

int windows_path(const char *path, wchar_t **out)
{
    wchar_t *wide = NULL;

    *out = NULL;
    if (path[0] == '\0')
        return -ENOENT;
    if (!is_plain_path(path))
        return -EINVAL;
    int rc = windows_to_wide(path, &wide);
    if (rc == 0)
        rc = make_full(wide, out);
    mem_free(wide);
    return rc;
}

char *windows_path_shown(const wchar_t *full)
{
    bool unc = wcsncmp(full, L"\\\\?\\UNC\\", 8) == 0;
    wchar_t *bare = unc                                 ? windows_join(L"\\\\", full + 8)
                    : wcsncmp(full, L"\\\\?\\", 4) == 0 ? windows_join(L"", full + 4)
                                                        : windows_join(L"", full);
    char *shown = bare ? windows_utf8(bare) : NULL;

    for (char *at = shown; at && *at; at++) {
        if (*at == '\\')
            *at = '/';
    }
    mem_free(bare);
    return shown;
}
