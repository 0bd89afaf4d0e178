/* Lets the compiler check the arguments of functions that take a format, as the C standard has it:
 * also where the printf() of the system's own library has another one. */
#ifndef DCDDNS_BASE_FORMAT_H
#define DCDDNS_BASE_FORMAT_H

#include <stdio.h> /* which kind of printf() it is, where there are two */

/* FORMAT_AT and FIRST number the parameters from 1: the format, and the first of what it formats.
 */
#ifdef __MINGW_PRINTF_FORMAT
#define FORMAT_CHECKED(format_at, first)                                                           \
    __attribute__((format(__MINGW_PRINTF_FORMAT, format_at, first)))
#else
#define FORMAT_CHECKED(format_at, first) __attribute__((format(printf, format_at, first)))
#endif

#endif
