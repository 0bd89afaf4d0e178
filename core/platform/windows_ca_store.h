/* Between windows_ca_store.c and windows_trust.c only: neither can include the other's library. */
#ifndef DCDDNS_PLATFORM_WINDOWS_CA_STORE_H
#define DCDDNS_PLATFORM_WINDOWS_CA_STORE_H

#include "platform/windows.h"

typedef void (*windows_ca_each)(void *ctx, const unsigned char *der, size_t len);

/* Calls EACH for the certificates of the user's and the machine's authorities: TRUSTED, those that
 * may vouch for a server; else those that nobody may trust.  0 or -errno. */
int windows_ca_store(bool trusted, windows_ca_each each, void *ctx);
/* Tests replace it: a HCERTSTORE, or NULL with GetLastError(). */
extern void *(*windows_ca_open)(const wchar_t *name);

#endif
