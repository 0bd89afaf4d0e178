/* What the files of config/ share while one configuration is loaded or checked; private to this
 * room.  Reading comes first and keeps everything as written (sections, keys, places); only when
 * all files are read are values looked at. */
#ifndef DCDDNS_CONFIG_LOAD_H
#define DCDDNS_CONFIG_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/format.h"
#include "base/text.h"
#include "config/config.h"

enum {
    CONFIG_LINE_MAX = 190,     /* bytes of a `key = value` line; inih's own limit may be 197 */
    CONFIG_FILE_MAX = 1 << 20, /* bytes of one file */
    CONFIG_SECTION_KEYS = 256, /* keys in one section */
    CONFIG_INCLUDE_DEPTH = 4,  /* includes within includes */
    CONFIG_PROBLEMS_MAX = 200, /* errors kept as text; the others are counted */
    CONFIG_NAME_MAX = 32       /* bytes of an instance's or module's name */
};

/* One thing that is wrong.  FILE belongs to the config; its place among the files gives the order.
 */
struct problem {
    const char *file;
    size_t rank, order;
    int line;
    char *text;
};

/* A zeroed struct with CONFIG set is empty. */
struct problems {
    const struct config *config;
    struct problem *list;
    size_t count, cap;
    int total;
    bool no_memory; /* says everything; the list no longer matters */
};

void problems_add(struct problems *, const char *file, int line, const char *format, ...)
    FORMAT_CHECKED(4, 5);
/* Moves all to ERRORS in file order and frees the list.  Returns how many there were; out of memory
 * counts as the only one. */
int problems_report(struct problems *, struct config_errors *errors);

/* `key = value` as written; the value may be secret. */
struct ini_entry {
    char *key, *value;
    const char *file;
    int line;
};

/* [KIND NAME]; NAME is "" when there is none. */
struct ini_section {
    char *kind, *name;
    const char *file;
    int line;
    struct ini_entry *entries;
    size_t count, cap;
    bool ignored; /* wrong or there before: reported, its keys are looked at all the same */
};

/* A line `include PATTERN`. */
struct ini_include {
    char *pattern;
    const char *file;
    int line;
};

struct load {
    struct config *config; /* in the making */
    bool agent;            /* for config_load_agent() */
    struct problems problems;
    struct ini_section *sections;
    size_t section_count, section_cap;
    struct ini_include *includes;
    size_t include_count, include_cap;
    const char **seen; /* config->files, sorted by name */
    size_t file_cap, seen_cap;
};

/* -- load.c -- */

void load_clear(struct load *);
/* Room for one more item of SIZE bytes behind COUNT; the list, perhaps moved, or NULL. */
void *load_grow(void *list, size_t count, size_t *cap, size_t size);
/* As mem_strndup(), out of memory is noted. */
char *load_strndup(struct load *, const char *text, size_t len);
/* Appends a copy; the list stays NULL-ended. */
bool load_list_add(struct load *, struct config_list *, const char *text);
void config_list_free(struct config_list *);
/* [a-z0-9-]{1,32} */
bool config_name_ok(const char *name);

/* -- ini.c: one file's text to sections, keys and includes; no files -- */

void ini_read(struct load *, const char *file, const char *text, size_t len);

/* -- files.c: which files there are -- */

/* Sets path, conf_d and files of the config, and reads everything. */
void files_read(struct load *, const char *path, bool missing_ok);

/* -- sections.c: which sections there are -- */

/* Reports unknown, badly named and repeated sections and marks them as ignored.  Host names are
 * normalised.  SORTED (mem_free() it) gets all sections of known kinds, equal ones side by side in
 * the order they were read. */
size_t sections_identify(struct load *, struct ini_section ***sorted);
/* Kind of an instance's section, 0 for others. */
uint32_t sections_kind(const struct ini_section *);

/* -- values.c: what keys mean -- */

/* Reads every entry of SECTION into BASE (struct config or struct config_host) by the table of
 * keys, then the defaults of the keys that are not there. */
void values_read(struct load *, const struct ini_section *section, void *base);
/* The defaults of [core] when there is no such section. */
void values_defaults(struct load *, const char *section, void *base);

/* -- instances.c -- */

/* Makes the instance of a section. */
void instances_read(struct load *, const struct ini_section *, uint32_t kind);
/* Notes that NAME is used at FILE:LINE, making an instance with defaults when there is none. */
void instances_use(struct load *, uint32_t kind, const char *name, const char *file, int line);
void instances_free(struct config *);

/* -- notifier.c: keys of [notifier NAME] that are not the module's -- */

/* KEY of a section of that kind is ours, the module does not see it. */
bool notifier_owns(uint32_t kind, const char *key);
void notifier_read(struct load *, const struct ini_section *, struct event_filter *);

/* -- keys.c -- */

const struct config_key *keys_find(const char *section, const char *name);
/* ", did you mean 'interval'?" for an unknown key of SECTION, or "". */
struct suggestion {
    char text[96];
};
struct suggestion suggest(const char *word, const char *const *candidates, size_t count);
struct suggestion keys_suggest(const char *section, const char *name);

#endif
