/* The control channel on Windows: a named pipe, whose name is made of the path that is a socket's
 * on other systems.  Must not know what is said through it. */
#include "platform/windows_handles.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sddl.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

enum {
    NAME_MAX_LEN = 300,
    SHOWN_MAX = 1024,
    BACKLOG = 16,
    PUMPS_MAX = 64, /* connections at a time; more wait to be let in */
    PIPE_SIZE = 64 * 1024,
    LOOK_MS = 100,
    BUSY_MS = 2000, /* how long who connects waits for a place */
    LINGER_MS = 2000
};

struct knock { /* a connection nobody has accepted yet */
    int fd;
    struct os_peer peer;
};

struct os_listener {
    wchar_t name[NAME_MAX_LEN];
    PSECURITY_DESCRIPTOR sd;
    HANDLE next; /* the instance the next client will find */
    HANDLE connected;
    SOCKET wake[2]; /* [0] is readable when somebody knocks */
    struct os_queue *knocks;
    struct os_gate *stop;
    struct os_thread *thread;
};

/* Of pipes whose name is made of a path. */
static const wchar_t hashed[] = L"\\\\.\\pipe\\dcddns-";

/* -- names ------------------------------------------------------------------------------------ */

/* One place has one name, however it is spelt. */
static int spell_place(const char *path, char **out)
{
    wchar_t *wide = windows_wide(path), full[NAME_MAX_LEN * 4] = L"";
    DWORD len = wide ? GetFullPathNameW(wide, sizeof(full) / sizeof(full[0]), full, NULL) : 0;

    mem_free(wide);
    if (len == 0 || len >= sizeof(full) / sizeof(full[0]))
        return -ENAMETOOLONG;
    CharLowerBuffW(full, len);
    *out = windows_utf8(full);
    return *out ? 0 : -ENOMEM;
}

/* \\.\pipe\... is taken as it is. */
static int name_of(const char *path, wchar_t name[NAME_MAX_LEN])
{
    uint8_t hash[32] = { 0 };
    char *place = NULL;
    int rc = spell_place(path, &place);

    if (rc == 0 && text_starts_with(place, "\\\\.\\pipe\\")) {
        wchar_t *wide = windows_wide(place);
        rc = wide && wcslen(wide) < NAME_MAX_LEN ? 0 : -ENAMETOOLONG;
        if (rc == 0)
            wcscpy_s(name, NAME_MAX_LEN, wide);
        mem_free(wide);
    } else if (rc == 0 && os_sha256(place, strlen(place), hash) == 0) {
        int len = swprintf(name, NAME_MAX_LEN, L"%ls", hashed);
        for (int i = 0; i < 16; i++)
            len += swprintf(name + len, NAME_MAX_LEN - (size_t)len, L"%02x", hash[i]);
    } else if (rc == 0) {
        rc = -EIO;
    }
    mem_free(place);
    return rc;
}

/* What programs and people find it by: "PATH (\\\\.\\pipe\\dcddns-...)", or the pipe alone when
 * that is what PATH names. */
static const char *shown(const char *path, char text[static SHOWN_MAX])
{
    wchar_t name[NAME_MAX_LEN] = L"";
    char *pipe = name_of(path, name) == 0 ? windows_utf8(name) : NULL;

    if (!pipe)
        snprintf(text, SHOWN_MAX, "%s", path);
    else if (wcsncmp(name, hashed, sizeof(hashed) / sizeof(hashed[0]) - 1) == 0)
        snprintf(text, SHOWN_MAX, "%s (%s)", path, pipe);
    else
        snprintf(text, SHOWN_MAX, "%s", pipe);
    mem_free(pipe);
    return text;
}

/* Who may connect: the system, administrators, our own user, and everybody who is logged in at this
 * computer when we are the service.  None of these but the first three may make an instance. */
static PSECURITY_DESCRIPTOR access_list(void)
{
    BYTE own[SECURITY_MAX_SID_SIZE] = { 0 };
    wchar_t text[512] = L"", *sid = NULL;
    PSECURITY_DESCRIPTOR sd = NULL;

    if (!windows_own_sid(own) || !ConvertSidToStringSidW(own, &sid))
        return NULL;
    swprintf(text, sizeof(text) / sizeof(text[0]), L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;%ls)%ls",
             sid, windows_is_service() ? L"(A;;0x12019b;;;IU)" : L"");
    LocalFree(sid);
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &sd, NULL))
        return NULL;
    return sd;
}

