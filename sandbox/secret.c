/*
 * Random tokens and their comparison. Must not know what the tokens open.
 */
#include "secret.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <string.h>

/* 45 bytes are 60 base64 bytes; a token has room for them and a NUL. */
#define RAW_MAX    45
#define BASE64_MAX 65

static void base64url(char out[SBX_SECRET_TEXT], const unsigned char *raw, size_t n)
{
    unsigned char text[BASE64_MAX] = { 0 };
    (void)EVP_EncodeBlock(text, raw, (int)n);
    size_t i = 0;
    for (; text[i] && text[i] != '=' && i < SBX_SECRET_TEXT - 1; i++) {
        char c = (char)text[i];
        out[i] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    out[i] = '\0';
}

bool secret_make(char out[SBX_SECRET_TEXT], size_t bytes)
{
    unsigned char raw[RAW_MAX] = { 0 };
    if (bytes > sizeof raw || RAND_bytes(raw, (int)bytes) != 1) {
        return false;
    }
    base64url(out, raw, bytes);
    return true;
}

bool secret_equal(const char *a, const char *b)
{
    if (!a || !b) {
        return false;
    }
    size_t n = strlen(a);
    return n == strlen(b) && CRYPTO_memcmp(a, b, n) == 0;
}

static bool verifier_ok(const char *verifier)
{
    size_t n = strlen(verifier);
    if (n < 43 || n > 128) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)verifier[i];
        if (!(c < 128 && isalnum(c)) && !strchr("-._~", c)) {
            return false;
        }
    }
    return true;
}

bool secret_pkce_matches(const char *verifier, const char *challenge)
{
    unsigned char digest[32] = { 0 };
    char text[SBX_SECRET_TEXT];
    unsigned length = 0;
    if (!verifier_ok(verifier) ||
        EVP_Digest(verifier, strlen(verifier), digest, &length, EVP_sha256(), NULL) != 1) {
        return false;
    }
    base64url(text, digest, sizeof digest);
    return secret_equal(text, challenge);
}

void secret_remember(struct sandbox *s, const char *text)
{
    struct buf line = { .max = SBX_BODY_MAX };
    buf_printf(&line, "%s\n", text);
    if (line.failed || line.len < 2 || strchr(text, '\n')) {
        buf_free(&line);
        return;
    }
    const char *found = strstr(buf_text(&s->secrets), line.data);
    bool known = found && (found == s->secrets.data || found[-1] == '\n');
    if (!known) {
        buf_add(&s->secrets, line.data, line.len);
    }
    buf_free(&line);
}
