/* Between the files of this room on Windows: threads, sockets, pipes, processes, the service. */
#ifndef DCDDNS_PLATFORM_WINDOWS_HANDLES_H
#define DCDDNS_PLATFORM_WINDOWS_HANDLES_H

#include "platform/os.h"
#include "platform/windows.h"

/* A thread that nobody waits for; false when the system has no more. */
bool windows_thread_detached(const char *name, void (*run)(void *), void *arg);
/* Manual-reset; signalled once the gate is open. */
HANDLE windows_gate_event(const struct os_gate *);
/* Two connected stream sockets, non-blocking and inherited by nobody: 0 or -errno. */
int windows_socket_pair(SOCKET pair[2]);
/* Closes it when it is one, and forgets it. */
void windows_socket_close(SOCKET *);
/* The same for a handle: NULL and INVALID_HANDLE_VALUE are none. */
void windows_handle_close(HANDLE *);

/* Who is at the other end of PIPE, as the system says. */
struct os_peer windows_pipe_peer(HANDLE pipe);
/* The process that listens at PIPE is the service, the system's, an administrator's or our own
 * user's. */
bool windows_pipe_trusted(HANDLE pipe);
/* Carries bytes between PIPE, which becomes the pump's, and the descriptor that is returned, until
 * that is closed by os_local_close(); or -errno.  OWNER is whose pumps windows_pumps_end() waits
 * for, or NULL. */
int windows_pump_start(HANDLE pipe, const void *owner);
/* False when FD is no pump's. */
bool windows_pump_leave(int fd);
/* How many of OWNER's live. */
int windows_pumps_of(const void *owner);
/* Waits at most TIMEOUT_MS until what was written to OWNER's closed descriptors is carried; pumps
 * that go on are nobody's then. */
void windows_pumps_end(const void *owner, int64_t timeout_ms);

/* Posted to os_signals_next() from any thread; lost when nobody catches signals. */
void windows_signal_post(enum os_signal);
/* Posts OS_SIGNAL_STOP, and waits at most WITHIN_MS until signals are not caught any more, which is
 * near the end of the program. */
void windows_signal_stop(DWORD within_ms);
/* The clock was set, or the machine woke up: to os_clock_watch_open(). */
void windows_clock_post(void);

/* This process was started by the service manager, and os_service_run() has begun. */
bool windows_is_service(void);

/* Registers the source "dcddns" of the Event Log with the texts beside this program; -ENOENT: there
 * are none.  0 or -errno; removing what is not there is 0. */
int windows_event_source_add(void);
int windows_event_source_remove(void);

/* Everything on the way is kept open without DELETE, so that it stays as it was judged. */
enum { WINDOWS_WAY_DEPTH = 64 };
struct windows_way {
    const char *rule; /* what is asked for, for people */
    HANDLE open[WINDOWS_WAY_DEPTH];
    size_t count;
};
/* FULL is of windows_path(), a file; each part must be on this machine, no link, and nobody else's
 * to write.  0, or -1 with ERR; windows_way_leave() after both. */
int windows_way_walk(struct windows_way *, wchar_t *full, struct error *err);
/* The same for any absolute path. */
int windows_way_to(struct windows_way *, const char *path, struct error *err);
void windows_way_leave(struct windows_way *);

/* Makes the folder PATH for the service that runs as ACCOUNT; what an administrator, or an account
 * of the service, has there already is given to it.  0 or -errno; -EACCES: the folder above can be
 * written by others; -EPERM: part of it is another user's; ERR says which, for these two. */
enum windows_place_kind { WINDOWS_PLACE_STATE, WINDOWS_PLACE_CONFIG };
int windows_service_place(enum windows_place_kind, const char *path, PSID account,
                          struct error *err);
/* Owner and access list of what is in such a place; LocalFree() it; NULL with GetLastError(). */
PSECURITY_DESCRIPTOR windows_service_list(enum windows_place_kind, const wchar_t *account,
                                          bool directory);
/* Tests replace it: not every system that runs this keeps access lists.  0 or -errno. */
extern int (*windows_give)(HANDLE, PSECURITY_DESCRIPTOR);

/* What the service manager asks (SERVICE_CONTROL_*), WHAT being its event type. */
DWORD windows_service_control(DWORD control, DWORD what);

/* A program that is started: no window, no console of ours, in a job that is killed as one. */
struct windows_process {
    HANDLE process, job;
    DWORD pid;
};
struct windows_launch {
    const char *program;     /* absolute path */
    const char *const *argv; /* NULL-ended */
    const wchar_t *env;      /* a block, as CreateProcessW() wants it */
    HANDLE stdio[4];         /* inheritable; the fourth is OS_CHILD_FD, or NULL */
    wchar_t *desktop;        /* or NULL */
};
/* 0 or -errno. */
int windows_launch(const struct windows_launch *, struct windows_process *);
/* Kills it and all that it started. */
void windows_process_kill(const struct windows_process *);
/* WHOLE: what it started is killed too; else that goes on. */
void windows_process_close(struct windows_process *, bool whole);
/* Name of the exception that ended a process with exit status CODE, or NULL when it ended. */
const char *windows_exception_name(DWORD code);
/* The command line that CommandLineToArgvW() and the C libraries take apart into ARGV; mem_ memory,
 * NULL when it would be too long. */
char *windows_command_line(const char *const *argv);
/* Environment block of the variables named in KEPT (NULL-ended, of ours) and the "NAME=value" of
 * GIVEN (NULL-ended, or NULL), which win. */
wchar_t *windows_environment(const char *const *kept, const char *const *given);

/* One direction of a pipe, with our end overlapped. */
struct windows_stream {
    HANDLE pipe; /* ours; NULL = closed */
    OVERLAPPED at;
    bool pending;
    char data[4096];
};
/* THEIRS is inheritable.  INBOUND: we read.  0 or -errno. */
int windows_stream_open(struct windows_stream *, bool inbound, HANDLE *theirs);
void windows_stream_close(struct windows_stream *);
/* Reads without waiting: the count in DATA, 0 = nothing yet, -1 = the end. */
int windows_stream_read(struct windows_stream *);
/* Event to wait for; NULL when nothing is under way. */
HANDLE windows_stream_event(const struct windows_stream *);
/* NUL, inheritable, for reading. */
HANDLE windows_nothing(void);

#endif
