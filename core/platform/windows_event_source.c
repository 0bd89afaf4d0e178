/* The source of the Event Log: a key of the registry that names the DLL with the texts.  Whoever
 * installs registers it; the notifier `eventlog` writes with or without. */
#include "platform/windows_handles.h"

#include <string.h>

#include "base/mem.h"

static const wchar_t key_path[] =
    L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\dcddns";
static const wchar_t texts[] = L"dcddns-events.dll";
enum { PATH_SIZE = 32768, CATEGORIES = 4, ALL_TYPES = 7 /* errors, warnings, information */ };

static LSTATUS put_number(HKEY key, const wchar_t *name, DWORD value)
{
    return RegSetValueExW(key, name, 0, REG_DWORD, (const BYTE *)&value, sizeof(value));
}

static LSTATUS put_path(HKEY key, const wchar_t *name, const wchar_t *path)
{
    return RegSetValueExW(key, name, 0, REG_EXPAND_SZ, (const BYTE *)path,
                          (DWORD)((wcslen(path) + 1) * sizeof(*path)));
}

static LSTATUS put_source(const wchar_t *path)
{
    HKEY key = NULL;
    LSTATUS rc =
        RegCreateKeyExW(HKEY_LOCAL_MACHINE, key_path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL);

    if (rc != ERROR_SUCCESS)
        return rc;
    rc = put_path(key, L"EventMessageFile", path);
    if (rc == ERROR_SUCCESS)
        rc = put_path(key, L"CategoryMessageFile", path);
    if (rc == ERROR_SUCCESS)
        rc = put_number(key, L"CategoryCount", CATEGORIES);
    if (rc == ERROR_SUCCESS)
        rc = put_number(key, L"TypesSupported", ALL_TYPES);
    RegCloseKey(key);
    return rc;
}

/* PATH, of PATH_SIZE, becomes that of the DLL beside this program. */
static bool find_texts(wchar_t *path)
{
    DWORD len = GetModuleFileNameW(NULL, path, PATH_SIZE);

    while (len > 0 && path[len - 1] != L'\\')
        len--;
    if (len == 0 || len + sizeof(texts) / sizeof(texts[0]) > PATH_SIZE)
        return false;
    memcpy(path + len, texts, sizeof(texts));
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

int windows_event_source_add(void)
{
    wchar_t *path = mem_new(PATH_SIZE, sizeof(*path));
    LSTATUS rc = ERROR_NOT_ENOUGH_MEMORY;

    if (path)
        rc = find_texts(path) ? put_source(path) : ERROR_FILE_NOT_FOUND;
    mem_free(path);
    return rc == ERROR_SUCCESS ? 0 : windows_error((DWORD)rc);
}

int windows_event_source_remove(void)
{
    const LSTATUS rc = RegDeleteKeyW(HKEY_LOCAL_MACHINE, key_path);

    return rc == ERROR_SUCCESS || rc == ERROR_FILE_NOT_FOUND ? 0 : windows_error((DWORD)rc);
}
