/* The operating system behind one small header: clocks, random, files, threads, waiting, modules,
 * signals, service manager, browser.  Whole files per system implement it (posix.c, linux.c, ...);
 * logic elsewhere has no #ifdef.  Everything a test wants to break goes through struct os_calls. */
#ifndef DCDDNS_PLATFORM_OS_H
#define DCDDNS_PLATFORM_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct os_dir;  /* an open directory */
struct os_file; /* an open regular file */

/* What a check of ownership needs. */
struct os_stat {
    bool regular, directory;
    /* mode: permission bits 07777.  Windows: uid 0 are SYSTEM and the administrators, others a
     * number made of their SID; mode is made of the access list. */
    uint32_t uid, mode;
    int64_t size;
    int64_t id[3]; /* changes when the file is replaced or rewritten: device+inode, mtime, size */
};

enum { /* os_calls.open */
       OS_READ = 0,
       OS_CREATE = 1, /* must not exist; 0600; for writing and reading */
       OS_LOCK = 2    /* created when missing, 0600; only ever locked */
};

/* The seam.  Functions return 0 or a non-negative count, or -errno. */
struct os_calls {
    int64_t (*boot_ms)(void); /* since boot, counts suspend (CLOCK_BOOTTIME); never steps */
    int64_t (*wall_ms)(void); /* since 1970 UTC; may step; for display and persistence only */
    int (*random)(void *, size_t);

    /* Names are single path components below DIR; never follows a symbolic link; close-on-exec.
     * Windows: -EINVAL for what is no name there; -EBUSY when another program keeps it open. */
    int (*open)(struct os_dir *, const char *name, int how, struct os_file **);
    int (*stat)(struct os_file *, struct os_stat *);
    int64_t (*read)(struct os_file *, void *, size_t);        /* 0 = end */
    int64_t (*write)(struct os_file *, const void *, size_t); /* may be short */
    int (*seek_start)(struct os_file *);
    int (*sync)(struct os_file *);
    int (*close)(struct os_file *); /* the struct is gone whatever is returned */
    /* May wait for half a second on Windows, for others to close what it replaces; so may unlink.
     */
    int (*rename)(struct os_dir *, const char *from, const char *to);
    int (*link)(struct os_dir *, const char *from, const char *to);
    int (*unlink)(struct os_dir *, const char *name);
    int (*sync_dir)(struct os_dir *);
    /* Exclusive advisory lock, held until close(); one holder over all processes and handles.
     * 0, or -EAGAIN when somebody else holds it. */
    int (*lock)(struct os_file *);
};
extern struct os_calls os;

/* A descriptor that becomes readable when the wall clock is set and when the machine wakes up, for
 * net_watch_add(); or -errno: the system does not tell (-ENOSYS), and the clocks must be compared.
 */
int os_clock_watch_open(void);
/* Makes it unreadable again. */
void os_clock_watch_drain(int fd);
void os_clock_watch_close(int fd);

/* -- files ------------------------------------------------------------------------------------ */

enum {
    OS_DIR_MAKE = 1,   /* create it and its parents when missing, 0700 */
    OS_DIR_SHARED = 4, /* with OS_DIR_MAKE: 0755 instead, whatever the umask */
    OS_DIR_PRIVATE = 2 /* refuse when others than its owner may enter or write */
};

/* Opens an absolute or relative directory.  ERR says what is wrong and how to mend it. */
struct os_dir *os_dir_open(const char *path, int flags, struct error *err);
/* Directory NAME below PARENT, with the same flags (owner as the parent's when root makes it). */
struct os_dir *os_dir_sub(struct os_dir *parent, const char *name, int flags, struct error *err);
void os_dir_close(struct os_dir **);
/* Path it was opened with; owned by the directory. */
const char *os_dir_path(const struct os_dir *);
void os_dir_owner(const struct os_dir *, uint32_t *uid, uint32_t *gid);
/* 0 when nobody but root and we can replace what is in the directory; else -1 with ERR. */
int os_dir_trusted(const struct os_dir *, struct error *err);
/* Calls EACH for every entry but . and .. in sorted order, until it returns false.  0 or -errno. */
int os_dir_list(struct os_dir *, bool (*each)(void *ctx, const char *name), void *ctx);
/* Removes the empty directory NAME below PARENT.  0 or -errno; on Windows -EBUSY as long as
 * somebody has it open. */
