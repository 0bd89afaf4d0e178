/* A hidden program and its lines; see child.h. */
#include "windows/child.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "platform/os.h"

enum { STEP = 4096, KILLED = 143 };

struct child {
    HWND to;
    WPARAM id;
    PROCESS_INFORMATION process;
    HANDLE job, out, err; /* ends that we read */
    struct os_thread *lines, *words;
};

/* The ends of three pipes that the child gets. */
struct ends {
    HANDLE in, out, err;
};

static void close_handle(HANDLE *handle)
{
    if (*handle)
        CloseHandle(*handle);
    *handle = NULL;
}

/* -- reading ---------------------------------------------------------------------------------- */

static void post(const struct child *child, UINT message, const char *text, size_t len)
{
    while (len > 0 && text[len - 1] == '\r')
        len--;
    char *copy = mem_strndup(text, len);
    if (copy && !PostMessageW(child->to, message, child->id, (LPARAM)copy))
        mem_free(copy);
}

/* Posts whole lines; what is left is kept in BUF. */
static void post_lines(const struct child *child, UINT message, struct buf *buf)
{
    size_t done = 0;

    for (const char *end = memchr(buf->data, '\n', buf->len); end;
         end = memchr(buf->data + done, '\n', buf->len - done)) {
        post(child, message, buf->data + done, (size_t)(end - buf->data) - done);
        done = (size_t)(end - buf->data) + 1;
    }
    buf->len -= done;
    memmove(buf->data, buf->data + done, buf->len);
}

static void read_all(const struct child *child, HANDLE from, UINT message)
{
    struct buf buf = BUF_MAX(CHILD_LINE_MAX);
    char data[STEP];
    DWORD got = 0;

    while (ReadFile(from, data, sizeof(data), &got, NULL) && got > 0) {
        buf_add(&buf, data, got);
        if (!buf_ok(&buf)) { /* no line of ours is that long */
            buf_free(&buf);
            buf = (struct buf)BUF_MAX(CHILD_LINE_MAX);
            continue;
        }
        post_lines(child, message, &buf);
    }
    if (buf.len > 0)
        post(child, message, buf.data, buf.len);
    buf_free(&buf);
}

static void read_words(void *arg)
{
    const struct child *child = arg;
    read_all(child, child->err, CHILD_WORDS);
}

static void read_lines(void *arg)
{
    struct child *child = arg;
    DWORD status = KILLED;

    read_all(child, child->out, CHILD_LINE);
    os_thread_join(&child->words);
    WaitForSingleObject(child->process.hProcess, INFINITE);
    GetExitCodeProcess(child->process.hProcess, &status);
    PostMessageW(child->to, CHILD_END, child->id, (LPARAM)status);
}

/* -- starting --------------------------------------------------------------------------------- */

static bool make_pipe(HANDLE *theirs, HANDLE *ours, bool they_read)
{
    SECURITY_ATTRIBUTES inherit = { .nLength = sizeof(inherit), .bInheritHandle = TRUE };
    HANDLE *const from = they_read ? theirs : ours, *const to = they_read ? ours : theirs;

    return CreatePipe(from, to, &inherit, CHILD_INPUT_MAX + STEP) &&
           SetHandleInformation(*ours, HANDLE_FLAG_INHERIT, 0);
}

/* Ends with us, and takes what it started with it. */
static HANDLE new_job(void)
{
    HANDLE job = CreateJobObjectW(NULL, NULL);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
        .BasicLimitInformation = { .LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE }
    };

    if (job &&
        !SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits)))
        close_handle(&job);
    return job;
}

/* It gets these three handles and no other. */
static LPPROC_THREAD_ATTRIBUTE_LIST new_list(struct ends *ends)
{
    SIZE_T size = 0;

    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    LPPROC_THREAD_ATTRIBUTE_LIST list = mem_new(1, size);
    if (list && InitializeProcThreadAttributeList(list, 1, 0, &size) &&
        UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, ends, sizeof(*ends),
                                  NULL, NULL))
        return list;
    mem_free(list);
    return NULL;
}

