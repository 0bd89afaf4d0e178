/* What every fuzz target shares: the entry, checks that end the program, and pieces of the input.
 * A target reads one input as a parser would meet it, and checks what must hold whatever came. */
#ifndef DCDDNS_TESTS_FUZZ_H
#define DCDDNS_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's names; without it driver.c calls them. */
__attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): it must hold in every kind of build. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define FUZZ_FAIL(words)                                                                           \
    do {                                                                                           \
        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, words);                                 \
        abort();                                                                                   \
    } while (0)

struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

/* The next byte; 0 when there is none. */
static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

/* LEN bytes of DATA in a block of exactly that size and a NUL, so that a sanitizer sees every read
 * beyond them; free() it. */
static inline char *fuzz_text(const uint8_t *data, size_t len)
{
    char *text = malloc(len + 1);
    FUZZ_CHECK(text);
    if (len > 0)
        memcpy(text, data, len);
    text[len] = '\0';
    return text;
}

/* The same without the NUL, for what is no text; free() it. */
static inline uint8_t *fuzz_bytes(const struct fuzz_input *in)
{
    uint8_t *bytes = malloc(in->left > 0 ? in->left : 1);
    FUZZ_CHECK(bytes);
    if (in->left > 0)
        memcpy(bytes, in->at, in->left);
    return bytes;
}

/* Up to the next newline, which is passed over, or the end; free() it. */
static inline char *fuzz_line(struct fuzz_input *in)
{
    const uint8_t *end = in->left > 0 ? memchr(in->at, '\n', in->left) : NULL;
    size_t len = end ? (size_t)(end - in->at) : in->left;
    char *text = fuzz_text(in->at, len);
    in->at += len + (end ? 1 : 0);
    in->left -= len + (end ? 1 : 0);
    return text;
}

/* What a person or a log gets to see: no control bytes, nothing that is not UTF-8 of one line. */
static inline bool fuzz_is_plain(const char *text)
{
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c < 0x20 || c == 0x7f)
            return false;
    }
    return true;
}

#endif
