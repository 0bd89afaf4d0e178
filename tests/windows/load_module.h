/* A module as a file, loaded as the daemon does, for programs that are no tests by themselves. */
#ifndef DCDDNS_TESTS_WINDOWS_LOAD_MODULE_H
#define DCDDNS_TESTS_WINDOWS_LOAD_MODULE_H

#include <stdio.h>
#include <string.h>
#include <windows.h>

#include "dcddns/plugin.h"

static const struct dcddns_plugin *load_module(const char *path)
{
    const DWORD how = LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32;
    char full[MAX_PATH] = "";
    const struct dcddns_plugin *(*entry)(void) = NULL;

    if (!GetFullPathNameA(path, MAX_PATH, full, NULL))
        return NULL;
    HMODULE module = LoadLibraryExA(full, NULL, how);
    if (!module) {
        printf("%s cannot be loaded: error %lu\n", full, GetLastError());
        return NULL;
    }
    FARPROC found = GetProcAddress(module, "dcddns_plugin_v1");
    memcpy(&entry, &found, sizeof(entry));
    return entry ? entry() : NULL;
}

#endif
