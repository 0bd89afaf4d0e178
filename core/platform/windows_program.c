/* Running one program under a deadline on Windows; see os_run().  Must not know what the program is
 * for. */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "platform/windows_handles.h"

enum { INPUT_TO, OUTPUT_OF, ERRORS_OF, STREAMS };
enum { LINE_LEN = 240, LAST_READS = 64, LAST_WAIT_MS = 1000, CRASHED = 9, STATUS_MAX = 255 };

struct run {
    const struct os_program *program;
    struct os_program_end *end;
    struct windows_process process;
    struct windows_stream streams[STREAMS];
    size_t sent, sending;
    char line[LINE_LEN + 1]; /* of standard error, so far */
    size_t line_len;
};

/* -- starting --------------------------------------------------------------------------------- */

/* Of ours only what programs of Windows cannot do without; the words of other systems for the rest.
 */
static wchar_t *environment_for(const struct os_program *program)
{
    static const char *const kept[] = { "SystemRoot", "SystemDrive", "windir",
                                        "ComSpec",    "PATHEXT",     "ProgramData",
                                        "TEMP",       "TMP",         NULL };
    enum { MOST = 64 };
    const char *given[MOST + 2] = { NULL };
    char folder[MAX_PATH + 1] = "";
    struct buf path = BUF_MAX(4096);
    size_t count = 1;

    UINT len = GetSystemDirectoryA(folder, MAX_PATH);
    if (len == 0 || len >= MAX_PATH)
        return NULL;
    buf_printf(&path, "PATH=%s;", folder);
    GetWindowsDirectoryA(folder, MAX_PATH);
    buf_puts(&path, folder);
    given[0] = buf_text(&path);
    for (size_t i = 0; program->env && program->env[i] && i < MOST; i++)
        given[count++] = program->env[i];
    wchar_t *block = windows_environment(kept, given);
    buf_free(&path);
    return block;
}

/* Only programs: a batch file would have its arguments read by a shell, which no quoting stops. */
static bool is_program(const char *path)
{
    size_t len = strlen(path);
    return len > 4 && _stricmp(path + len - 4, ".exe") == 0;
}

static int refuse(const struct os_program *program)
{
    if (program->complain)
        program->complain(program->ctx, "only a program, NAME.exe, is run; a batch file would need "
                                        "a shell: name its interpreter, which is a program");
    return -ENOEXEC;
}

static int open_streams(struct run *run, HANDLE theirs[4])
{
    int rc = 0;
    if (run->program->input)
        rc = windows_stream_open(&run->streams[INPUT_TO], false, &theirs[INPUT_TO]);
    else
        theirs[INPUT_TO] = windows_nothing();
    if (rc == 0 && !theirs[INPUT_TO])
        rc = windows_last_error();
    if (rc == 0)
        rc = windows_stream_open(&run->streams[OUTPUT_OF], true, &theirs[OUTPUT_OF]);
    if (rc == 0)
        rc = windows_stream_open(&run->streams[ERRORS_OF], true, &theirs[ERRORS_OF]);
    return rc;
}

static int start(struct run *run)
{
    const struct os_program *program = run->program;
    HANDLE theirs[4] = { NULL };
    wchar_t *env = NULL;

    if (!os_path_is_absolute(program->argv[0]))
        return -ENOENT;
    if (!is_program(program->argv[0]))
        return refuse(program);
    int rc = open_streams(run, theirs);
    if (rc == 0) {
        env = environment_for(program);
        rc = env ? 0 : -ENOMEM;
    }
    if (rc == 0) {
        const struct windows_launch launch = { .program = program->argv[0],
                                               .argv = program->argv,
                                               .env = env,
                                               .stdio = { theirs[0], theirs[1], theirs[2] } };
        rc = windows_launch(&launch, &run->process);
    }
    mem_free(env);
    for (int i = 0; i < STREAMS; i++)
        windows_handle_close(&theirs[i]);
    return rc;
}

/* -- while it runs ---------------------------------------------------------------------------- */

/* One piece at a time; the end of it all is the end of the pipe. */
static void feed(struct run *run)
{
    struct windows_stream *in = &run->streams[INPUT_TO];
    DWORD put = 0;

    while (in->pipe) {
        if (in->pending && !GetOverlappedResult(in->pipe, &in->at, &put, FALSE)) {
            if (GetLastError() == ERROR_IO_INCOMPLETE)
                return;
            put = 0;
            run->sending = 0; /* nobody reads: */
            run->sent += strlen(run->program->input + run->sent);
        }
        run->sent += in->pending ? put : 0;
        in->pending = false;
        run->sending = strlen(run->program->input + run->sent);
        if (run->sending > sizeof(in->data))
            run->sending = sizeof(in->data);
        if (run->sending > 0)
            in->pending = WriteFile(in->pipe, run->program->input + run->sent, (DWORD)run->sending,
                                    NULL, &in->at) ||
                          GetLastError() == ERROR_IO_PENDING;
        if (!in->pending)
            windows_handle_close(&in->pipe);
    }
}

