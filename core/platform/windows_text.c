/* UTF-8 and UTF-16, at the edge of the system.  Must not know what the text means. */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "platform/windows.h"

enum { TEXT_MAX = 1 << 24 }; /* bytes; no path, name or argument is as long */

int windows_to_wide(const char *text, wchar_t **wide)
{
    size_t len = strlen(text);

    *wide = NULL;
    if (len > TEXT_MAX)
        return -ENOMEM;
    int size = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, (int)len + 1, NULL, 0);
    if (size <= 0)
        return -EILSEQ;
    wchar_t *made = mem_new((size_t)size, sizeof(*made));
    if (!made)
        return -ENOMEM;
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, (int)len + 1, made, size);
    *wide = made;
    return 0;
}

wchar_t *windows_wide(const char *text)
{
    wchar_t *wide = NULL;
    windows_to_wide(text, &wide);
    return wide;
}

char *windows_utf8(const wchar_t *wide)
{
    size_t len = wcslen(wide);
    if (len > TEXT_MAX)
        return NULL;
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, (int)len + 1, NULL, 0, NULL, NULL);
    char *made = size > 0 ? mem_new((size_t)size, 1) : NULL;
    if (made)
        WideCharToMultiByte(CP_UTF8, 0, wide, (int)len + 1, made, size, NULL, NULL);
    return made;
}

wchar_t *windows_join(const wchar_t *a, const wchar_t *b)
{
    size_t first = wcslen(a), second = wcslen(b);
    wchar_t *made = mem_new(first + second + 1, sizeof(*made));
    if (!made)
        return NULL;
    memcpy(made, a, first * sizeof(*made));
    memcpy(made + first, b, (second + 1) * sizeof(*made));
    return made;
}