/* -- listening -------------------------------------------------------------------------------- */

static HANDLE new_instance(const struct os_listener *listener, bool first)
{
    SECURITY_ATTRIBUTES attributes = { .nLength = sizeof(attributes),
                                       .lpSecurityDescriptor = listener->sd };
    HANDLE pipe = CreateNamedPipeW(
        listener->name,
        PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | (first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0U),
        PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
        PIPE_UNLIMITED_INSTANCES, PIPE_SIZE, PIPE_SIZE, 0, &attributes);
    return pipe == INVALID_HANDLE_VALUE ? NULL : pipe;
}

/* 0: somebody connected; -EAGAIN: and is gone; -ECANCELED: the listener ends. */
static int wait_for_client(struct os_listener *listener)
{
    HANDLE events[2] = { windows_gate_event(listener->stop), listener->connected };
    OVERLAPPED at = { .hEvent = listener->connected };
    DWORD none = 0;

    if (ConnectNamedPipe(listener->next, &at) || GetLastError() == ERROR_PIPE_CONNECTED)
        return os_gate_is_open(listener->stop) ? -ECANCELED : 0;
    if (GetLastError() != ERROR_IO_PENDING) {
        DisconnectNamedPipe(listener->next);
        return os_gate_is_open(listener->stop) ? -ECANCELED : -EAGAIN;
    }
    WaitForMultipleObjects(2, events, FALSE, INFINITE);
    if (os_gate_is_open(listener->stop))
        CancelIoEx(listener->next, &at);
    BOOL connected = GetOverlappedResult(listener->next, &at, &none, TRUE);
    if (os_gate_is_open(listener->stop))
        return -ECANCELED;
    if (connected)
        return 0;
    DisconnectNamedPipe(listener->next);
    return -EAGAIN;
}

/* What is connected keeps the name ours until there is another instance.  NULL: the listener ends.
 */
static HANDLE next_instance(struct os_listener *listener)
{
    HANDLE next = new_instance(listener, false);
    int ready = 0;

    while (!next && os_gate_wait(listener->stop, UINTPTR_MAX, 0, LOOK_MS, &ready))
        next = new_instance(listener, false);
    return next;
}

static void admit(struct os_listener *listener, HANDLE pipe)
{
    struct knock knock = { .peer = windows_pipe_peer(pipe) };

    knock.fd = windows_pump_start(pipe, listener);
    if (knock.fd < 0) {
        log_warn("control pipe: a program cannot be let in: %s", os_strerror(knock.fd));
        return;
    }
    if (os_queue_put(listener->knocks, &knock))
        (void)send(listener->wake[1], "", 1, 0);
    else
        os_local_close(knock.fd);
}

static void serve(void *arg)
{
    struct os_listener *listener = arg;
    int rc = 0, ready = 0;

    while (rc != -ECANCELED) {
        rc = wait_for_client(listener);
        while (rc == 0 && windows_pumps_of(listener) >= PUMPS_MAX) {
            if (!os_gate_wait(listener->stop, UINTPTR_MAX, 0, LOOK_MS, &ready))
                rc = -ECANCELED;
        }
        if (rc != 0)
            continue;
        HANDLE pipe = listener->next;
        listener->next = next_instance(listener);
        if (!listener->next)
            rc = -ECANCELED;
        admit(listener, pipe);
    }
}

/* Not every system keeps the promise of a first instance. */
static bool is_taken(const wchar_t *name)
{
    return WaitNamedPipeW(name, 1) || GetLastError() != ERROR_FILE_NOT_FOUND;
}

static int listen_now(struct os_listener *listener, const char *path)
{
    int rc = name_of(path, listener->name);
    if (rc == 0 && is_taken(listener->name))
        rc = -EBUSY;
    if (rc == 0)
        rc = windows_socket_pair(listener->wake);
    if (rc < 0)
        return rc;
    listener->sd = access_list();
    listener->connected = CreateEventW(NULL, TRUE, FALSE, NULL);
    listener->stop = os_gate_new();
    listener->knocks = os_queue_new(sizeof(struct knock), BACKLOG);
    if (!listener->sd || !listener->connected || !listener->stop || !listener->knocks)
        return -ENOMEM;
    listener->next = new_instance(listener, true);
    if (!listener->next)
        return windows_last_error();
    listener->thread = os_thread_start("control pipe", serve, listener);
    return listener->thread ? 0 : -ENOMEM;
}

