/* Starting a program on Windows: its command line, its environment, what it inherits, and the job
 * that holds it and all it starts.  Must not know what the program is for. */
#include "platform/windows_handles.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

enum { LINE_MAX_LEN = 32766, ENVIRONMENT_MAX = 128 * 1024, FDS = 4 };

/* -- command line ----------------------------------------------------------------------------- */

/* Backslashes are themselves, but before a quote, where they are doubled. */
static void add_quoted(struct buf *line, const char *word)
{
    buf_putc(line, '"');
    for (const char *at = word; *at;) {
        size_t slashes = strspn(at, "\\");
        at += slashes;
        if (*at == '"' || *at == '\0')
            slashes = 2 * slashes + (*at == '"');
        for (size_t i = 0; i < slashes; i++)
            buf_putc(line, '\\');
        if (*at)
            buf_putc(line, *at++);
    }
    buf_putc(line, '"');
}

/* The first word is not taken apart: what is between quotes is it.  Some programs, cmd.exe among
 * them, take a '/' in it for the begin of a switch. */
static void add_program(struct buf *line, const char *path)
{
    buf_putc(line, '"');
    for (; *path; path++)
        buf_putc(line, *path == '/' ? '\\' : *path);
    buf_putc(line, '"');
}

char *windows_command_line(const char *const *argv)
{
    struct buf line = BUF_MAX(LINE_MAX_LEN);

    if (strchr(argv[0], '"'))
        return NULL;
    add_program(&line, argv[0]);
    for (size_t i = 1; argv[i]; i++) {
        buf_putc(&line, ' ');
        if (argv[i][0] && !strpbrk(argv[i], " \t\n\v\""))
            buf_puts(&line, argv[i]);
        else
            add_quoted(&line, argv[i]);
    }
    return buf_take(&line);
}

/* -- environment ------------------------------------------------------------------------------ */

static void add_wide(struct buf *block, const char *text, size_t len)
{
    char *part = mem_strndup(text, len);
    wchar_t *wide = part ? windows_wide(part) : NULL;
    if (wide)
        buf_add(block, wide, wcslen(wide) * sizeof(*wide));
    else
        block->failed = true;
    mem_free(wide);
    mem_free(part);
}

static bool is_given(const char *name, const char *const *given)
{
    size_t len = strlen(name);
    for (size_t i = 0; given && given[i]; i++) {
        if (_strnicmp(given[i], name, len) == 0 && given[i][len] == '=')
            return true;
    }
    return false;
}

static void add_kept(struct buf *block, const char *name)
{
    static const wchar_t mark = L'=', end = L'\0';
    wchar_t *wide = windows_wide(name);
    DWORD size = wide ? GetEnvironmentVariableW(wide, NULL, 0) : 0;
    wchar_t *value = size > 0 ? mem_new(size, sizeof(*value)) : NULL;
    DWORD len = value ? GetEnvironmentVariableW(wide, value, size) : 0;

    if (value && len < size) {
        add_wide(block, name, strlen(name));
        buf_add(block, &mark, sizeof(mark));
        buf_add(block, value, len * sizeof(*value));
        buf_add(block, &end, sizeof(end));
    }
    mem_free(value);
    mem_free(wide);
}

wchar_t *windows_environment(const char *const *kept, const char *const *given)
{
    static const wchar_t end[2] = { 0 };
    struct buf block = BUF_MAX(ENVIRONMENT_MAX);

    for (size_t i = 0; given && given[i]; i++) {
        add_wide(&block, given[i], strlen(given[i]));
        buf_add(&block, end, sizeof(end[0]));
    }
    for (size_t i = 0; kept[i]; i++) {
        if (!is_given(kept[i], given))
            add_kept(&block, kept[i]);
    }
    buf_add(&block, end, sizeof(end));
    void *made = buf_take(&block);
    return made;
}

/* -- starting --------------------------------------------------------------------------------- */

/* How C libraries of Windows hand down descriptors beyond the first three: their count, a byte of
 * flags each, then the handles. */
static WORD lay_out(const HANDLE stdio[FDS], BYTE out[sizeof(int) + FDS + FDS * sizeof(HANDLE)])
{
    enum { IS_OPEN = 0x01, IS_PIPE = 0x08, IS_DEVICE = 0x40 };
    const int count = FDS;

    memcpy(out, &count, sizeof(count));
    out[sizeof(count)] = IS_OPEN | IS_DEVICE;
    for (size_t i = 1; i < FDS; i++)
        out[sizeof(count) + i] = IS_OPEN | IS_PIPE;
    memcpy(out + sizeof(count) + FDS, stdio, FDS * sizeof(HANDLE));
    return sizeof(count) + FDS + FDS * sizeof(HANDLE);
}

/* Killed as a whole when the last handle of it is closed, ours or the system's for us. */
static HANDLE new_job(void)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = { 0 };
    HANDLE job = CreateJobObjectW(NULL, NULL);

    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    if (job &&
        !SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits)))
        windows_handle_close(&job);
    return job;
}

