/* This program once more, as a child that may crash or hang, on Windows: what it tells, what it
 * prints, how it ends.  Knows nothing of what the child is for. */
#include <errno.h>
#include <io.h>
#include <string.h>

#include "base/mem.h"
#include "platform/child_lines.h"
#include "platform/windows_handles.h"

enum { TOLD_MOST = 1024, LAST_MS = 5000 };

struct child_pipe {
    struct windows_stream from;
    size_t kept, used; /* of FROM.DATA: not yet read by child_read() */
};

struct os_child {
    struct child_said said;
    struct windows_process process;
    HDESK desktop; /* where nobody looks, or NULL: there is none to be had */
    struct child_pipe told, printed;
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

struct child_said *child_said(struct os_child *child)
{
    return &child->said;
}

int64_t child_read(struct os_child *child, const struct child_lines *lines, void *out, size_t room)
{
    struct child_pipe *pipe = lines == &child->said.told ? &child->told : &child->printed;

    if (pipe->used == pipe->kept) {
        const int got = windows_stream_read(&pipe->from);
        if (got <= 0)
            return 0;
        pipe->kept = (size_t)got;
        pipe->used = 0;
    }
    const size_t left = pipe->kept - pipe->used, more = left < room ? left : room;
    memcpy(out, pipe->from.data + pipe->used, more);
    pipe->used += more;
    return (int64_t)more;
}

int64_t child_now_ms(void)
{
    return windows_boot_ms();
}

void child_pause(const struct os_child *child, int64_t ms)
{
    const struct windows_stream *both[2] = { &child->told.from, &child->printed.from };
    HANDLE events[3] = { child->process.process };
    DWORD count = 1;

    for (size_t i = 0; i < 2; i++) {
        if (windows_stream_event(both[i]))
            events[count++] = windows_stream_event(both[i]);
    }
    WaitForMultipleObjects(count, events, FALSE, (DWORD)ms);
}

void child_look(struct os_child *child)
{
    child->said.ended =
        child->said.ended || WaitForSingleObject(child->process.process, 0) == WAIT_OBJECT_0;
}

struct os_ending os_child_end(struct os_child **at)
{
    struct os_child *child = *at;
    struct os_ending ending = { 0 };
    DWORD code = 0;

    child_look(child);
    ending.killed = !child->said.ended;
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
        int wrote = _write(OS_CHILD_FD, line, len < TOLD_MOST ? (unsigned)len : TOLD_MOST);
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
