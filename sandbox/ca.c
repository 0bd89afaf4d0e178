/*
 * CA and leaf certificate with OpenSSL. Must not know files or servers.
 */
#include "ca.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400L

struct extension {
    int nid;
    const char *value;
};

static const struct extension ca_extensions[] = {
    { NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
    { NID_key_usage, "critical,keyCertSign,cRLSign" },
    { NID_subject_key_identifier, "hash" },
    /* Who trusts this CA by mistake trusts it for nothing but the sandbox. */
    { NID_name_constraints,
      "critical,permitted;DNS:sandbox.test,permitted;DNS:localhost,"
      "permitted;DNS:dynamicdns.domainconnect.org,"
      "permitted;IP:127.0.0.1/255.255.255.255,"
      "permitted;IP:0:0:0:0:0:0:0:1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
};

static const struct extension leaf_extensions[] = {
    { NID_basic_constraints, "critical,CA:FALSE" },
    { NID_key_usage, "critical,digitalSignature" },
    { NID_ext_key_usage, "serverAuth" },
    { NID_subject_key_identifier, "hash" },
    { NID_authority_key_identifier, "keyid" },
    { NID_subject_alt_name, "DNS:*.sandbox.test,DNS:sandbox.test,DNS:localhost,"
                            "DNS:dynamicdns.domainconnect.org,IP:127.0.0.1,IP:::1" },
};

static bool add_extensions(X509 *certificate, X509 *issuer, const struct extension *list, size_t n)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    for (size_t i = 0; i < n; i++) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, list[i].nid, list[i].value);
        bool ok = extension && X509_add_ext(certificate, extension, -1) == 1;
        X509_EXTENSION_free(extension);
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool set_serial(X509 *certificate)
{
    unsigned char bytes[16] = { 0 };
    bool ok = RAND_bytes(bytes, sizeof bytes) == 1;
    bytes[0] = (unsigned char)((bytes[0] & 0x7Fu) | 0x40u); /* positive, and never short */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    ok = ok && number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return ok;
}

static bool set_name(X509 *certificate, const char *name)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    return subject && X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                                 (const unsigned char *)name, -1, -1, 0) == 1;
}

/* A certificate without extensions and signature. issuer NULL: its own. */
static X509 *draft(const char *name, EVP_PKEY *key, X509 *issuer)
{
    X509 *certificate = X509_new();
    bool ok = certificate && X509_set_version(certificate, X509_VERSION_3) == 1 &&
              set_serial(certificate) && set_name(certificate, name) &&
              X509_set_pubkey(certificate, key) == 1 &&
              X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY) &&
              X509_gmtime_adj(X509_getm_notAfter(certificate), 30 * DAY) &&
              X509_set_issuer_name(certificate,
                                   X509_get_subject_name(issuer ? issuer : certificate)) == 1;
    if (!ok) {
        X509_free(certificate);
        certificate = NULL;
    }
    return certificate;
}

static X509 *make_ca(EVP_PKEY *key)
{
    X509 *certificate = draft("dcddns-sandbox CA (loopback, one run)", key, NULL);
    if (certificate && (!add_extensions(certificate, certificate, ca_extensions,
                                        sizeof ca_extensions / sizeof ca_extensions[0]) ||
                        X509_sign(certificate, key, EVP_sha256()) <= 0)) {
        X509_free(certificate);
        certificate = NULL;
    }
    return certificate;
}

static X509 *make_leaf(EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *certificate = draft("sandbox.test", key, issuer);
    if (certificate && (!add_extensions(certificate, issuer, leaf_extensions,
                                        sizeof leaf_extensions / sizeof leaf_extensions[0]) ||
                        X509_sign(certificate, issuer_key, EVP_sha256()) <= 0)) {
        X509_free(certificate);
        certificate = NULL;
    }
    return certificate;
}

static char *take_text(BIO *bio)
{
    char *data = NULL;
    long n = BIO_get_mem_data(bio, &data);
    char *text = n > 0 ? calloc(1, (size_t)n + 1) : NULL;
    if (text) {
        memcpy(text, data, (size_t)n);
    }
    BIO_free(bio);
    return text;
}

static char *certificate_pem(X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio) {
        (void)PEM_write_bio_X509(bio, certificate);
    }
    return bio ? take_text(bio) : NULL;
}

static char *key_pem(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    if (bio) {
        (void)PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    }
    return bio ? take_text(bio) : NULL;
}

bool ca_make(struct ca *ca)
{
    EVP_PKEY *ca_key = EVP_EC_gen("P-256");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *root = ca_key ? make_ca(ca_key) : NULL;
    X509 *leaf = root && key ? make_leaf(key, root, ca_key) : NULL;
    if (leaf) {
        ca->ca_certificate = certificate_pem(root);
        ca->certificate = certificate_pem(leaf);
        ca->key = key_pem(key);
    }
    X509_free(leaf);
    X509_free(root);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ca_key);
    return ca->ca_certificate && ca->certificate && ca->key;
}

void ca_free(struct ca *ca)
{
    if (ca->key) {
        OPENSSL_cleanse(ca->key, strlen(ca->key));
    }
    free(ca->ca_certificate);
    free(ca->certificate);
    free(ca->key);
    *ca = (struct ca){ 0 };
}
