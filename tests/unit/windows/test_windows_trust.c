/* Which authorities are trusted: the store of Windows, its restrictions, the file beside it; and
 * that a connection uses that, and reads it once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <winsock2.h>

#include <windows.h>

#include <wincrypt.h>
#undef X509_NAME /* numbers of <wincrypt.h>; types of OpenSSL */
#undef X509_EXTENSIONS

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "net/http.h"
#include "platform/os.h"
#include "platform/windows_ca_store.h"

/* An authority, and a server's certificate of it. */
struct pair {
    EVP_PKEY *key;
    X509 *ca, *server;
};

static void extend(X509 *cert, int nid, const char *value)
{
    X509V3_CTX v3;
    X509V3_set_ctx(&v3, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &v3, nid, value);
    assert_non_null(extension);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
}

static X509 *certify(EVP_PKEY *key, const char *subject, const char *issuer)
{
    static long serial = 1;
    X509 *cert = X509_new();
    X509_NAME *from = X509_NAME_new();

    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)subject, -1, -1, 0);
    X509_NAME_add_entry_by_txt(from, "CN", MBSTRING_ASC, (const unsigned char *)issuer, -1, -1, 0);
    X509_set_issuer_name(cert, from);
    X509_NAME_free(from);
    return cert;
}

static struct pair make_pair(const char *name, const char *key_usage)
{
    struct pair pair = { .key = EVP_EC_gen("P-256") };

    pair.ca = certify(pair.key, name, name);
    extend(pair.ca, NID_basic_constraints, "critical,CA:TRUE");
    if (key_usage)
        extend(pair.ca, NID_key_usage, key_usage);
    assert_true(X509_sign(pair.ca, pair.key, EVP_sha256()) > 0);
    pair.server = certify(pair.key, "localhost", name);
    extend(pair.server, NID_subject_alt_name, "IP:127.0.0.1");
    assert_true(X509_sign(pair.server, pair.key, EVP_sha256()) > 0);
    return pair;
}

static void free_pair(struct pair *pair)
{
    EVP_PKEY_free(pair->key);
    X509_free(pair->ca);
    X509_free(pair->server);
}

/* -- stores ----------------------------------------------------------------------------------- */

static void put(const wchar_t *store_name, X509 *cert, const char *only_usage)
{
    unsigned char der[4096] = { 0 }, *end = der;
    char usage[64] = "";
    LPSTR usages[] = { usage };
    CERT_ENHKEY_USAGE restricted = { 1, usages };
    BYTE encoded[64] = { 0 };
    CRYPT_DATA_BLOB property = { sizeof(encoded), encoded };
    const CERT_CONTEXT *added = NULL;
    HCERTSTORE store = CertOpenSystemStoreW(0, store_name);

    assert_non_null(store);
    assert_true(i2d_X509(cert, NULL) < (int)sizeof(der));
    const int size = i2d_X509(cert, &end);
    assert_true(CertAddEncodedCertificateToStore(store, X509_ASN_ENCODING, der, (DWORD)size,
                                                 CERT_STORE_ADD_REPLACE_EXISTING, &added));
    if (only_usage) {
        snprintf(usage, sizeof(usage), "%s", only_usage);
        assert_true(CryptEncodeObject(X509_ASN_ENCODING, X509_ENHANCED_KEY_USAGE, &restricted,
                                      encoded, &property.cbData));
        assert_true(
            CertSetCertificateContextProperty(added, CERT_ENHKEY_USAGE_PROP_ID, 0, &property));
    }
    CertFreeCertificateContext(added);
    CertCloseStore(store, 0);
}

/* By way of the registry: Wine forgets in the store, but not there. */
static void take_away(const wchar_t *store_name, X509 *cert)
{
    wchar_t path[256] = L"";
    unsigned char sum[EVP_MAX_MD_SIZE] = { 0 };
    unsigned int size = 0;

    assert_int_equal(1, X509_digest(cert, EVP_sha1(), sum, &size));
    int len = swprintf(path, sizeof(path) / sizeof(path[0]),
                       L"Software\\Microsoft\\SystemCertificates\\%ls\\Certificates\\", store_name);
    for (unsigned i = 0; i < size; i++)
        len += swprintf(path + len, 3, L"%02X", sum[i]);
    assert_int_equal(ERROR_SUCCESS, RegDeleteTreeW(HKEY_CURRENT_USER, path));
}

