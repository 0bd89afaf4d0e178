/* Between windows_ca_store.c and windows_trust.c only: neither can include the other's library. */
#ifndef DCDDNS_PLATFORM_WINDOWS_CA_STORE_H
#define DCDDNS_PLATFORM_WINDOWS_CA_STORE_H

#include "platform/windows.h"

/* TRUSTED: it may vouch for a server; else nobody may trust it. */
typedef void (*windows_ca_each)(void *ctx, bool trusted, const unsigned char *der, size_t len);

enum windows_ca { WINDOWS_CA_ROOTS, WINDOWS_CA_DISTRUSTED };
/* Calls EACH for the certificates of the user's and the machine's store, but for authorities that
 * are for something else.  0 or -errno. */
int windows_ca_store(enum windows_ca, windows_ca_each each, void *ctx);
/* Tests replace it: a HCERTSTORE, or NULL with GetLastError(). */
extern void *(*windows_ca_open)(const wchar_t *name);

/* The same: a property of a PCCERT_CONTEXT, or false with GetLastError(). */
extern bool (*windows_ca_property)(const void *cert, DWORD id, void *data, DWORD *size);

#endif
