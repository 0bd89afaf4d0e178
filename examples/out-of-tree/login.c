/* SPDX-License-Identifier: MIT
 *
 * Base64 and wiping by hand: a plugin that needs no library runs wherever the daemon does. */
#include "login.h"

#include <stdio.h>
#include <string.h>

enum { PAIR_SIZE = 2 * LOGIN_PART_MAX + 2 };

void login_wipe(void *data, unsigned long size)
{
    volatile unsigned char *at = data;
    while (size-- > 0)
        *at++ = 0;
}

/* Four characters for each three bytes of DATA; OUT holds what that needs. */
static void base64(const char *data, size_t len, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        unsigned long bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (i + k < len ? (unsigned char)data[i + k] : 0U);
        *out++ = digits[bits >> 18 & 63];
        *out++ = digits[bits >> 12 & 63];
        *out++ = i + 1 < len ? digits[bits >> 6 & 63] : '=';
        *out++ = i + 2 < len ? digits[bits & 63] : '=';
    }
    *out = '\0';
}

bool login_header(const char *user, const char *password, char header[LOGIN_HEADER_SIZE])
{
    static const char begin[] = "Authorization: Basic ";
    char pair[PAIR_SIZE] = "";

    header[0] = '\0';
    if (strlen(user) > LOGIN_PART_MAX || strlen(password) > LOGIN_PART_MAX || strchr(user, ':'))
        return false;
    snprintf(pair, sizeof(pair), "%s:%s", user, password);
    memcpy(header, begin, sizeof(begin));
    base64(pair, strlen(pair), header + strlen(begin));
    login_wipe(pair, sizeof(pair));
    return true;
}