/* LINK: what the server sends beside CERT, or NULL. */
static int verify_chain(struct os_trust *trust, X509 *cert, X509 *link)
{
    STACK_OF(X509) *sent = sk_X509_new_null();
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    X509_STORE_CTX *check = X509_STORE_CTX_new();

    os_trust_give(trust, ctx);
    if (link)
        assert_true(sk_X509_push(sent, link) > 0);
    assert_int_equal(1, X509_STORE_CTX_init(check, SSL_CTX_get_cert_store(ctx), cert, sent));
    const int good = X509_verify_cert(check);
    const int why = X509_STORE_CTX_get_error(check);
    X509_STORE_CTX_free(check);
    SSL_CTX_free(ctx);
    sk_X509_free(sent);
    return why == X509_V_ERR_CERT_REJECTED ? -why : good;
}

static int verify_with(struct os_trust *trust, X509 *cert)
{
    return verify_chain(trust, cert, NULL);
}

/* -- what is read ----------------------------------------------------------------------------- */

/* Signed for this use; for another; for this one by a key for something else; in both stores. */
static void test_restrictions(void **state)
{
    (void)state;
    struct pair good = make_pair("good", NULL), mail = make_pair("mail", NULL);
    struct pair web = make_pair("web", "keyCertSign,cRLSign"), leaf = make_pair("leaf", "cRLSign");
    struct pair bad = make_pair("bad", NULL), absent = make_pair("absent", NULL);

    put(L"ROOT", good.ca, NULL);
    put(L"ROOT", mail.ca, szOID_PKIX_KP_EMAIL_PROTECTION);
    put(L"ROOT", web.ca, szOID_PKIX_KP_SERVER_AUTH);
    put(L"ROOT", leaf.ca, NULL);
    put(L"ROOT", bad.ca, NULL);
    put(L"Disallowed", bad.ca, NULL);
    struct os_trust *trust = os_trust_read(NULL);
    assert_non_null(trust);
    assert_int_equal(1, verify_with(trust, good.server));
    assert_int_equal(1, verify_with(trust, web.server));
    assert_int_equal(0, verify_with(trust, mail.server));
    assert_int_equal(0, verify_with(trust, leaf.server));
    assert_int_equal(0, verify_with(trust, bad.server));
    assert_int_equal(0, verify_with(trust, absent.server));
    os_trust_free(&trust);
    take_away(L"ROOT", good.ca);
    take_away(L"ROOT", mail.ca);
    take_away(L"ROOT", web.ca);
    take_away(L"ROOT", leaf.ca);
    take_away(L"ROOT", bad.ca);
    take_away(L"Disallowed", bad.ca);
    free_pair(&good);
    free_pair(&mail);
    free_pair(&web);
    free_pair(&leaf);
    free_pair(&bad);
    free_pair(&absent);
}

/* Properties as Windows has them; not every system that runs this keeps them. */
static struct {
    X509 *cert;
    DWORD date_id, usage_id;
    int64_t ahead_s; /* its date, from now */
    const char *usage;
} given_up;

static bool is_cert(const CERT_CONTEXT *context, X509 *cert)
{
    unsigned char der[4096] = { 0 }, *end = der;
    const int size = i2d_X509(cert, &end);
    return context->cbCertEncoded == (DWORD)size &&
           memcmp(context->pbCertEncoded, der, (size_t)size) == 0;
}

static bool property(const void *context, DWORD id, void *data, DWORD *size)
{
    char usage[64] = "";
    LPSTR usages[] = { usage };
    CERT_ENHKEY_USAGE list = { 1, usages };
    ULARGE_INTEGER at = { 0 };
    FILETIME now = { 0 };

    SetLastError((DWORD)CRYPT_E_NOT_FOUND);
    if (!is_cert(context, given_up.cert))
        return false;
    if (id == given_up.date_id && *size >= sizeof(now)) {
        GetSystemTimeAsFileTime(&now);
        memcpy(&at, &now, sizeof(at));
        at.QuadPart += (ULONGLONG)(given_up.ahead_s * 10000000);
        memcpy(data, &at, sizeof(at));
        *size = sizeof(at);
        return true;
    }
    if (id != given_up.usage_id || !given_up.usage)
        return false;
    snprintf(usage, sizeof(usage), "%s", given_up.usage);
    return CryptEncodeObject(X509_ASN_ENCODING, X509_ENHANCED_KEY_USAGE, &list, data, size);
}

