/* Between the files of import/: one reader for each format, and what they share. */
#ifndef DCDDNS_IMPORT_INSIDE_H
#define DCDDNS_IMPORT_INSIDE_H

#include "import/import.h"

struct import_reader {
    struct import_file *file;
    const char *shown; /* path, for messages */
    const char *text;
    size_t len;
    struct error *err;
    size_t counted; /* up to here lines were counted */
    int newlines;
};

/* JSON of the two Domain Connect clients; sets the format. */
int import_read_json(struct import_reader *);
int import_read_inadyn(struct import_reader *);
int import_read_ddclient(struct import_reader *);

/* A new entry for TEXT, which may be no name: then its error says so, without TEXT when that can
 * only be something else, as a password in a wrong place.  NULL with ERR of the reader:
 * out of memory, or too many. */
struct import_name *import_add(struct import_reader *, const char *text, int line);
/* The same for a name that another entry may have for its other family: those become one.  "@.ZONE"
 * is ZONE. */
int import_add_families(struct import_reader *, const char *text, int line, bool ipv4, bool ipv6);
/* Line of TEXT + OFFSET, from 1. */
int import_line(struct import_reader *, size_t offset);
/* Error of the whole file at LINE (0: none); -1. */
int import_fail(struct import_reader *, int line, const char *what);

/* Notes what a setting of the other program means here. VALUE is shown only where it cannot be a
 * secret. */
void import_advise(struct import_reader *, const char *key, const char *value, int line);
/* True when KEY is a setting that the other programs have: no secret in a wrong place. */
bool import_knows(const char *key);

#endif
