/* <stdio.h> of which a text that is printed reaches the system whole: what the compiler brings
 * writes each byte of it alone where there is no buffer, and a letter of two bytes is none then. */
#ifndef DCDDNS_WINDOWS_STDIO_H
#define DCDDNS_WINDOWS_STDIO_H

#include_next <stdio.h>

#include <stdarg.h>

int windows_printf(const char *format, ...) __attribute__((format(gnu_printf, 1, 2)));
int windows_fprintf(FILE *file, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));

#ifdef DCDDNS_WHOLE_TEXTS
#define printf(...)        windows_printf(__VA_ARGS__)
#define fprintf(file, ...) windows_fprintf(file, __VA_ARGS__)
#endif

#endif
