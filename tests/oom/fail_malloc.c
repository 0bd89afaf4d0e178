/* Preloaded into the program: makes one allocation of it fail, or that one and all that come after,
 * whoever asks (libraries too), and reports where it crashed.  Must not know what is run.
 *
 * Counts from main() to its return, per thread, as oom.h does: the main thread's own, or those of
 * each other thread.  In a sticky run the failure of the main thread is that of all threads.
 *
 *   DCDDNS_FAIL_AT=N[,sticky][,threads]  which, from 0; without it nothing fails
 *   DCDDNS_FAIL_REPORT=FILE              where "asked MAIN OTHERS", "point" and "crash SIGNAL" go,
 *                                        the latter two with their frames, innermost first
 *   DCDDNS_FAIL_OWN=1                    "own N" is told of each that the program and its modules
 *                                        ask for themselves, not through a library */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NEVER = -1, FRAMES = 48, OWN_FRAMES = 3, HANDLER_FRAMES = 2, NEAR = 4, STACK = 256 * 1024 };

/* What glibc has for those who replace malloc(). */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t align, size_t size);

typedef int main_function(int argc, char **argv, char **env);
int __libc_start_main(main_function *call, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*end)(void), void *stack);

static struct {
    long at;
    int report;
    bool sticky, threads, own;
    atomic_bool armed, all, told;
    atomic_long asked[2]; /* of the main thread, the most of another one */
    main_function *main;
} fail = { .at = NEVER, .report = -1 };
/* Without a call that allocates. */
static _Thread_local bool is_main __attribute__((tls_model("initial-exec")));
static _Thread_local long seen __attribute__((tls_model("initial-exec")));

/* -- the report -------------------------------------------------------------------------------- */

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
    char line[80] = "";
    va_list ap;
    va_start(ap, format);
    int len = vsnprintf(line, sizeof(line), format, ap);
    va_end(ap);
    if (fail.report >= 0 && len > 0 && write(fail.report, line, (size_t)len) < 0)
        _exit(99);
}

static void tell_frames(int skip)
{
    void *frames[FRAMES] = { 0 };
    int count = backtrace(frames, FRAMES);
    if (fail.report >= 0 && count > skip)
        backtrace_symbols_fd(frames + skip, count - skip, fail.report);
}

static void on_crash(int signal)
{
    atomic_store(&fail.armed, false);
    tell("crash %d\n", signal);
    tell_frames(HANDLER_FRAMES);
    raise(signal); /* as it would have ended; it was reset */
}

/* Libraries, unlike modules, have a version in their names; some allocate through our hooks.  Not
 * dladdr(), which is slow enough to let requests run into their time limits. */
static bool is_own(void)
{
    void *frames[OWN_FRAMES + 1 + NEAR] = { 0 };
    int count = backtrace(frames, OWN_FRAMES + 1 + NEAR);

    for (int i = OWN_FRAMES + 1; i < count; i++) {
        struct dl_find_object object = { 0 };
        if (_dl_find_object(frames[i], &object) != 0 ||
            strstr(object.dlfo_link_map->l_name, ".so."))
            return false;
    }
    return true;
}

/* -- which ------------------------------------------------------------------------------------- */

static bool fails(void)
{
    if (!atomic_load(&fail.armed))
        return false;
    long n = seen++;
    atomic_long *asked = &fail.asked[!is_main];
    if (seen > atomic_load(asked))
        atomic_store(asked, seen);
    if (fail.own && is_main && is_own())
        tell("own %ld\n", n);
    if (is_main == fail.threads || fail.at == NEVER || n < fail.at || (n > fail.at && !fail.sticky))
        return atomic_load(&fail.all);
    if (fail.sticky && !fail.threads)
        atomic_store(&fail.all, true);
    if (!atomic_exchange(&fail.told, true)) {
        tell("point\n");
        tell_frames(OWN_FRAMES);
    }
    return true;
}

static bool refused(void)
{
    bool no = fails();
    if (no)
        errno = ENOMEM;
    return no;
}

/* -- in the place of malloc() ------------------------------------------------------------------ */

void *malloc(size_t size)
{
    return refused() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return refused() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return refused() ? NULL : __libc_realloc(block, size);
}

void *reallocarray(void *block, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(block, count * size);
}

void *memalign(size_t align, size_t size);
void *memalign(size_t align, size_t size)
{
    return refused() ? NULL : __libc_memalign(align, size);
}

void *aligned_alloc(size_t align, size_t size)
{
    return memalign(align, size);
}

int posix_memalign(void **block, size_t align, size_t size)
{
    void *made = memalign(align, size);
    if (!made)
        return ENOMEM;
    *block = made;
    return 0;
}

/* -- from main() to its return ----------------------------------------------------------------- */

static int counted_main(int argc, char **argv, char **env)
{
    is_main = true;
    atomic_store(&fail.armed, true);
    int status = fail.main(argc, argv, env);
    atomic_store(&fail.armed, false);
    tell("asked %ld %ld\n", atomic_load(&fail.asked[0]), atomic_load(&fail.asked[1]));
    return status;
}

static void prepare(void)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL };
    static char stack[STACK];
    const stack_t own = { .ss_sp = stack, .ss_size = sizeof(stack) };
    struct sigaction action = { .sa_flags = SA_ONSTACK | (int)SA_RESETHAND };
    const char *at = getenv("DCDDNS_FAIL_AT"), *report = getenv("DCDDNS_FAIL_REPORT");
    void *first[1] = { 0 };

    action.sa_handler = on_crash;
    sigaltstack(&own, NULL); /* a stack that overflowed can be told of */
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        sigaction(signals[i], &action, NULL);
    backtrace(first, 1); /* what it loads is loaded now */
    if (report)
        fail.report = open(report, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    fail.own = getenv("DCDDNS_FAIL_OWN") != NULL;
    if (at) {
        fail.at = strtol(at, NULL, 10);
        fail.sticky = strstr(at, "sticky") != NULL;
        fail.threads = strstr(at, "threads") != NULL;
    }
}

int __libc_start_main(main_function *call, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*end)(void), void *stack)
{
    int (*start)(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void),
                 void *) = NULL;
    *(void **)&start = dlsym(RTLD_NEXT, "__libc_start_main");
    prepare();
    fail.main = call;
    return start(counted_main, argc, argv, init, fini, end, stack);
}
