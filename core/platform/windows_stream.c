/* Pipes to programs we started, with an end that does not wait: the system's unnamed pipes always
 * do, so these have names that nobody else can have. */
#include "platform/windows_handles.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

enum { NAME_SIZE = 96, PIPE_SIZE = 64 * 1024, TRIES = 4 };

static HANDLE new_pipe(bool inbound, wchar_t name[NAME_SIZE])
{
    static atomic_uint count;
    unsigned long long salt = 0;

    if (os.random(&salt, sizeof(salt)) < 0)
        return NULL;
    swprintf(name, NAME_SIZE, L"\\\\.\\pipe\\dcddns-run-%lu-%u-%llx", GetCurrentProcessId(),
             atomic_fetch_add(&count, 1), salt);
    HANDLE pipe = CreateNamedPipeW(name,
                                   (inbound ? PIPE_ACCESS_INBOUND : PIPE_ACCESS_OUTBOUND) |
                                       FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                                   PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT |
                                       PIPE_REJECT_REMOTE_CLIENTS,
                                   1, PIPE_SIZE, PIPE_SIZE, 0, NULL);
    return pipe == INVALID_HANDLE_VALUE ? NULL : pipe;
}

int windows_stream_open(struct windows_stream *stream, bool inbound, HANDLE *theirs)
{
    SECURITY_ATTRIBUTES heritable = { .nLength = sizeof(heritable), .bInheritHandle = TRUE };
    wchar_t name[NAME_SIZE] = L"";

    *theirs = NULL;
    stream->at.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!stream->at.hEvent)
        return -ENOMEM;
    for (int i = 0; i < TRIES && !stream->pipe; i++)
        stream->pipe = new_pipe(inbound, name);
    if (!stream->pipe)
        return windows_last_error();
    *theirs = CreateFileW(name, inbound ? GENERIC_WRITE | FILE_READ_ATTRIBUTES : GENERIC_READ, 0,
                          &heritable, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    if (*theirs != INVALID_HANDLE_VALUE)
        return 0;
    *theirs = NULL;
    return windows_last_error();
}

static void stop(struct windows_stream *stream)
{
    DWORD count = 0;
    if (!stream->pending)
        return;
    CancelIoEx(stream->pipe, &stream->at);
    GetOverlappedResult(stream->pipe, &stream->at, &count, TRUE);
    stream->pending = false;
}

void windows_stream_close(struct windows_stream *stream)
{
    stop(stream);
    windows_handle_close(&stream->pipe);
    windows_handle_close(&stream->at.hEvent);
}

HANDLE windows_stream_event(const struct windows_stream *stream)
{
    return stream->pending ? stream->at.hEvent : NULL;
}

/* The end: nobody has the other end any more. */
static int end(struct windows_stream *stream)
{
    stream->pending = false;
    windows_handle_close(&stream->pipe);
    return -1;
}

int windows_stream_read(struct windows_stream *stream)
{
    DWORD got = 0;

    if (!stream->pipe)
        return -1;
    if (!stream->pending) {
        stream->pending =
            ReadFile(stream->pipe, stream->data, sizeof(stream->data), NULL, &stream->at) ||
            GetLastError() == ERROR_IO_PENDING;
        if (!stream->pending)
            return end(stream);
    }
    if (!GetOverlappedResult(stream->pipe, &stream->at, &got, FALSE))
        return GetLastError() == ERROR_IO_INCOMPLETE ? 0 : end(stream);
    stream->pending = false;
    return (int)got;
}

HANDLE windows_nothing(void)
{
    SECURITY_ATTRIBUTES heritable = { .nLength = sizeof(heritable), .bInheritHandle = TRUE };
    HANDLE handle = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                &heritable, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    return handle == INVALID_HANDLE_VALUE ? NULL : handle;
}
