/* The process on Windows: the table of system calls, clocks, random numbers, rights, terminal. */
#include "platform/windows.h"

#include <bcrypt.h>
#include <errno.h>
#include <io.h>
#include <malloc.h>
#include <shellapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct os_calls os = {
    .boot_ms = windows_boot_ms,
    .wall_ms = windows_wall_ms,
    .random = windows_random,
    .open = windows_open,
    .stat = windows_stat,
    .read = windows_read,
    .write = windows_write,
    .seek_start = windows_seek_start,
    .sync = windows_sync,
    .close = windows_close,
    .rename = windows_rename,
    .link = windows_link,
    .unlink = windows_unlink,
    .sync_dir = windows_sync_dir,
    .lock = windows_lock,
};

/* -- clocks, random --------------------------------------------------------------------------- */

/* Goes on while the machine sleeps. */
int64_t windows_boot_ms(void)
{
    return (int64_t)GetTickCount64();
}

int64_t windows_wall_ms(void)
{
    const int64_t unix_epoch = INT64_C(116444736000000000); /* in 100 ns since 1601 */
    FILETIME now = { 0 };
    GetSystemTimePreciseAsFileTime(&now);
    const uint64_t ticks = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    return ((int64_t)ticks - unix_epoch) / 10000;
}

int windows_random(void *out, size_t len)
{
    const size_t most = 1 << 20;
    unsigned char *at = out;
    while (len > 0) {
        const size_t part = len < most ? len : most;
        if (BCryptGenRandom(NULL, at, (ULONG)part, BCRYPT_USE_SYSTEM_PREFERRED_RNG) != 0)
            return -EIO;
        at += part;
        len -= part;
    }
    return 0;
}

size_t platform_block_size(void *block)
{
    return _msize(block);
}

/* -- set-up ----------------------------------------------------------------------------------- */

/* No library comes from the current directory or PATH, a network share or a place of low trust. */
static void guard_libraries(void)
{
    PROCESS_MITIGATION_IMAGE_LOAD_POLICY policy = { .Flags = 0 };

    SetDllDirectoryW(L"");
    SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32 | LOAD_LIBRARY_SEARCH_APPLICATION_DIR);
    policy.NoRemoteImages = 1;
    policy.NoLowMandatoryLabelImages = 1;
    SetProcessMitigationPolicy(ProcessImageLoadPolicy, &policy, sizeof(policy));
}

void os_process_init(void)
{
    WSADATA ignored = { 0 };

    HeapSetInformation(NULL, HeapEnableTerminationOnCorruption, NULL, 0);
    /* A crash ends the process, without a window that waits or a dump with tokens in it. */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    guard_libraries();
    _putenv("SSLKEYLOGFILE="); /* libcurl would write the keys of our connections there */
    WSAStartup(MAKEWORD(2, 2), &ignored);
    windows_console_prepare();
    crypto_init();
}

/* -- who and where we are --------------------------------------------------------------------- */

void os_describe(char text[128])
{
    /* GetVersionEx() gives what a program was made for, not what it runs on. */
    typedef LONG(WINAPI * version_of)(OSVERSIONINFOW *);
    union {
        FARPROC found;
        version_of call;
    } tell = { GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlGetVersion") };
    OSVERSIONINFOW version = { .dwOSVersionInfoSize = sizeof(version) };
    SYSTEM_INFO machine = { 0 };

    if (tell.found)
        tell.call(&version);
    GetNativeSystemInfo(&machine);
    snprintf(text, 128, "Windows %lu.%lu.%lu %s", version.dwMajorVersion, version.dwMinorVersion,
             version.dwBuildNumber,
             machine.wProcessorArchitecture == PROCESSOR_ARCHITECTURE_AMD64   ? "x86_64"
             : machine.wProcessorArchitecture == PROCESSOR_ARCHITECTURE_ARM64 ? "aarch64"
                                                                              : "other");
}

int64_t os_pid(void)
{
    return (int64_t)GetCurrentProcessId();
}

int os_drop_privileges(uint32_t uid, uint32_t gid, struct error *err)
{
    (void)gid;
    if (uid == platform_user())
        return 0;
    return error_set(err, ERR_LOCAL,
                     "the state belongs to another user, and Windows lets nobody become one; run "
                     "dcddns as that user, or start its service: dcddns service start");
}

/* A number that the system counts up each time it starts; it has no better name for a boot. */
const char *os_boot_id(void)
{
    static char id[40];
    DWORD boot = 0, size = sizeof(boot);
    const LSTATUS rc =
        RegGetValueW(HKEY_LOCAL_MACHINE,
                     L"SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\"
                     L"PrefetchParameters",
                     L"BootId", RRF_RT_REG_DWORD, NULL, &boot, &size);
    if (id[0] == '\0' && rc == ERROR_SUCCESS)
        snprintf(id, sizeof(id), "boot-%lu", boot);
    return id;
}

/* Standard error of a service leads nowhere, and no journal reads it. */
bool os_log_is_journal(void)
{
    return false;
}

/* -- arguments --------------------------------------------------------------------------------- */

/* One block with the texts behind the pointers would save nothing: it lives for ever. */
char **os_arguments(int *argc, char **argv)
{
    int count = 0;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    char **made = wide ? mem_new((size_t)count + 1, sizeof(*made)) : NULL;

    (void)argv; /* in the code page of old programs, which loses letters */
    for (int i = 0; made && i < count; i++) {
        made[i] = windows_utf8(wide[i]);
        if (made[i])
            continue;
        while (i-- > 0)
            mem_free(made[i]);
        mem_free(made);
        made = NULL;
    }
    LocalFree(wide);
    if (made)
        *argc = count;
    return made;
}