static int create(const struct windows_launch *launch, STARTUPINFOEXW *info, wchar_t *line,
                  PROCESS_INFORMATION *made)
{
    const DWORD flags = CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP |
                        CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT;
    wchar_t folder[MAX_PATH] = L"", *program = windows_wide(launch->program);
    union { /* nothing is changed there */
        const wchar_t *given;
        void *taken;
    } env = { .given = launch->env };
    int rc = program ? 0 : -ENOMEM;

    /* A place that everybody may read and nobody of no rank may write. */
    UINT len = GetSystemDirectoryW(folder, MAX_PATH);
    /* No box that waits for somebody to press a button: it is inherited. */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    if (rc == 0 &&
        !CreateProcessW(program, line, NULL, NULL, TRUE, flags, env.taken,
                        len > 0 && len < MAX_PATH ? folder : NULL, &info->StartupInfo, made))
        rc = windows_last_error();
    mem_free(program);
    return rc;
}

/* It gets these handles, and of the others that can be inherited none. */
static int create_with(const struct windows_launch *launch, wchar_t *line,
                       PROCESS_INFORMATION *made)
{
    BYTE handed_down[sizeof(int) + FDS + FDS * sizeof(HANDLE)] = { 0 };
    HANDLE listed[FDS] = { NULL };
    DWORD count = 0;
    SIZE_T size = 0;
    STARTUPINFOEXW info = { .StartupInfo = { .cb = sizeof(info),
                                             .dwFlags = STARTF_USESTDHANDLES,
                                             .lpDesktop = launch->desktop,
                                             .hStdInput = launch->stdio[0],
                                             .hStdOutput = launch->stdio[1],
                                             .hStdError = launch->stdio[2] } };

    for (size_t i = 0; i < FDS; i++) {
        if (launch->stdio[i] && (i == 0 || launch->stdio[i] != launch->stdio[i - 1]))
            listed[count++] = launch->stdio[i];
    }
    if (launch->stdio[OS_CHILD_FD]) {
        info.StartupInfo.cbReserved2 = lay_out(launch->stdio, handed_down);
        info.StartupInfo.lpReserved2 = handed_down;
    }
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    info.lpAttributeList = mem_new(1, size);
    if (!info.lpAttributeList)
        return -ENOMEM;
    int rc = -ENOMEM;
    if (InitializeProcThreadAttributeList(info.lpAttributeList, 1, 0, &size)) {
        rc = UpdateProcThreadAttribute(info.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
                                       listed, count * sizeof(listed[0]), NULL, NULL)
                 ? create(launch, &info, line, made)
                 : windows_last_error();
        DeleteProcThreadAttributeList(info.lpAttributeList);
    }
    mem_free(info.lpAttributeList);
    return rc;
}

int windows_launch(const struct windows_launch *launch, struct windows_process *process)
{
    PROCESS_INFORMATION made = { 0 };
    char *line = windows_command_line(launch->argv);
    wchar_t *wide = line ? windows_wide(line) : NULL;
    int rc = line ? -ENOMEM : -E2BIG;

    *process = (struct windows_process){ .job = wide ? new_job() : NULL };
    if (process->job)
        rc = create_with(launch, wide, &made);
    mem_free(wide);
    mem_free(line);
    if (rc == 0) {
        process->process = made.hProcess;
        process->pid = made.dwProcessId;
        /* Before its first instruction, so that nothing it starts is left out. */
        if (!AssignProcessToJobObject(process->job, made.hProcess)) {
            rc = windows_last_error();
            TerminateProcess(made.hProcess, 1);
        }
        ResumeThread(made.hThread);
        CloseHandle(made.hThread);
    }
    if (rc < 0)
        windows_process_close(process, true);
    return rc;
}

void windows_process_kill(const struct windows_process *process)
{
    TerminateJobObject(process->job, 1);
    TerminateProcess(process->process, 1);
}

void windows_process_close(struct windows_process *process, bool whole)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION none = { 0 };
    if (process->job && !whole)
        SetInformationJobObject(process->job, JobObjectExtendedLimitInformation, &none,
                                sizeof(none));
    windows_handle_close(&process->job);
    windows_handle_close(&process->process);
}

/* -- ends ------------------------------------------------------------------------------------- */

const char *windows_exception_name(DWORD code)
{
    static const struct {
        DWORD code;
        const char *name;
    } names[] = {
        { 0xC0000005, "ACCESS_VIOLATION" },
        { 0xC0000006, "IN_PAGE_ERROR" },
        { 0xC000001D, "ILLEGAL_INSTRUCTION" },
        { 0xC0000025, "NONCONTINUABLE_EXCEPTION" },
        { 0xC000008C, "ARRAY_BOUNDS_EXCEEDED" },
        { 0xC000008E, "FLOAT_DIVIDE_BY_ZERO" },
        { 0xC0000094, "INTEGER_DIVIDE_BY_ZERO" },
        { 0xC0000096, "PRIVILEGED_INSTRUCTION" },
        { 0xC00000FD, "STACK_OVERFLOW" },
        { 0xC0000135, "DLL_NOT_FOUND" },
        { 0xC000013A, "CONTROL_C_EXIT" },
        { 0xC0000142, "DLL_INIT_FAILED" },
        { 0xC0000374, "HEAP_CORRUPTION" },
        { 0xC0000409, "STACK_BUFFER_OVERRUN" },
        { 0x80000003, "BREAKPOINT" },
        { 0x80000004, "SINGLE_STEP" },
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].code == code)
            return names[i].name;
    }
    return code >= 0xC0000000 && code != UINT32_MAX ? "EXCEPTION" : NULL;
}