/* An authority whose date has passed is refused, from the file too, unless the date is of another
 * use. */
static void test_given_up(void **state)
{
    static const DWORD ids[][2] = {
        { CERT_DISALLOWED_FILETIME_PROP_ID, CERT_DISALLOWED_ENHKEY_USAGE_PROP_ID },
        { CERT_NOT_BEFORE_FILETIME_PROP_ID, CERT_NOT_BEFORE_ENHKEY_USAGE_PROP_ID },
    };
    static const struct {
        int64_t ahead_s;
        const char *usage;
        int good;
    } rows[] = {
        { -60, NULL, 0 },
        { 60, NULL, 1 },
        { -60, szOID_PKIX_KP_EMAIL_PROTECTION, 1 },
        { -60, szOID_PKIX_KP_SERVER_AUTH, 0 },
        { 60, szOID_PKIX_KP_SERVER_AUTH, 1 },
    };
    struct pair pair = make_pair("given up", NULL), other = make_pair("not given up", NULL);
    bool (*real)(const void *, DWORD, void *, DWORD *) = windows_ca_property;
    char path[] = "test_windows_trust_given_up.pem";
    BIO *file = BIO_new_file(path, "w");
    (void)state;

    PEM_write_bio_X509(file, pair.ca);
    BIO_free(file);
    put(L"ROOT", pair.ca, NULL);
    put(L"ROOT", other.ca, NULL);
    windows_ca_property = property;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        given_up.cert = pair.ca;
        given_up.date_id = ids[i % 2][0];
        given_up.usage_id = ids[i % 2][1];
        given_up.ahead_s = rows[i / 2].ahead_s;
        given_up.usage = rows[i / 2].usage;
        struct os_trust *trust = os_trust_read(path);
        assert_non_null(trust);
        if (rows[i / 2].good != (verify_with(trust, pair.server) == 1))
            fail_msg("row %d, property %lu", (int)i / 2, given_up.date_id);
        assert_int_equal(1, verify_with(trust, other.server));
        os_trust_free(&trust);
    }
    windows_ca_property = real;
    DeleteFileA(path);
    take_away(L"ROOT", pair.ca);
    take_away(L"ROOT", other.ca);
    free_pair(&pair);
    free_pair(&other);
}

/* Two in one file, with words between them; one of them is refused by the system. */
static void test_bundle(void **state)
{
    (void)state;
    struct pair one = make_pair("one", NULL), two = make_pair("two", NULL);
    struct pair bad = make_pair("bad", NULL);
    char path[] = "test_windows_trust.pem";
    BIO *file = BIO_new_file(path, "w");

    BIO_puts(file, "one\n");
    PEM_write_bio_X509(file, one.ca);
    BIO_puts(file, "bad\n");
    PEM_write_bio_X509(file, bad.ca);
    BIO_puts(file, "two\n");
    PEM_write_bio_X509(file, two.ca);
    BIO_free(file);
    put(L"Disallowed", bad.ca, NULL);
    struct os_trust *trust = os_trust_read(path);
    assert_non_null(trust);
    assert_int_equal(1, verify_with(trust, one.server));
    assert_int_equal(1, verify_with(trust, two.server));
    assert_int_equal(0, verify_with(trust, bad.server));
    os_trust_free(&trust);
    DeleteFileA(path);
    take_away(L"Disallowed", bad.ca);
    free_pair(&one);
    free_pair(&two);
    free_pair(&bad);
}

/* An authority of PAIR's key below ROOT, which is another key's. */
static X509 *link_below(const struct pair *pair, const struct pair *root, const char *name)
{
    X509 *link = certify(pair->key, name, "root");
    extend(link, NID_basic_constraints, "critical,CA:TRUE");
    assert_true(X509_sign(link, root->key, EVP_sha256()) > 0);
    return link;
}