int os_dir_remove(struct os_dir *parent, const char *name);

/* Whole content of a regular file of at most MAX bytes, NUL-terminated in mem_ memory.  Returns 0,
 * or -errno: -ENOENT, -EFBIG, -EINVAL (not a regular file), -EPERM (untrusted: its owner is neither
 * root, we, nor DIR's owner, or others may write it), ...  ID, when not NULL, as os_stat.id. */
int os_read_file(struct os_dir *, const char *name, size_t max, char **text, size_t *len,
                 int64_t id[3]);
/* The same for what says what we do: -EPERM also when it belongs to DIR's owner only. */
int os_read_own_file(struct os_dir *, const char *name, size_t max, char **text, size_t *len);
/* The same for a secret: -EPERM also when others than owner and group may read it.  For root it may
 * belong to DIR's owner. */
int os_read_secret_file(struct os_dir *, const char *name, size_t max, char **text, size_t *len);
/* Writes all of it or returns -errno. */
int os_write_all(struct os_file *, const void *, size_t);
/* Replaces NAME in one step: NAME.tmp written, synced when DURABLE, renamed.  MODE 0600 or 0644. */
int os_replace_file(struct os_dir *, const char *name, const char *text, size_t len, uint32_t mode,
                    bool durable);
/* A path split at its last '/': opens the directory and points NAME at the rest. */
struct os_dir *os_dir_of(const char *path, int flags, const char **name, struct error *err);
/* Absolute path with symbolic links resolved, in mem_ memory; NULL when it does not exist. */
char *os_real_path(const char *path);
/* Surely not there; one that may not be looked at counts as there. */
bool os_path_is_missing(const char *path);
/* 0 when files can be made in the directory PATH, or where it would be made; else -errno. */
int os_path_can_write(const char *path);
bool os_path_is_absolute(const char *path);
/* Makes '/' the only separator of PATH, in place, where there are two. */
void os_path_tidy(char *path);
/* Words for a negative errno, e.g. "No space left on device". */
const char *os_strerror(int code);
/* A negative errno of what a library reports of a socket in the numbers of the system; 0: nothing.
 */
int os_socket_error(long code);
/* "/var/lib/dcddns" for root or a service; else the XDG place below the home, by KIND.  Windows has
 * known folders instead: "%ProgramData%/dcddns/..." and "%LOCALAPPDATA%/dcddns/...". */
enum os_place {
    OS_PLACE_CONFIG,
    OS_PLACE_STATE,
    OS_PLACE_RUNTIME,
    OS_PLACE_SESSION,
    OS_PLACE_MODULES, /* folder of the modules' folders */
    OS_PLACE_CA       /* PEM file of trusted CAs that came with the program */
};
/* mem_ memory; SYSTEM is returned for root, or when there is no home.  For OS_PLACE_RUNTIME: what
 * the service manager gave, else as OS_PLACE_SESSION for users other than root.  OS_PLACE_SESSION:
 * "dcddns" below the runtime directory of the session, root's too.  OS_PLACE_MODULES and
 * OS_PLACE_CA: SYSTEM (which may be NULL), but beside the program on Windows.  A SYSTEM that is no
 * absolute path there stands for the known folder. */
char *os_place(enum os_place, const char *system);
/* Words for OS_PLACE_CONFIG, OS_PLACE_STATE and OS_PLACE_MODULES that name nobody, for reports:
 * "%LOCALAPPDATA%/dcddns".  NULL: its path names nobody, or there are none. */
const char *os_place_words(enum os_place);

/* -- advice: what to do next, in the words of the system --------------------------------------- */

