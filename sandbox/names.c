/*
 * Domain names as text. Must not know where they come from.
 */
#include "names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool label_ok(const char *label, size_t n)
{
    if (n == 0 || n > 63) {
        return false;
    }
    if (n == 1 && label[0] == '*') {
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)label[i];
        if (!(c < 128 && isalnum(c)) && c != '-' && c != '_') {
            return false;
        }
    }
    return label[0] != '-' && label[n - 1] != '-';
}

bool name_normalise(char *out, size_t size, const char *in)
{
    size_t n = strlen(in);
    if (n > 0 && in[n - 1] == '.') {
        n--;
    }
    if (n == 0 || n > 253 || n >= size) {
        return false;
    }
    for (size_t start = 0; start <= n;) {
        size_t end = start;
        while (end < n && in[end] != '.') {
            end++;
        }
        if (!label_ok(in + start, end - start)) {
            return false;
        }
        start = end + 1;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = (char)tolower((unsigned char)in[i]);
    }
    out[n] = '\0';
    return true;
}

bool name_join(char *out, size_t size, const char *host, const char *zone)
{
    const char *dot = host[0] ? "." : "";
    int n = snprintf(out, size, "%s%s%s", host, dot, zone);
    return n > 0 && n <= 253 && (size_t)n < size;
}

bool name_is_under(const char *name, const char *zone)
{
    size_t n = strlen(name);
    size_t z = strlen(zone);
    if (n < z || strcmp(name + n - z, zone) != 0) {
        return false;
    }
    return n == z || name[n - z - 1] == '.';
}
