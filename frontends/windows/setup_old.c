/* The Domain Connect service for Windows keeps settings.txt beside its program.  Which folder that
 * is, the service manager knows. */
#include "windows/setup_dialog.h"

#include "base/mem.h"

enum { PATH_MAX_CHARS = 2048 };

static const wchar_t key[] = L"SYSTEM\\CurrentControlSet\\Services\\DomainConnectDDNSUpdate";
static const wchar_t file[] = L"settings.txt";

/* Cuts "C:\Program Files\x.exe" -option, with or without quotation marks, to its folder and the '\'
 * at its end. */
static bool to_folder(wchar_t *path)
{
    const bool quoted = path[0] == L'"';
    wchar_t *end = NULL;

    if (quoted)
        memmove(path, path + 1, wcslen(path) * sizeof(wchar_t));
    end = quoted ? wcschr(path, L'"') : wcsstr(path, L".exe");
    if (end)
        *end = L'\0';
    end = wcsrchr(path, L'\\');
    if (end)
        end[1] = L'\0';
    return end != NULL;
}

wchar_t *setup_old_settings(void)
{
    wchar_t *path = mem_new(PATH_MAX_CHARS + sizeof(file), sizeof(wchar_t));
    DWORD size = PATH_MAX_CHARS * sizeof(wchar_t);

    if (path &&
        RegGetValueW(HKEY_LOCAL_MACHINE, key, L"ImagePath", RRF_RT_REG_SZ /* expanded */, NULL,
                     path, &size) == ERROR_SUCCESS &&
        to_folder(path)) {
        wcscat_s(path, PATH_MAX_CHARS + sizeof(file), file);
        const DWORD is = GetFileAttributesW(path);
        if (is != INVALID_FILE_ATTRIBUTES && !(is & FILE_ATTRIBUTE_DIRECTORY))
            return path;
    }
    mem_free(path);
    return NULL;
}