enum { OS_ADVICE_MAX = 1024 };
enum os_advice {
    OS_ADVICE_SHUT,    /* commands: nobody else may write the file PATH */
    OS_ADVICE_PRIVATE, /* the same, nor read it */
    OS_ADVICE_INHERIT, /* the same, and it belongs to whom its folder belongs to */
    OS_ADVICE_SECRET,  /* a clause: those who need it may read the file PATH, nobody else */
    OS_ADVICE_LESS,   /* a clause: how a daemon of root's runs with fewer rights; PATH: its state */
    OS_ADVICE_START,  /* commands; PATH is "" from here on: the daemon runs from now on */
    OS_ADVICE_RELOAD, /* it reads its files again */
    OS_ADVICE_LOG     /* a sentence: where its log is */
};
/* Into TEXT, which it returns. */
const char *os_advice(enum os_advice, const char *path, char text[static OS_ADVICE_MAX]);
/* Whom os_is_root() means: "root". */
const char *os_root_name(void);

/* -- trusted CAs ------------------------------------------------------------------------------ */

/* They are in a store that has to be asked, not in files; without one there is no os_trust. */
bool os_has_ca_store(void);
struct os_trust;
/* What the store trusts for servers now, and what is in the PEM file BUNDLE (NULL: none), but for
 * what the store refuses, which is accepted nowhere in a chain.  A source that cannot be read is
 * logged and left out.  Takes a second.  NULL: what is refused cannot be read, which is logged, or
 * out of memory. */
struct os_trust *os_trust_read(const char *bundle);
void os_trust_free(struct os_trust **);
/* SSL_CTX, an `SSL_CTX *` of OpenSSL's, verifies with it, and keeps it as long as it needs it. */
void os_trust_give(const struct os_trust *, void *ssl_ctx);

/* -- local stream sockets --------------------------------------------------------------------- */

/* Descriptors are non-blocking and close-on-exec, for net_watch_add(). */
struct os_listener;
struct os_peer { /* of a connection, as the kernel says */
    uint32_t uid;
    int64_t pid;
};
/* Listens at PATH with mode 0660, making its directory when missing (0755).  A socket there that
 * nobody listens on is replaced; one that somebody does, or anything else, is not: ERR.  Root gives
 * the socket to UID and GID.  Changes the umask for a moment: before threads. */
struct os_listener *os_listener_open(const char *path, uint32_t uid, uint32_t gid,
                                     struct error *err);
int os_listener_fd(const struct os_listener *);
/* The next connection, or -errno: -EAGAIN when there is none. */
int os_listener_accept(struct os_listener *, struct os_peer *peer);
/* Removes the socket too, unless another one has its place. */
void os_listener_close(struct os_listener **);
/* Connects to PATH: a descriptor, or -1 with ERR: ERR_TEMP when nobody listens there, ERR_PERM with
 * the group to join when we may not, ERR_LOCAL when who listens there lets nobody in. */
int os_local_connect(const char *path, struct error *err);
int64_t os_local_read(int fd, void *, size_t);        /* 0 = end, or -errno */
int64_t os_local_write(int fd, const void *, size_t); /* may be short, or -errno */
void os_local_close(int fd);

/* The first bytes of the datagram that FD would give next, which stays there; does not wait.  How
 * many, at most LEN, or -errno: -EPROTOTYPE when FD is no datagram socket. */
int64_t os_datagram_peek(int fd, void *, size_t len);

/* Whether os_bind_device() is the way here; where it is not, a library knows one. */
bool os_binds_devices(void);
/* FD, a socket of FAMILY, 4 or 6, that is not connected yet, leaves by the network device of that
 * name whatever the routes say: 0 or -errno, -ENODEV when there is none such. */
int os_bind_device(int fd, int family, const char *device);

/* -- random, hashes --------------------------------------------------------------------------- */

/* One-time set-up of the process before threads: core dumps off, SIGPIPE ignored, wiping allocators
 * installed in the libraries, OpenSSL warmed up. */
void os_process_init(void);
int os_sha256(const void *data, size_t len, uint8_t out[32]);
/* Version of the library, for reports. */
const char *os_crypto_library(void);

/* Allocator for libraries that hold secrets: wipes before it frees. */
void *os_wiping_alloc(size_t);
void *os_wiping_calloc(size_t, size_t);
void *os_wiping_resize(void *, size_t);
char *os_wiping_strdup(const char *);
void os_wiping_release(void *);