static void end_line(struct run *run)
{
    char escaped[TEXT_ESCAPED_MAX] = "";
    if (run->line_len > 0 && run->line[run->line_len - 1] == '\r')
        run->line_len--;
    if (run->line_len > 0 && run->program->complain)
        run->program->complain(run->program->ctx, text_escape(run->line, run->line_len, escaped));
    run->line_len = 0;
}

/* What is beyond LINE_LEN is dropped: half a secret at the start of another line would not be known
 * as one. */
static void take_complaint(struct run *run, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\n')
            end_line(run);
        else if (run->line_len < LINE_LEN)
            run->line[run->line_len++] = data[i];
    }
}

static void take_output(struct run *run, const char *data, size_t len)
{
    size_t room = run->program->cap - 1 - run->end->len;
    size_t taken = len < room ? len : room;
    memcpy(run->program->output + run->end->len, data, taken);
    run->end->len += taken;
}

/* False: there is nothing (more) to read now. */
static bool drink(struct run *run, int stream)
{
    struct windows_stream *from = &run->streams[stream];
    int got = windows_stream_read(from);
    if (got > 0 && stream == OUTPUT_OF)
        take_output(run, from->data, (size_t)got);
    else if (got > 0)
        take_complaint(run, from->data, (size_t)got);
    if (got > 0)
        mem_wipe(from->data, sizeof(from->data)); /* it may be a secret */
    return got > 0;
}

static bool has_ended(struct run *run, DWORD wait_ms)
{
    DWORD code = 0;
    if (WaitForSingleObject(run->process.process, wait_ms) != WAIT_OBJECT_0)
        return false;
    GetExitCodeProcess(run->process.process, &code);
    const bool crashed = windows_exception_name(code) != NULL;
    run->end->status = crashed ? -1 : code > STATUS_MAX ? STATUS_MAX : (int)code;
    run->end->signal = crashed ? CRASHED : 0;
    return true;
}

static void look(struct run *run, struct os_gate *stop, int64_t left_ms)
{
    HANDLE events[STREAMS + 2] = { run->process.process, windows_gate_event(stop) };
    DWORD count = 2;

    feed(run);
    bool more = drink(run, OUTPUT_OF);
    more = drink(run, ERRORS_OF) || more;
    for (int i = 0; i < STREAMS; i++) {
        if (windows_stream_event(&run->streams[i]))
            events[count++] = windows_stream_event(&run->streams[i]);
    }
    if (!more)
        WaitForMultipleObjects(count, events, FALSE,
                               left_ms > INT32_MAX ? INT32_MAX : (DWORD)left_ms);
}

static int attend(struct run *run, struct os_gate *stop, int64_t deadline_ms)
{
    int rc = 0;
    while (rc == 0 && !has_ended(run, 0)) {
        int64_t left = deadline_ms - os.boot_ms();
        if (os_gate_is_open(stop))
            rc = -ECANCELED;
        else if (left <= 0)
            rc = -ETIMEDOUT;
        else
            look(run, stop, left);
    }
    if (rc == 0)
        return 0;
    windows_process_kill(&run->process);
    has_ended(run, LAST_WAIT_MS);
    run->end->status = -1;
    run->end->signal = CRASHED;
    return rc;
}

int os_run(const struct os_program *program, struct os_gate *stop, int64_t deadline_ms,
           struct os_program_end *end)
{
    struct run run = { .program = program, .end = end };
    *end = (struct os_program_end){ .status = -1 };
    program->output[0] = '\0';
    int rc = start(&run);
    if (rc == 0) {
        rc = attend(&run, stop, deadline_ms);
        /* What it wrote last is still in the pipes; what it started may write for ever. */
        for (int i = 0; i < LAST_READS && drink(&run, OUTPUT_OF); i++)
            continue;
        for (int i = 0; i < LAST_READS && drink(&run, ERRORS_OF); i++)
            continue;
        end_line(&run);
    }
    program->output[end->len] = '\0';
    for (int i = 0; i < STREAMS; i++)
        windows_stream_close(&run.streams[i]);
    windows_process_close(&run.process, rc < 0);
    return rc;
}
