/* The only includer of OpenSSL outside the sandbox: SHA-256, the wiping allocator the libraries
 * that hold tokens are given, and its installation.  Must not know what is hashed or stored. */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "platform/inside.h"

void *os_wiping_alloc(size_t size)
{
    return mem_calls.alloc(size ? size : 1);
}

void *os_wiping_calloc(size_t count, size_t size)
{
    return mem_new(count, size);
}

void os_wiping_release(void *block)
{
    if (!block)
        return;
    mem_wipe(block, platform_block_size(block));
    mem_calls.release(block);
}

/* Never realloc(): it would leave the old copy behind unwiped. */
void *os_wiping_resize(void *block, size_t size)
{
    if (!block)
        return os_wiping_alloc(size);
    if (size == 0) {
        os_wiping_release(block);
        return NULL;
    }
    size_t have = platform_block_size(block);
    if (size <= have && have - size < 256)
        return block;
    void *fresh = os_wiping_alloc(size);
    if (!fresh)
        return NULL;
    memcpy(fresh, block, have < size ? have : size);
    os_wiping_release(block);
    return fresh;
}

char *os_wiping_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = os_wiping_alloc(size);
    if (copy)
        memcpy(copy, text, size);
    return copy;
}

static void *crypto_alloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return os_wiping_alloc(size);
}

static void *crypto_resize(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return os_wiping_resize(block, size);
}

static void crypto_release(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    os_wiping_release(block);
}

void crypto_init(void)
{
    CRYPTO_set_mem_functions(crypto_alloc, crypto_resize, crypto_release);
    json_use_allocator(os_wiping_alloc, os_wiping_release);
    /* libcrypto crashes when memory runs out inside its first random number: get that over with. */
    unsigned char warm[1];
    RAND_bytes(warm, sizeof(warm));
}

const char *os_crypto_library(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}

int os_sha256(const void *data, size_t len, uint8_t out[32])
{
    unsigned int size = 0;
    if (EVP_Digest(data, len, out, &size, EVP_sha256(), NULL) != 1 || size != 32)
        return -ENOMEM;
    return 0;
}