/* -- threads ---------------------------------------------------------------------------------- */

struct os_thread;
/* NULL when the system has no more; signals are blocked in the new thread. */
struct os_thread *os_thread_start(const char *name, void (*run)(void *), void *arg);
/* Waits for its end. */
void os_thread_join(struct os_thread **);
/* Waits at most TIMEOUT_MS; false: it still runs, and is left to itself for ever. */
bool os_thread_join_within(struct os_thread **, int64_t timeout_ms);

/* A bounded queue of equal-sized items, copied in and out; the only thing threads share. */
struct os_queue;
struct os_queue *os_queue_new(size_t item_size, size_t capacity);
/* Threads must have left it. */
void os_queue_free(struct os_queue **);
/* False when full or closed. */
bool os_queue_put(struct os_queue *, const void *item);
/* When full, DROPPED (item-sized) receives the oldest and *DID_DROP is true.  False when closed. */
bool os_queue_push_out(struct os_queue *, const void *item, void *dropped, bool *did_drop);
/* Waits at most TIMEOUT_MS (-1: for ever) for an item.  False: none came, or closed and empty. */
bool os_queue_take(struct os_queue *, void *item, int64_t timeout_ms);
/* Wakes everybody; put() fails from now on, take() drains. */
void os_queue_close(struct os_queue *);

/* A gate: one thread waits, another opens it; the descriptor can be waited for beside sockets. */
struct os_gate;
struct os_gate *os_gate_new(void);
void os_gate_free(struct os_gate **);
void os_gate_open(struct os_gate *); /* stays open; any thread */
bool os_gate_is_open(const struct os_gate *);
/* Waits until the gate opens (false), or SOCKET is ready (*READY gets DCDDNS_READ/WRITE bits,
 * true), or TIMEOUT_MS passed (true with *READY 0).  SOCKET UINTPTR_MAX: none. */
bool os_gate_wait(struct os_gate *, uintptr_t socket, int events, int64_t timeout_ms, int *ready);

/* -- modules ---------------------------------------------------------------------------------- */

/* Loads DIR/SUBDIR/FILE after proving that nobody but root or we can have written it: every
 * directory on the path and the file itself are owned by root or us and not writable by others;
 * the descriptor that was checked is the one that is mapped (Windows: nobody can change it until it
 * is).  NULL with ERR set otherwise. */
void *os_module_open(const char *dir, const char *subdir, const char *file, struct error *err);
/* Address of a symbol, or NULL. */
void *os_module_symbol(void *module, const char *name);
/* File ending of modules, with the dot. */
const char *os_module_suffix(void);

/* A name in a dynamic symbol table: DEFINED, or needed from elsewhere. */
typedef void (*os_symbol)(void *ctx, const char *name, bool defined);
/* Calls EACH for every global name of the shared object at PATH but those that begin with '_',
 * which are the C implementation's.  Nothing of the file runs.  0, or -1 with ERR. */
int os_module_symbols(const char *path, os_symbol each, void *ctx, struct error *err);
/* The module that was loaded from PATH, or a library it names, provides NAME: not only what this
 * program happens to have loaded. */
bool os_module_resolves(const char *path, const char *name);

/* -- process ---------------------------------------------------------------------------------- */

/* The program's arguments in UTF-8, NULL-ended: ARGV of main(), or what Windows keeps instead; then
 * *ARGC may change.  Lives as long as the program; NULL when out of memory. */
char **os_arguments(int *argc, char **argv);

enum os_signal { OS_SIGNAL_NONE, OS_SIGNAL_STOP, OS_SIGNAL_RELOAD, OS_SIGNAL_CHECK };
/* Catches SIGTERM and SIGINT (stop), SIGHUP (reload), SIGUSR1 (check now).  Returns a descriptor
 * that becomes readable when one came, or -errno. */
int os_signals_open(void);
enum os_signal os_signals_next(void);
/* For a process that is about to end: but for SIGINT they are ignored from now on. */
void os_signals_close(void);
/* Asks process PID to reload when OWNER runs it; root's own processes are nobody else's to name.  0
 * or -errno. */