static bool create(struct child *child, const wchar_t *command, struct ends *ends)
{
    STARTUPINFOEXW start = { .StartupInfo = { .cb = sizeof(start),
                                              .dwFlags = STARTF_USESTDHANDLES,
                                              .hStdInput = ends->in,
                                              .hStdOutput = ends->out,
                                              .hStdError = ends->err } };
    wchar_t *line = mem_new(wcslen(command) + 1, sizeof(wchar_t)); /* Windows writes to it */
    bool good = false;

    start.lpAttributeList = new_list(ends);
    if (line && start.lpAttributeList) {
        memcpy(line, command, wcslen(command) * sizeof(wchar_t));
        good = CreateProcessW(NULL, line, NULL, NULL, TRUE,
                              CREATE_NO_WINDOW | CREATE_SUSPENDED | EXTENDED_STARTUPINFO_PRESENT,
                              NULL, NULL, &start.StartupInfo, &child->process);
    }
    const DWORD code = GetLastError();
    if (start.lpAttributeList)
        DeleteProcThreadAttributeList(start.lpAttributeList);
    mem_free(start.lpAttributeList);
    mem_free(line);
    SetLastError(code);
    return good;
}

/* Less than a pipe holds: does not wait. */
static void give(HANDLE to, const char *input)
{
    DWORD done = 0;
    if (input)
        WriteFile(to, input, (DWORD)strlen(input), &done, NULL);
}

static bool start_reading(struct child *child)
{
    child->words = os_thread_start("child-words", read_words, child);
    if (child->words)
        child->lines = os_thread_start("child-lines", read_lines, child);
    return child->lines != NULL;
}

static bool start(struct child *child, const wchar_t *command, const char *input)
{
    struct ends ends = { 0 };
    HANDLE to = NULL;
    bool good = false;

    child->job = new_job();
    if (child->job && make_pipe(&ends.in, &to, true) && make_pipe(&ends.out, &child->out, false) &&
        make_pipe(&ends.err, &child->err, false) && create(child, command, &ends)) {
        good = AssignProcessToJobObject(child->job, child->process.hProcess) &&
               ResumeThread(child->process.hThread) != (DWORD)-1;
        if (!good)
            TerminateProcess(child->process.hProcess, KILLED);
    }
    const DWORD code = GetLastError();
    if (good)
        give(to, input);
    close_handle(&ends.in);
    close_handle(&ends.out);
    close_handle(&ends.err);
    close_handle(&to);
    SetLastError(code);
    return good && start_reading(child);
}

struct child *child_start(HWND to, WPARAM id, const wchar_t *command, const char *input,
                          DWORD *code)
{
    struct child *child = mem_new(1, sizeof(*child));

    *code = ERROR_NOT_ENOUGH_MEMORY;
    if (!child)
        return NULL;
    child->to = to;
    child->id = id;
    if (start(child, command, input))
        return child;
    *code = GetLastError();
    child_free(&child);
    return NULL;
}

/* -- ending ----------------------------------------------------------------------------------- */

DWORD child_pid(const struct child *child)
{
    return child->process.dwProcessId;
}

void child_kill(struct child *child)
{
    TerminateJobObject(child->job, KILLED);
}

bool child_ask_to_end(const struct child *child)
{
    FreeConsole();
    if (!AttachConsole(child->process.dwProcessId))
        return false;
    SetConsoleCtrlHandler(NULL, TRUE); /* not for us */
    const bool asked = GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
    FreeConsole();
    return asked;
}

bool child_wait(const struct child *child, DWORD timeout_ms)
{
    return WaitForSingleObject(child->process.hProcess, timeout_ms) == WAIT_OBJECT_0;
}

void child_free(struct child **child)
{
    struct child *c = *child;

    if (!c)
        return;
    if (c->process.hProcess)
        child_kill(c);
    if (c->lines)
        os_thread_join(&c->lines); /* which waits for the other */
    else if (c->words)
        os_thread_join(&c->words);
    close_handle(&c->process.hProcess);
    close_handle(&c->process.hThread);
    close_handle(&c->out);
    close_handle(&c->err);
    close_handle(&c->job);
    mem_free(c);
    *child = NULL;
}
