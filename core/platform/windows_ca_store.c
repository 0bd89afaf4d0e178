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

/* -- authorities that Microsoft has given up --------------------------------------------------- */

static bool read_property(const void *cert, DWORD id, void *data, DWORD *size)
{
    return CertGetCertificateContextProperty(cert, id, data, size);
}

bool (*windows_ca_property)(const void *cert, DWORD id, void *data, DWORD *size) = read_property;

/* What is no date counts as one that has passed. */
static bool has_passed(const CERT_CONTEXT *cert, DWORD id)
{
    FILETIME at = { 0 }, now = { 0 };
    DWORD size = sizeof(at);

    SetLastError(NO_ERROR);
    if (!windows_ca_property(cert, id, &at, &size))
        return GetLastError() == ERROR_MORE_DATA;
    GetSystemTimeAsFileTime(&now);
    return size != sizeof(at) || CompareFileTime(&at, &now) <= 0;
}

static bool lists_servers(const BYTE *encoded, DWORD size)
{
    CERT_ENHKEY_USAGE *usages = NULL;
    DWORD len = 0;
    bool lists = true; /* what cannot be read may be */

    if (CryptDecodeObject(X509_ASN_ENCODING, X509_ENHANCED_KEY_USAGE, encoded, size, 0, NULL,
                          &len) &&
        len >= sizeof(*usages) && len <= USAGES_MAX)
        usages = mem_new(1, len);
    if (usages && CryptDecodeObject(X509_ASN_ENCODING, X509_ENHANCED_KEY_USAGE, encoded, size, 0,
                                    usages, &len))
        lists = has_server_auth(usages, (DWORD)CRYPT_E_NOT_FOUND);
    mem_free(usages);
    return lists;
}

/* The uses that a date is about: all, when there is no list. */
static bool is_of_servers(const CERT_CONTEXT *cert, DWORD id)
{
    BYTE *encoded = NULL;
    DWORD size = 0;
    bool is = true;

    if (windows_ca_property(cert, id, NULL, &size) && size > 0 && size <= USAGES_MAX)
        encoded = mem_new(1, size);
    if (encoded && windows_ca_property(cert, id, encoded, &size))
        is = lists_servers(encoded, size);
    mem_free(encoded);
    return is;
}

/* After the second date Windows accepts what was issued before it; here the authority is refused
 * as a whole, which is simpler and errs on the safe side. */
static bool is_given_up(const CERT_CONTEXT *cert)
{
    return (has_passed(cert, CERT_DISALLOWED_FILETIME_PROP_ID) &&
            is_of_servers(cert, CERT_DISALLOWED_ENHKEY_USAGE_PROP_ID)) ||
           (has_passed(cert, CERT_NOT_BEFORE_FILETIME_PROP_ID) &&
            is_of_servers(cert, CERT_NOT_BEFORE_ENHKEY_USAGE_PROP_ID));
}

/* -- what is in a store ------------------------------------------------------------------------ */

int windows_ca_store(enum windows_ca which, windows_ca_each each, void *ctx)
{
    const bool roots = which == WINDOWS_CA_ROOTS;
    HCERTSTORE store = windows_ca_open(roots ? L"ROOT" : L"Disallowed");
    const CERT_CONTEXT *cert = NULL;

    if (!store)
        return windows_last_error();
    for (;;) {
        cert = CertEnumCertificatesInStore(store, cert); /* gives back the one before */
        if (!cert)
            break;
        const bool refused = !roots || is_given_up(cert);
        SetLastError(NO_ERROR);
        if (refused || (may_sign(cert) && may_name_servers(cert)))
            each(ctx, !refused, cert->pbCertEncoded, cert->cbCertEncoded);
    }
    CertCloseStore(store, 0);
    return 0;
}
