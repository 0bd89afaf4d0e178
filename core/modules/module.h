/* Modules: shared objects that hold one plugin each, loaded by name, or parts of the program;
 * proven before use, never unloaded.  What a plugin declares is copied into structs of our size:
 * members it lacks are zero. Knows nothing of instances or configuration. */
#ifndef DCDDNS_MODULES_MODULE_H
#define DCDDNS_MODULES_MODULE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "dcddns/plugin.h"

struct module {
    struct dcddns_plugin plugin; /* .options points into the plugin; walk it with module_option() */
    union {
        struct dcddns_ip_source ip_source;
        struct dcddns_auth auth;
        struct dcddns_notifier notifier;
    } ops;
    char *path;          /* file it came from; "(built in)" for static entries */
    struct module *next; /* list of the table */
};

/* A module that was linked into the program. */
struct module_builtin {
    uint32_t kind; /* 0 ends a list */
    const char *name;
    const struct dcddns_plugin *(*entry)(void);
};

/* Those of the program, made by CMake; defined in the program only. */
extern const struct module_builtin module_builtins[];

/* Every module of the process, by kind and name.  A zeroed table finds nothing. */
struct module_table {
    const struct module_builtin *builtins; /* looked at before the paths; NULL = none; caller's */
    const char *const *paths; /* absolute directories, NULL-ended, tried in order; caller's */
    struct module *list;
};

/* "ip-source", "auth", "notifier": folder below each path and word of the configuration. */
const char *module_kind_name(uint32_t kind);
/* 0 when it is not one of them. */
uint32_t module_kind_of(const char *name);

/* The module, loaded now or before.  NULL with ERR_CONFIG: one sentence with file, rule, remedy. */
const struct module *module_find(struct module_table *, uint32_t kind, const char *name,
                                 struct error *);
/* Proves and copies what an entry function returned, as module_find() does after dlopen; for static
 * entries (tests) and for files named on the command line.  STEM NULL: the name is not compared. */
const struct module *module_adopt(struct module_table *, uint32_t kind, const char *stem,
                                  const char *path, const struct dcddns_plugin *, struct error *);
/* Loads one file outside the table's folders for `modules check`, as the kind it says it is. */
const struct module *module_load_file(struct module_table *, const char *path, struct error *);
/* Calls EACH for every built-in module, DIR being NULL, then for every module file in the folders,
 * DIR being the folder of that file; the only scan there is.  A name in two places comes twice:
 * module_find() takes the first. */
void module_each(const struct module_table *,
                 void (*each)(void *ctx, uint32_t kind, const char *name, const char *dir),
                 void *ctx);
/* True when MODULE is a part of the program, or the file NAME of its own in DIR: of two modules of
 * one name, the one that is used.  DIR NULL: built in. */
bool module_is_from(const struct module *, const char *dir);
/* Frees our copies; the code stays mapped. */
void module_table_free(struct module_table *);

/* Row I of the option table, copied with the plugin's stride. */
void module_option(const struct module *, uint32_t i, struct dcddns_option *);
/* Row of that NAME; 0, or -1. */
int module_option_find(const struct module *, const char *name, struct dcddns_option *);

#endif
