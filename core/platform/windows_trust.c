/* Which authorities a TLS connection trusts on Windows: those of its store and of the file that
 * came with the program, read once and kept as OpenSSL's own store.  libcurl would read all of it
 * anew for each connection.  What Windows refuses is refused wherever it is in a chain, not only as
 * an authority. */
#include <errno.h>
#include <limits.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/log.h"
#include "base/mem.h"
#include "platform/windows_ca_store.h"

enum { BUNDLE_MAX = 4 << 20 };

struct os_trust {
    X509_STORE *store;
    STACK_OF(X509) * refused; /* STORE's, which may outlive this */
    bool incomplete;          /* REFUSED is, for want of memory */
};

static CRYPTO_ONCE index_once = CRYPTO_ONCE_STATIC_INIT;
static int refused_index = -1; /* of REFUSED in its store */

static void free_refused(void *store, void *refused, CRYPTO_EX_DATA *data, int index, long number,
                         void *arg)
{
    (void)store;
    (void)data;
    (void)index;
    (void)number;
    (void)arg;
    sk_X509_pop_free(refused, X509_free);
}

static void make_index(void)
{
    refused_index = X509_STORE_get_ex_new_index(0, NULL, NULL, NULL, free_refused);
}

/* The certificate itself, not its key: who distrusts one that links two authorities does not mean
 * the authority that has the same key. */
static bool is_refused(const STACK_OF(X509) * refused, const X509 *cert)
{
    for (int i = 0; i < sk_X509_num(refused); i++) {
        if (X509_cmp(sk_X509_value(refused, i), cert) == 0)
            return true;
    }
    return false;
}

/* OpenSSL asks for each certificate of a chain, and at each error. */
static int on_verify(int good, X509_STORE_CTX *check)
{
    const X509_STORE *store = X509_STORE_CTX_get0_store(check);
    const X509 *cert = X509_STORE_CTX_get_current_cert(check);

    if (good != 1 || !cert || !is_refused(X509_STORE_get_ex_data(store, refused_index), cert))
        return good;
    X509_STORE_CTX_set_error(check, X509_V_ERR_CERT_REJECTED);
    return 0;
}

/* One that is there already is no error. */
static void add(struct os_trust *trust, X509 *cert)
{
    if (!is_refused(trust->refused, cert))
        X509_STORE_add_cert(trust->store, cert);
}

static void refuse(struct os_trust *trust, X509 *cert)
{
    if (sk_X509_push(trust->refused, cert) > 0)
        X509_up_ref(cert);
    else
        trust->incomplete = true;
}

/* What OpenSSL cannot read it does not accept of a server. */
static void add_one(void *ctx, bool trusted, const unsigned char *der, size_t len)
{
    X509 *cert = len < LONG_MAX ? d2i_X509(NULL, &der, (long)len) : NULL;
    if (cert && trusted)
        add(ctx, cert);
    else if (cert)
        refuse(ctx, cert);
    X509_free(cert);
}

static void add_pem(struct os_trust *trust, const char *text, size_t len)
{
    BIO *bio = len < INT_MAX ? BIO_new_mem_buf(text, (int)len) : NULL;
    X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

    while (cert) {
        add(trust, cert);
        X509_free(cert);
        cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    }
    BIO_free(bio);
}

static void add_bundle(struct os_trust *trust, const char *path)
{
    const char *name = NULL;
    struct error err = { 0 };
    char *text = NULL;
    size_t len = 0;
    struct os_dir *dir = os_dir_of(path, 0, &name, &err);
    const int rc = dir ? os_read_file(dir, name, BUNDLE_MAX, &text, &len, NULL) : -ENOENT;

    if (rc == 0)
        add_pem(trust, text, len);
    else
        log_warn("%s: %s; only the authorities of Windows are trusted", path,
                 !dir           ? err.text
                 : rc == -EPERM ? "others may have written it"
                                : os_strerror(rc));
    mem_free(text);
    os_dir_close(&dir);
}

static void add_system(struct os_trust *trust)
{
    const int rc = windows_ca_store(WINDOWS_CA_ROOTS, add_one, trust);
    if (rc < 0)
        log_warn("the certificate store of Windows cannot be read: %s", os_strerror(rc));
}

/* Without that list nothing is trusted: what is on it could be. */
static bool read_refused(struct os_trust *trust)
{
    const int rc = windows_ca_store(WINDOWS_CA_DISTRUSTED, add_one, trust);
    if (rc < 0)
        log_warn("the distrusted certificates of Windows cannot be read: %s", os_strerror(rc));
    return rc == 0;
}

static bool make_store(struct os_trust *trust)
{
    if (!CRYPTO_THREAD_run_once(&index_once, make_index) || refused_index < 0)
        return false;
    trust->store = X509_STORE_new();
    trust->refused = sk_X509_new_null();
    if (!trust->store || !trust->refused ||
        X509_STORE_set_ex_data(trust->store, refused_index, trust->refused) != 1) {
        sk_X509_free(trust->refused);
        return false;
    }
    X509_STORE_set_verify_cb(trust->store, on_verify);
    /* What somebody put among the roots is trusted for itself, whoever signed it. */
    return X509_STORE_set_flags(trust->store,
                                X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN) == 1;
}

struct os_trust *os_trust_read(const char *bundle)
{
    struct os_trust *trust = mem_new(1, sizeof(*trust));
    if (!trust)
        return NULL;
    if (!make_store(trust) || !read_refused(trust)) {
        os_trust_free(&trust);
        return NULL;
    }
    add_system(trust);
    if (trust->incomplete) {
        os_trust_free(&trust);
        return NULL;
    }
    if (bundle)
        add_bundle(trust, bundle);
    ERR_clear_error(); /* the end of the file, and certificates that OpenSSL does not understand */
    return trust;
}

void os_trust_free(struct os_trust **trust)
{
    if (!*trust)
        return;
    X509_STORE_free((*trust)->store); /* REFUSED too, with the last who uses it */
    mem_free(*trust);
    *trust = NULL;
}

void os_trust_give(const struct os_trust *trust, void *ssl_ctx)
{
    SSL_CTX_set1_cert_store(ssl_ctx, trust->store);
}

bool os_has_ca_store(void)
{
    return true;
}