/* The root is trusted; one link below it is not, nor one server. */
static void test_refused_in_a_chain(void **state)
{
    (void)state;
    struct pair root = make_pair("root", NULL), bad_server = make_pair("third", NULL);
    struct pair good = make_pair("first", NULL), bad = make_pair("second", NULL);
    X509 *good_link = link_below(&good, &root, "first"),
         *bad_link = link_below(&bad, &root, "second");

    put(L"ROOT", root.ca, NULL);
    put(L"ROOT", bad_server.ca, NULL);
    struct os_trust *trust = os_trust_read(NULL);
    assert_int_equal(1, verify_chain(trust, good.server, good_link));
    assert_int_equal(1, verify_chain(trust, bad.server, bad_link));
    assert_int_equal(1, verify_with(trust, bad_server.server));
    os_trust_free(&trust);
    put(L"Disallowed", bad_link, NULL);
    put(L"Disallowed", bad_server.server, NULL);
    trust = os_trust_read(NULL);
    assert_int_equal(1, verify_chain(trust, good.server, good_link));
    assert_int_equal(-X509_V_ERR_CERT_REJECTED, verify_chain(trust, bad.server, bad_link));
    assert_int_equal(-X509_V_ERR_CERT_REJECTED, verify_with(trust, bad_server.server));
    os_trust_free(&trust);
    put(L"ROOT", bad.ca, NULL); /* another certificate of the same key and name */
    trust = os_trust_read(NULL);
    assert_int_equal(1, verify_chain(trust, bad.server, bad_link));
    os_trust_free(&trust);
    take_away(L"ROOT", root.ca);
    take_away(L"ROOT", bad_server.ca);
    take_away(L"ROOT", bad.ca);
    take_away(L"Disallowed", bad_link);
    take_away(L"Disallowed", bad_server.server);
    X509_free(good_link);
    X509_free(bad_link);
    free_pair(&root);
    free_pair(&good);
    free_pair(&bad);
    free_pair(&bad_server);
}

static void *(*real_open)(const wchar_t *);

static void *open_but_disallowed(const wchar_t *name)
{
    if (wcscmp(name, L"Disallowed") != 0)
        return real_open(name);
    SetLastError(ERROR_ACCESS_DENIED);
    return NULL;
}

static void test_refused_unread(void **state)
{
    (void)state;
    real_open = windows_ca_open;
    windows_ca_open = open_but_disallowed;
    struct os_trust *trust = os_trust_read(NULL);
    windows_ca_open = real_open;
    assert_null(trust);
}

/* -- what a connection uses ------------------------------------------------------------------- */

struct server {
    SOCKET socket;
    SSL_CTX *ctx;
    unsigned port;
    atomic_int served;
};

static DWORD WINAPI serve(void *arg)
{
    static const char answer[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
    struct server *server = arg;
    char ignored[4096];

    for (;;) {
        SOCKET peer = accept(server->socket, NULL, NULL);
        if (peer == INVALID_SOCKET)
            return 0;
        SSL *ssl = SSL_new(server->ctx);
        SSL_set_fd(ssl, (int)peer);
        if (SSL_accept(ssl) == 1 && SSL_read(ssl, ignored, sizeof(ignored)) > 0) {
            atomic_fetch_add(&server->served, 1);
            SSL_write(ssl, answer, sizeof(answer) - 1);
            SSL_shutdown(ssl);
        }
        SSL_free(ssl);
        closesocket(peer);
    }
}

static HANDLE start(struct server *server, struct pair *pair)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int size = sizeof(at);

    server->ctx = SSL_CTX_new(TLS_server_method());
    assert_int_equal(1, SSL_CTX_use_certificate(server->ctx, pair->server));
    assert_int_equal(1, SSL_CTX_use_PrivateKey(server->ctx, pair->key));
    SSL_CTX_set_num_tickets(server->ctx, 0); /* each connection is verified */
    server->socket = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(0, bind(server->socket, (struct sockaddr *)&at, sizeof(at)));
    assert_int_equal(0, getsockname(server->socket, (struct sockaddr *)&at, &size));
    assert_int_equal(0, listen(server->socket, 8));
    server->port = ntohs(at.sin_port);
    return CreateThread(NULL, 0, serve, server, 0, NULL);
}

