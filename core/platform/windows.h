/* Between the files of this room on Windows only.  Text is UTF-8 inside; UTF-16 is made at the edge
 * of the system and lives no longer than the call. */
#ifndef DCDDNS_PLATFORM_WINDOWS_H
#define DCDDNS_PLATFORM_WINDOWS_H

#include <winsock2.h>

#include <windows.h>

#include "platform/inside.h"

struct os_dir {
    HANDLE handle; /* shared without DELETE: nobody moves it away */
    char *path;    /* as it was opened with; with '/' */
    wchar_t *full; /* "\\?\C:\...", links resolved, no '\' at its end */
    wchar_t *heir; /* SID as text of who gets what an administrator makes in it; NULL: himself */
    uint32_t uid;
};

struct os_file {
    HANDLE handle;
};

/* With os_dir_open() and os_dir_of(): the directory itself is no link; -ELOOP as with os_dir_sub().
 */
enum { WINDOWS_DIR_NO_LINK = 0x100 };

/* -- text (windows_text.c) -------------------------------------------------------------------- */

/* mem_ memory.  0, -ENOMEM, or -EILSEQ: is no UTF-8. */
int windows_to_wide(const char *text, wchar_t **wide);
/* The same; NULL for either. */
wchar_t *windows_wide(const char *text);
/* What is no UTF-16 becomes U+FFFD.  mem_ memory; NULL: none left. */
char *windows_utf8(const wchar_t *wide);
/* A + B in mem_ memory, or NULL. */
wchar_t *windows_join(const wchar_t *a, const wchar_t *b);

/* -- errors (windows_error.c) ----------------------------------------------------------------- */

/* -errno for what GetLastError() or WSAGetLastError() said; never 0. */
int windows_error(DWORD code);
/* The same for the last error of this thread. */
int windows_last_error(void);

/* -- names (windows_name.c, windows_path.c)
 * ------------------------------------------------------------------- */

/* "FULL\NAME" for a single component.  Refuses what is no plain name of a file: -EINVAL (empty,
 * ".", a separator, ':', a wild card, a control character, a device such as NUL, a dot or blank at
 * its end), -ENAMETOOLONG, -EILSEQ, -ENOMEM.  The "*" of a wildcard host is kept as U+F02A. */
int windows_name(const struct os_dir *, const char *name, wchar_t **out);
/* Back from a listing: "*" again. */
void windows_name_shown(wchar_t *name);
/* "\\?\C:\..." for an absolute or relative path with either separator.  -ENOENT for "", -EINVAL for
 * a device, -ENAMETOOLONG, -EILSEQ, -ENOMEM. */
int windows_path(const char *path, wchar_t **out);
/* "C:/..." for people, from what windows_path() makes.  mem_ memory or NULL. */
char *windows_path_shown(const wchar_t *full);

/* The path of what is open, links resolved, no '\\' at its end; ASKED where the system has none.
 * mem_ memory.  0 or -errno. */
int windows_final_path(HANDLE, const wchar_t *asked, wchar_t **out);

/* -- security (windows_security.c) ------------------------------------------------------------ */

enum { WINDOWS_STICKY = 01000 }; /* others may add to a directory, not take away what is there */

/* Users as numbers: 0 for SYSTEM, Administrators and TrustedInstaller; else a hash of the SID that
 * never changes, and never is 0. */
uint32_t windows_uid(PSID);
/* The same for a SID as text; UINT32_MAX: it is none. */
uint32_t windows_sid_uid(const wchar_t *text);
/* SID of the user this process runs as; false when the system does not say. */
bool windows_own_sid(BYTE sid[SECURITY_MAX_SID_SIZE]);
/* Account of our own service, NT SERVICE\dcddns. */
PSID windows_service_sid(void);
/* OWNER may have what we keep secret: it is we, or we are an administrator or the service, and it
 * is the administrators or one of the two accounts of the service. */
bool windows_keeps_secrets(uint32_t owner);
/* Owner, and rights as permission bits: the owner, SYSTEM, Administrators, TrustedInstaller and we
 * are the owner's class; whoever else may do something is group and others alike.  What is not
 * understood counts as open to all. */
void windows_access(PSECURITY_DESCRIPTOR, bool directory, uint32_t *uid, uint32_t *mode);
/* The same for an open file or directory (READ_CONTROL).  0 or -errno. */
int windows_access_of(HANDLE, bool directory, uint32_t *uid, uint32_t *mode);
/* SID of the owner as text in mem_ memory, or NULL. */
wchar_t *windows_owner_text(HANDLE);

enum { WINDOWS_SD_DIRECTORY = 1, WINDOWS_SD_SHARED = 2 /* all may read */ };
/* For what we make: the owner, SYSTEM and Administrators.  OWNER: SID as text, or NULL. LocalFree()
 * it; NULL with GetLastError(). */
PSECURITY_DESCRIPTOR windows_sd_new(int flags, const wchar_t *owner);

/* -- console (windows_output.c) --------------------------------------------------------------- */

/* Our text is UTF-8, and colours are as elsewhere, until the process ends. */
void windows_console_prepare(void);
/* Now. */
void windows_console_restore(void);

/* -- places (windows_place.c) ----------------------------------------------------------------- */

/* Tests replace it: opens URL with the program the user chose for it. */
extern bool (*windows_show)(const wchar_t *url);

/* -- modules (windows_pe.c) ------------------------------------------------------------------- */

/* As os_module_symbols(), of a file in memory.  0, -1: no library of this kind of machine, -2: its
 * tables lead out of the file. */
int windows_pe_symbols(const unsigned char *data, size_t size, os_symbol each, void *ctx);

/* -- files and clocks, for the table in windows.c --------------------------------------------- */

int64_t windows_boot_ms(void);
int64_t windows_wall_ms(void);
int windows_random(void *, size_t);
int windows_open(struct os_dir *, const char *name, int how, struct os_file **);
int windows_stat(struct os_file *, struct os_stat *);
int64_t windows_read(struct os_file *, void *, size_t);
int64_t windows_write(struct os_file *, const void *, size_t);
int windows_seek_start(struct os_file *);
int windows_sync(struct os_file *);
int windows_close(struct os_file *);
int windows_rename(struct os_dir *, const char *from, const char *to);
int windows_link(struct os_dir *, const char *from, const char *to);
int windows_unlink(struct os_dir *, const char *name);
int windows_sync_dir(struct os_dir *);
int windows_lock(struct os_file *);

#endif
