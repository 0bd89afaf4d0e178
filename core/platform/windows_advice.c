/* What to do next, in the words of Windows. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "platform/windows.h"

const char *os_root_name(void)
{
    return "an administrator";
}

/* The owner of the folder that PATH is in, as icacls takes it. */
static void name_heir(const char *path, char *name, size_t cap)
{
    struct error ignored = { 0 };
    const char *file = NULL;
    struct os_dir *dir = os_dir_of(path, 0, &file, &ignored);
    wchar_t *sid = dir ? windows_owner_text(dir->handle) : NULL;
    char *text = sid ? windows_utf8(sid) : NULL;

    snprintf(name, cap, "*%s", text ? text : "S-1-5-32-544");
    mem_free(text);
    mem_free(sid);
    os_dir_close(&dir);
}

const char *os_advice(enum os_advice what, const char *path, char text[static OS_ADVICE_MAX])
{
    char heir[200] = "";

    text[0] = '\0';
    switch (what) {
    case OS_ADVICE_SHUT:
        snprintf(text, OS_ADVICE_MAX,
                 "icacls \"%s\" /setowner *S-1-5-32-544, then: icacls \"%s\" /reset, in a folder "
                 "that only administrators may write to",
                 path, path);
        break;
    case OS_ADVICE_PRIVATE:
        snprintf(text, OS_ADVICE_MAX,
                 "icacls \"%s\" /inheritance:r /grant:r *S-1-3-4:F *S-1-5-18:F *S-1-5-32-544:F",
                 path);
        break;
    case OS_ADVICE_INHERIT:
        name_heir(path, heir, sizeof(heir));
        snprintf(text, OS_ADVICE_MAX, "icacls \"%s\" /reset, then: icacls \"%s\" /setowner %s",
                 path, path, heir);
        break;
    case OS_ADVICE_SECRET:
        snprintf(text, OS_ADVICE_MAX,
                 "correct that with: icacls \"%s\" /inheritance:r /grant:r *S-1-3-4:F "
                 "*S-1-5-18:F *S-1-5-32-544:F, and for the service: icacls \"%s\" /grant \"NT "
                 "SERVICE\\dcddns:R\"",
                 path, path);
        break;
    case OS_ADVICE_LESS:
        snprintf(text, OS_ADVICE_MAX,
                 "use the service, which runs with fewer rights: dcddns service install");
        break;
    case OS_ADVICE_START:
        snprintf(text, OS_ADVICE_MAX, "dcddns service install, then: dcddns service start");
        break;
    case OS_ADVICE_RELOAD:
        snprintf(text, OS_ADVICE_MAX, "dcddns reload");
        break;
    case OS_ADVICE_LOG:
        snprintf(text, OS_ADVICE_MAX,
                 "The service keeps one: service.log in the folder of its "
                 "state.");
        break;
    }
    return text;
}