static void stop(struct server *server, HANDLE thread)
{
    closesocket(server->socket);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    SSL_CTX_free(server->ctx);
}

static int64_t ahead_ms;
static int64_t (*real_boot_ms)(void);

static int64_t boot_ms_ahead(void)
{
    return real_boot_ms() + ahead_ms;
}

static void on_done(void *ctx, const struct http_answer *answer)
{
    *(int *)ctx = answer->error.class == ERR_NONE ? answer->status : -1;
    if (answer->error.class != ERR_NONE && !strstr(answer->error.text, "certificate"))
        fail_msg("%s", answer->error.text);
}

/* 200, or -1: its certificate was refused. */
static int ask(struct net *net, const struct server *server)
{
    char url[64] = "";
    int status = 0;
    snprintf(url, sizeof(url), "https://127.0.0.1:%u/", server->port);
    const struct http_request request = { .url = url,
                                          .trust = HTTP_CONFIGURED,
                                          .max_body = 1024,
                                          .connect_ms = 30000,
                                          .total_ms = 60000,
                                          .fresh = true };
    assert_non_null(http_start(net, &request, on_done, &status));
    while (status == 0)
        net_turn(net, 1000);
    return status;
}

static void test_connection(void **state)
{
    (void)state;
    struct pair pair = make_pair("of the connection", NULL);
    const struct net_options options = { .allow_loopback = true };
    struct server server = { 0 };
    struct error err = { 0 };
    HANDLE thread = start(&server, &pair);

    ahead_ms = 0;
    real_boot_ms = os.boot_ms;
    os.boot_ms = boot_ms_ahead;
    struct net *net = net_new(&options, &err);
    assert_non_null(net);
    assert_int_equal(-1, ask(net, &server));
    put(L"ROOT", pair.ca, NULL);
    assert_int_equal(-1, ask(net, &server)); /* not for each wrong certificate */
    ahead_ms += 61 * 1000;
    assert_int_equal(200, ask(net, &server)); /* but soon */
    take_away(L"ROOT", pair.ca);
    ahead_ms += 5 * 60 * 60 * 1000;
    assert_int_equal(200, ask(net, &server)); /* kept */
    ahead_ms += 2 * 60 * 60 * 1000;
    assert_int_equal(-1, ask(net, &server)); /* but not for ever */
    assert_int_equal(2, atomic_load(&server.served));
    net_free(&net);
    os.boot_ms = real_boot_ms;
    stop(&server, thread);
    free_pair(&pair);
}

/* A connection looks at what is refused, and keeps what it knows when that cannot be read. */
static void test_refused_connection(void **state)
{
    (void)state;
    struct pair pair = make_pair("of the refused", NULL);
    const struct net_options options = { .allow_loopback = true };
    struct server server = { 0 };
    struct error err = { 0 };
    HANDLE thread = start(&server, &pair);

    ahead_ms = 0;
    real_boot_ms = os.boot_ms;
    os.boot_ms = boot_ms_ahead;
    real_open = windows_ca_open;
    put(L"ROOT", pair.ca, NULL);
    struct net *net = net_new(&options, &err);
    assert_non_null(net);
    assert_int_equal(200, ask(net, &server));
    put(L"Disallowed", pair.server, NULL);
    ahead_ms += 7 * 60 * 60 * 1000;
    windows_ca_open = open_but_disallowed;
    assert_int_equal(200, ask(net, &server));
    windows_ca_open = real_open;
    ahead_ms += 61 * 1000;
    assert_int_equal(-1, ask(net, &server));
    net_free(&net);
    os.boot_ms = real_boot_ms;
    take_away(L"ROOT", pair.ca);
    take_away(L"Disallowed", pair.server);
    stop(&server, thread);
    free_pair(&pair);
}

int main(void)
{
    struct error err = { 0 };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restrictions),       cmocka_unit_test(test_bundle),
        cmocka_unit_test(test_given_up),           cmocka_unit_test(test_refused_in_a_chain),
        cmocka_unit_test(test_refused_unread),     cmocka_unit_test(test_connection),
        cmocka_unit_test(test_refused_connection),
    };
    os_process_init();
    if (net_global_init(&err) < 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    net_global_cleanup();
    return failed;
}