int os_signal_reload(int64_t pid, uint32_t owner);
int64_t os_pid(void);
bool os_is_root(void);
/* Root becomes the user UID with no group but GID, and there is no way back.  Windows: -1, but for
 * the user that it is already. */
int os_drop_privileges(uint32_t uid, uint32_t gid, struct error *err);

/* A program of the administrator's: no shell, no search in PATH, none of our descriptors but its
 * standard ones, a clean environment, "/" as its directory, a process group of its own. */
struct os_program {
    const char *const *argv; /* NULL-ended; argv[0] is an absolute path */
    const char *const *env;  /* NULL-ended "NAME=value" beside PATH and LANG, or NULL */
    const char *input;       /* for its standard input; NULL = none */
    char *output;            /* standard output, NUL-terminated; what does not fit is dropped */
    size_t cap;              /* of OUTPUT, at least 1 */
    void (*complain)(void *ctx, const char *line); /* a line of its standard error, escaped */
    void *ctx;
};
struct os_program_end {
    int status; /* exit status 0..255; -1: killed by SIGNAL */
    int signal;
    size_t len; /* of what OUTPUT holds */
};
/* Runs it to its end.  0; -ETIMEDOUT when DEADLINE (boot clock, ms) passed and -ECANCELED when the
 * gate opened: its process group was killed; else -errno: it could not be started.  What it left
 * running behind it is not waited for. */
int os_run(const struct os_program *, struct os_gate *stop, int64_t deadline_ms,
           struct os_program_end *);

/* -- a child that may crash ------------------------------------------------------------------- */

enum { OS_CHILD_FD = 3 }; /* where the child tells */
struct os_child;
enum os_child_event {
    OS_CHILD_TOLD,    /* a line from os_child_tell() */
    OS_CHILD_PRINTED, /* a line from its standard output or error */
    OS_CHILD_SILENT,  /* neither for TIMEOUT_MS */
    OS_CHILD_ENDED    /* and everything it said was read */
};
struct os_ending {
    bool killed;        /* it still ran at os_child_end() */
    int status;         /* exit status, when SIGNAL is NULL */
    const char *signal; /* "SEGV": what ended it; static text */
};
/* Starts this very program with the words ARGV (NULL-ended, argv[0] included), in a process group
 * of its own, without standard input, with little of the environment and with a desktop that is
 * not there.  NULL with ERR. */
struct os_child *os_child_start(const char *const *argv, struct error *err);
/* Waits for what comes next; lines are cut at CAP - 1 bytes and not escaped. */
enum os_child_event os_child_next(struct os_child *, int64_t timeout_ms, char *line, size_t cap);
/* Kills what still runs of its group, and frees. */
struct os_ending os_child_end(struct os_child **);
/* In the child: writes a line, which ends with a newline.  False when nobody reads. */
bool os_child_tell(const char *line);
/* In the child: ends with the thread that started it. */
void os_die_with_parent(void);

/* Tells the service manager; does nothing without one.  STATE as in sd_notify(3). */
void os_service_notify(const char *state);
/* Half of the watchdog interval the service manager asked for, in ms; 0 = none. */
int64_t os_service_watchdog_ms(void);
/* Standard error goes to the journal of the service manager itself. */
bool os_log_is_journal(void);
/* Kind, release and machine of the operating system, never its host name: for reports. */
void os_describe(char text[128]);
/* Identity of this boot, or "" when the system has none. */
const char *os_boot_id(void);

/* Shows URL in the user's browser when there is a desktop; false when there is none. */
bool os_browser_open(const char *url);
bool os_is_terminal(int fd);
/* It is a terminal that understands the escape sequences of colours. */
bool os_terminal_has_colours(int fd);
/* Width of the terminal that FD is, in columns; 80 when it does not say, 0 when it is none. */
int os_terminal_columns(int fd);
/* Before anything is printed: who reads standard output sees each line at once, and a line ends
 * with "\n" alone. */
void os_output_lines(void);

#endif
