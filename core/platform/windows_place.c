/* Where things are kept on Windows: known folders, the program's own folder; and the browser. */
#include <errno.h>
#include <string.h>

#include <objbase.h>
#include <shellapi.h>
#include <shlobj.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "platform/windows.h"

/* The two that are asked for, so that no library of GUIDs is needed. */
static const GUID program_data = {
    0x62ab5d82, 0xfdc1, 0x4dc3, { 0xa9, 0xdd, 0x07, 0x0d, 0x1d, 0x49, 0x5d, 0x97 }
};
static const GUID local_app_data = {
    0xf1b32785, 0x6fba, 0x4fcf, { 0x9d, 0x55, 0x7b, 0x8e, 0x7f, 0x15, 0x70, 0x91 }
};

static char *below(const GUID *folder, const char *name)
{
    struct buf path = BUF_MAX(1 << 16);
    wchar_t *wide = NULL;
    char *made = NULL;

    if (SHGetKnownFolderPath(folder, KF_FLAG_DONT_VERIFY, NULL, &wide) == S_OK) {
        char *shown = windows_path_shown(wide);
        if (shown) {
            buf_printf(&path, "%s/%s", shown, name);
            made = buf_take(&path);
        }
        mem_free(shown);
    }
    CoTaskMemFree(wide);
    return made;
}

/* "C:/Program Files/dcddns" + "/" + NAME.  Not where a link to the program is. */
static char *beside_program(const char *name)
{
    enum { LONGEST = 32768 };
    struct buf path = BUF_MAX(1 << 17);
    wchar_t *wide = mem_new(LONGEST, sizeof(*wide));
    DWORD len = wide ? GetModuleFileNameW(NULL, wide, LONGEST) : 0;
    char *shown = len > 0 && len < LONGEST ? windows_path_shown(wide) : NULL;
    char *real = shown ? os_real_path(shown) : NULL;
    char *slash = real ? strrchr(real, '/') : NULL;

    if (slash)
        buf_printf(&path, "%.*s/%s", (int)(slash - real), real, name);
    mem_free(wide);
    mem_free(shown);
    mem_free(real);
    return slash ? buf_take(&path) : NULL;
}

static char *ca_beside_program(void)
{
    char *path = beside_program("ca-bundle.crt");
    if (path && !os_path_is_missing(path))
        return path;
    mem_free(path);
    return NULL;
}

static char *known(enum os_place place)
{
    const bool root = os_is_root();

    switch (place) {
    case OS_PLACE_CONFIG:
        return root ? below(&program_data, "dcddns/config") : below(&local_app_data, "dcddns");
    case OS_PLACE_STATE:
        return root ? below(&program_data, "dcddns/state") : below(&local_app_data, "dcddns/state");
    case OS_PLACE_RUNTIME:
        return root ? below(&program_data, "dcddns/state") : below(&local_app_data, "dcddns");
    case OS_PLACE_SESSION:
        return below(&local_app_data, "dcddns");
    case OS_PLACE_MODULES:
        return beside_program("plugins");
    case OS_PLACE_CA:
        return ca_beside_program();
    }
    return NULL;
}

/* What the build was told to use, for the places that are the same for all. */
static bool is_given(enum os_place place, const char *system)
{
    const bool own = place == OS_PLACE_MODULES || place == OS_PLACE_CA;
    return system && os_path_is_absolute(system) &&
           (own || (os_is_root() && place != OS_PLACE_SESSION));
}

char *os_place(enum os_place place, const char *system)
{
    if (is_given(place, system))
        return mem_strdup(system);
    char *path = known(place);
    /* Without a profile there is no folder; a system's name that is no path is none either. */
    return path || !system || !os_path_is_absolute(system) ? path : mem_strdup(system);
}

const char *os_place_words(enum os_place place)
{
    const bool root = os_is_root();

    switch (place) {
    case OS_PLACE_CONFIG:
        return root ? "%ProgramData%/dcddns/config" : "%LOCALAPPDATA%/dcddns";
    case OS_PLACE_STATE:
        return root ? "%ProgramData%/dcddns/state" : "%LOCALAPPDATA%/dcddns/state";
    case OS_PLACE_MODULES:
        return "plugins beside the program";
    default:
        return NULL;
    }
}

/* -- browser ---------------------------------------------------------------------------------- */

/* The station of a service has no screen. */
static bool has_desktop(void)
{
    USEROBJECTFLAGS flags = { 0 };
    return GetUserObjectInformationW(GetProcessWindowStation(), UOI_FLAGS, &flags, sizeof(flags),
                                     NULL) &&
           flags.dwFlags & WSF_VISIBLE;
}

static bool show(const wchar_t *url)
{
    if (!has_desktop())
        return false;
    HRESULT com = CoInitializeEx(NULL, COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE);
    const INT_PTR said = (INT_PTR)ShellExecuteW(NULL, L"open", url, NULL, NULL, SW_SHOWNORMAL);
    if (SUCCEEDED(com))
        CoUninitialize();
    return said > 32; /* at most that: the number of an error */
}

bool (*windows_show)(const wchar_t *url) = show;

/* The shell would start a program for other schemes, and programs split what they are given. */
static bool is_plain_url(const char *url)
{
    if (!text_starts_with(url, "https://"))
        return false;
    for (; *url; url++) {
        if (*url <= ' ' || *url >= 0x7f || strchr("\"'<>\\^`{|}", *url))
            return false;
    }
    return true;
}

bool os_browser_open(const char *url)
{
    wchar_t *wide = is_plain_url(url) ? windows_wide(url) : NULL;
    bool shown = wide && windows_show(wide);
    mem_free(wide);
    return shown;
}
