/* This program once more, as a child that may crash or hang, on Windows: what it tells, what it
 * prints, how it ends.  Knows nothing of what the child is for. */
#include <errno.h>
#include <io.h>
#include <string.h>

#include "base/mem.h"
#include "platform/windows_handles.h"

enum { LINE_SIZE = 1024, SLICE_MS = 50, LAST_MS = 5000 };

struct lines { /* one pipe, cut into lines */
    struct windows_stream from;
    char data[LINE_SIZE];
    size_t len;
    size_t kept, used; /* of FROM.DATA: not yet in DATA */
};

struct os_child {
    struct windows_process process;
    HDESK desktop; /* where nobody looks, or NULL: there is none to be had */
    bool ended;
    struct lines told, printed;
};

/* Little of the environment. */
static wchar_t *environment_of_child(void)
{
    static const char *const kept[] = { "PATH",        "SystemRoot", "SystemDrive",  "windir",
                                        "ComSpec",     "PATHEXT",    "TEMP",         "TMP",
                                        "USERPROFILE", "APPDATA",    "LOCALAPPDATA", "ProgramData",
                                        "LANG",        "TZ",         "USERNAME",     NULL };
    return windows_environment(kept, NULL);
}

static char *own_program(void)
{
    enum { PATH_SIZE = 32768 };
    wchar_t *path = mem_new(PATH_SIZE, sizeof(*path));
    char *text = NULL;

    if (!path)
        return NULL;
    DWORD len = GetModuleFileNameW(NULL, path, PATH_SIZE);
    if (len > 0 && len < PATH_SIZE)
        text = windows_utf8(path);
    mem_free(path);
    return text;
}

static int launch(struct os_child *child, const char *const *argv, const HANDLE theirs[4])
{
    wchar_t desktop[] = L"dcddns-check";
    char *program = own_program();
    wchar_t *env = environment_of_child();
    int rc = -ENOMEM;

    /* What a module shows is for nobody: the user's desktop is not to hear of this. */
    child->desktop = CreateDesktopW(desktop, NULL, NULL, 0, GENERIC_ALL, NULL);
    if (program && env) {
        const struct windows_launch launch = { .program = program,
                                               .argv = argv,
                                               .env = env,
                                               .stdio = { theirs[0], theirs[1], theirs[1],
                                                          theirs[OS_CHILD_FD] },
                                               .desktop = child->desktop ? desktop : NULL };
        rc = windows_launch(&launch, &child->process);
    }
    mem_free(program);
    mem_free(env);
    return rc;
}

static void child_free(struct os_child *child)
{
    windows_stream_close(&child->told.from);
    windows_stream_close(&child->printed.from);
    windows_process_close(&child->process, true);
    if (child->desktop)
        CloseDesktop(child->desktop);
    mem_free(child);
}

struct os_child *os_child_start(const char *const *argv, struct error *err)
{
    struct os_child *child = mem_new(1, sizeof(*child));
    HANDLE theirs[4] = { NULL };
    int rc = -ENOMEM;

    if (child) {
        theirs[0] = windows_nothing();
        rc = theirs[0] ? windows_stream_open(&child->printed.from, true, &theirs[1])
                       : windows_last_error();
        if (rc == 0)
            rc = windows_stream_open(&child->told.from, true, &theirs[OS_CHILD_FD]);
        if (rc == 0)
            rc = launch(child, argv, theirs);
    }
    for (int i = 0; i < 4; i++)
        windows_handle_close(&theirs[i]);
    if (rc == 0)
        return child;
    error_set(err, ERR_LOCAL, "dcddns cannot start itself once more: %s", os_strerror(rc));
    if (child)
        child_free(child);
    return NULL;
}

/* The next whole line of what was read, or all of it when there will be no more. */
static bool cut_line(struct lines *lines, bool last, char *line, size_t cap)
{
    const char *end = memchr(lines->data, '\n', lines->len);
    size_t len = end ? (size_t)(end - lines->data) : lines->len;

    if (!end && lines->len < sizeof(lines->data) && !(last && lines->len > 0))
        return false;
    const size_t used = end ? len + 1 : len;
    if (len > 0 && lines->data[len - 1] == '\r') /* as this system ends lines */
        len--;
    size_t shown = len < cap - 1 ? len : cap - 1;
    memcpy(line, lines->data, shown);
    line[shown] = '\0';
    memmove(lines->data, lines->data + used, lines->len - used);
    lines->len -= used;
    return true;
}

/* False: nothing came. */
static bool read_more(struct lines *lines)
{
    if (lines->used == lines->kept) {
        int got = windows_stream_read(&lines->from);
        if (got <= 0)
            return false;
        lines->kept = (size_t)got;
        lines->used = 0;
    }
    size_t room = sizeof(lines->data) - lines->len, more = lines->kept - lines->used;
    if (more > room)
        more = room;
    memcpy(lines->data + lines->len, lines->from.data + lines->used, more);
    lines->len += more;
    lines->used += more;
    return true;
}

static bool next_line(struct lines *lines, bool last, char *line, size_t cap)
{
    while (!cut_line(lines, false, line, cap)) {
        if (!read_more(lines))
            return cut_line(lines, last, line, cap);
    }
    return true;
}

static void pause_for(const struct os_child *child, DWORD ms)
{
    const struct windows_stream *both[2] = { &child->told.from, &child->printed.from };
    HANDLE events[3] = { child->process.process };
    DWORD count = 1;

    for (size_t i = 0; i < 2; i++) {
        if (windows_stream_event(both[i]))
            events[count++] = windows_stream_event(both[i]);
    }
    WaitForMultipleObjects(count, events, FALSE, ms);
}

static void look(struct os_child *child)
{
    child->ended = child->ended || WaitForSingleObject(child->process.process, 0) == WAIT_OBJECT_0;
}

enum os_child_event os_child_next(struct os_child *child, int64_t timeout_ms, char *line,
                                  size_t cap)
{
    const int64_t until = os.boot_ms() + timeout_ms;
    for (;;) {
        const bool last = child->ended; /* before reading: what it wrote is there by then */
        if (next_line(&child->told, last, line, cap))
            return OS_CHILD_TOLD;
        if (next_line(&child->printed, last, line, cap))
            return OS_CHILD_PRINTED;
        if (last)
            return OS_CHILD_ENDED;
        if (os.boot_ms() >= until)
            return OS_CHILD_SILENT;
        pause_for(child, SLICE_MS);
        look(child);
    }
}

struct os_ending os_child_end(struct os_child **at)
{
    struct os_child *child = *at;
    struct os_ending ending = { 0 };
    DWORD code = 0;

    look(child);
    ending.killed = !child->ended;
    windows_process_kill(&child->process); /* what it left behind too */
    WaitForSingleObject(child->process.process, LAST_MS);
    if (!GetExitCodeProcess(child->process.process, &code))
        ending.status = -1;
    else if (ending.killed)
        ending.signal = "KILL";
    else
        ending.signal = windows_exception_name(code);
    if (!ending.signal && ending.status == 0)
        ending.status = (int)code;
    child_free(child);
    *at = NULL;
    return ending;
}

bool os_child_tell(const char *line)
{
    size_t len = strlen(line);
    while (len > 0) {
        int wrote = _write(OS_CHILD_FD, line, len < LINE_SIZE ? (unsigned)len : LINE_SIZE);
        if (wrote <= 0)
            return false;
        line += wrote;
        len -= (size_t)wrote;
    }
    return true;
}

/* Its job does that. */
void os_die_with_parent(void)
{
}
