/* The certificate stores of Windows: which authorities may vouch for a server.  Knows no OpenSSL,
 * whose names are those of <wincrypt.h> (windows_trust.c). */
#include "platform/windows_ca_store.h"

#include <errno.h>
#include <string.h>
#include <wincrypt.h>

#include "base/mem.h"

enum { USAGES_MAX = 64 * 1024 };

/* Its key may sign certificates, as far as it says. */
static bool may_sign(const CERT_CONTEXT *cert)
{
    BYTE usage[2] = { 0 };

    if (CertGetIntendedKeyUsage(cert->dwCertEncodingType, cert->pCertInfo, usage, sizeof(usage)))
        return usage[0] & CERT_KEY_CERT_SIGN_KEY_USAGE;
    return GetLastError() == NO_ERROR; /* it says nothing */
}

static bool has_server_auth(const CERT_ENHKEY_USAGE *usages, DWORD code)
{
    for (DWORD i = 0; i < usages->cUsageIdentifier; i++) {
        if (strcmp(usages->rgpszUsageIdentifier[i], szOID_PKIX_KP_SERVER_AUTH) == 0)
            return true;
    }
    /* An empty list is one of no restriction, or of no use at all. */
    return usages->cUsageIdentifier == 0 && code == (DWORD)CRYPT_E_NOT_FOUND;
}

/* What the certificate says of itself, and what Microsoft or an administrator wrote beside it. */
static bool may_name_servers(const CERT_CONTEXT *cert)
{
    DWORD size = 0;
    bool may = false;

    if (!CertGetEnhancedKeyUsage(cert, 0, NULL, &size) || size < sizeof(CERT_ENHKEY_USAGE) ||
        size > USAGES_MAX)
        return false;
    CERT_ENHKEY_USAGE *usages = mem_new(1, size);
    if (usages && CertGetEnhancedKeyUsage(cert, 0, usages, &size))
        may = has_server_auth(usages, GetLastError());
    mem_free(usages);
    return may;
}

static void *open_store(const wchar_t *name)
{
    return CertOpenSystemStoreW(0, name);
}

void *(*windows_ca_open)(const wchar_t *name) = open_store;

int windows_ca_store(bool trusted, windows_ca_each each, void *ctx)
{
    HCERTSTORE store = windows_ca_open(trusted ? L"ROOT" : L"Disallowed");
    const CERT_CONTEXT *cert = NULL;

    if (!store)
        return windows_last_error();
    for (;;) {
        cert = CertEnumCertificatesInStore(store, cert); /* gives back the one before */
        if (!cert)
            break;
        SetLastError(NO_ERROR);
        if (!trusted || (may_sign(cert) && may_name_servers(cert)))
            each(ctx, cert->pbCertEncoded, cert->cbCertEncoded);
    }
    CertCloseStore(store, 0);
    return 0;
}