struct os_listener *os_listener_open(const char *path, uint32_t uid, uint32_t gid,
                                     struct error *err)
{
    struct os_listener *listener = mem_new(1, sizeof(*listener));
    char name[SHOWN_MAX] = "";
    int rc = -ENOMEM;
    (void)uid;
    (void)gid;

    if (listener) {
        listener->wake[0] = listener->wake[1] = INVALID_SOCKET;
        rc = listen_now(listener, path);
    }
    if (rc == 0)
        return listener;
    if (rc == -EACCES || rc == -EBUSY)
        error_set(err, ERR_LOCAL, "%s: another daemon listens there; name another place",
                  shown(path, name));
    else
        error_set(err, ERR_LOCAL, "cannot listen at %s: %s", shown(path, name), os_strerror(rc));
    os_listener_close(&listener);
    return NULL;
}

int os_listener_fd(const struct os_listener *listener)
{
    return (int)listener->wake[0];
}

int os_listener_accept(struct os_listener *listener, struct os_peer *peer)
{
    struct knock knock = { 0 };
    char byte = 0;

    *peer = (struct os_peer){ .uid = UINT32_MAX };
    if (recv(listener->wake[0], &byte, 1, 0) != 1 || !os_queue_take(listener->knocks, &knock, 0))
        return -EAGAIN;
    *peer = knock.peer;
    return knock.fd;
}

void os_listener_close(struct os_listener **listener)
{
    struct os_listener *l = *listener;
    struct knock knock = { 0 };

    if (!l)
        return;
    if (l->stop)
        os_gate_open(l->stop);
    os_thread_join(&l->thread);
    windows_handle_close(&l->next);
    while (l->knocks && os_queue_take(l->knocks, &knock, 0))
        os_local_close(knock.fd);
    windows_pumps_end(l, LINGER_MS);
    os_queue_free(&l->knocks);
    os_gate_free(&l->stop);
    windows_handle_close(&l->connected);
    windows_socket_close(&l->wake[0]);
    windows_socket_close(&l->wake[1]);
    LocalFree(l->sd);
    mem_free(l);
    *listener = NULL;
}

/* -- connecting ------------------------------------------------------------------------------- */

/* Less than GENERIC_WRITE, which would include making instances; and who listens may know us, not
 * act as us. */
static HANDLE open_pipe(const wchar_t *name)
{
    HANDLE pipe = CreateFileW(
        name, GENERIC_READ | FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES, 0, NULL, OPEN_EXISTING,
        FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
    return pipe == INVALID_HANDLE_VALUE ? NULL : pipe;
}

/* All instances are taken for a moment when several connect at once. */
static HANDLE connect_within(const wchar_t *name, int64_t timeout_ms)
{
    const int64_t until = (int64_t)GetTickCount64() + timeout_ms;
    HANDLE pipe = open_pipe(name);

    while (!pipe && GetLastError() == ERROR_PIPE_BUSY && (int64_t)GetTickCount64() < until) {
        WaitNamedPipeW(name, LOOK_MS);
        pipe = open_pipe(name);
    }
    return pipe;
}

static int cannot_connect(const char *path, int rc, struct error *err)
{
    char name[SHOWN_MAX] = "";

    shown(path, name);
    if (rc == -EACCES || rc == -EPERM)
        return error_set(err, ERR_PERM,
                         "%s: only administrators, the daemon's own user and, when it is the "
                         "service, who is logged in at this computer may connect",
                         name);
    if (rc == -EBUSY)
        return error_set(err, ERR_LOCAL, "%s: the daemon lets nobody in; see its log", name);
    if (rc == -ENOENT)
        return error_set(err, ERR_TEMP, "no daemon listens at %s", name);
    return error_set(err, ERR_TEMP, "%s: %s", name, os_strerror(rc));
}

int os_local_connect(const char *path, struct error *err)
{
    wchar_t name[NAME_MAX_LEN] = L"";
    char words[SHOWN_MAX] = "";
    int rc = name_of(path, name);

    if (rc < 0)
        return cannot_connect(path, rc, err);
    HANDLE pipe = connect_within(name, BUSY_MS);
    if (!pipe)
        return cannot_connect(path, windows_last_error(), err);
    if (!windows_pipe_trusted(pipe)) {
        CloseHandle(pipe);
        return error_set(err, ERR_PERM,
                         "%s: who listens there is neither the service nor of your own user; it is "
                         "not told anything",
                         shown(path, words));
    }
    int fd = windows_pump_start(pipe, NULL);
    return fd >= 0 ? fd : cannot_connect(path, fd, err);
}
