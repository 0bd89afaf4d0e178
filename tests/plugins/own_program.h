/* This test's program as the program that a module runs, for systems without /bin/echo: told what
 * to do by its first argument. */
#ifndef DCDDNS_TESTS_OWN_PROGRAM_H
#define DCDDNS_TESTS_OWN_PROGRAM_H

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static char own_program[MAX_PATH]; /* its path, with backslashes */

static inline int own_environment(const char *path)
{
    FILE *out = fopen(path, "wb");
    if (!out)
        return 9;
    for (char **at = _environ; *at; at++) {
        if (strncmp(*at, "DCDDNS_", 7) == 0)
            fprintf(out, "%s\n", *at);
    }
    return fclose(out) == 0 ? 0 : 9;
}

/* True: this is the program that was run, and *STATUS is what main() returns. */
static inline bool own_program_ran(int argc, char **argv, int *status)
{
    const char *what = argc > 1 ? argv[1] : "";
    *status = 0;
    if (strcmp(what, "print") == 0) { /* a line for each word, as this system ends lines */
        for (int i = 2; i < argc; i++)
            printf("%s\n", argv[i]);
    } else if (strcmp(what, "variable") == 0) {
        printf("%s\n", getenv(argv[2]) ? getenv(argv[2]) : "none");
    } else if (strcmp(what, "nul") == 0) {
        fwrite("203.0.114.7\0x", 1, 13, stdout);
    } else if (strcmp(what, "status") == 0) {
        *status = (int)strtol(argv[2], NULL, 10);
    } else if (strcmp(what, "environment") == 0) {
        *status = own_environment(argv[2]);
    } else if (strcmp(what, "sleep") == 0) {
        Sleep(63000);
    } else {
        GetModuleFileNameA(NULL, own_program, sizeof(own_program));
        return false;
    }
    return true;
}

#endif
