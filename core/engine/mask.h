/* Pseudonyms for what must not be read by strangers: names become host-1.example, addresses ipv4-1,
 * the same one everywhere in one text.  Works by what may pass, never by looking for what may not:
 * a word that is not known to be harmless is not shown.  Pure; must not know where texts come from.
 */
#ifndef DCDDNS_ENGINE_MASK_H
#define DCDDNS_ENGINE_MASK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "dcddns/plugin.h"

enum { MASK_KINDS = 4 };

struct mask_list {
    char **items;
    size_t count;
};

/* A zeroed struct is empty; mask_free(). */
enum { MASK_PLACES = 4 };
/* A folder whose path may name somebody, and words that do not. */
struct mask_place {
    char *path; /* mem_ memory, the mask's */
    const char *words;
};

struct mask {
    bool names; /* names, addresses and paths stay as they are: for private use */
    struct mask_place places[MASK_PLACES];
    size_t place_count;
    struct mask_list lists[MASK_KINDS];
};

void mask_free(struct mask *);
/* "host-1.example"; a leading "*." stays. */
void mask_host(struct mask *, const char *fqdn, struct buf *out);
/* "ipv6-2"; for special-purpose addresses with the name of their block; loopback as it is. */
void mask_addr(struct mask *, const struct dcddns_addr *, struct buf *out);
/* "https://host-3.example/..."; never user, path, query or fragment, whatever NAMES says. */
void mask_url(struct mask *, const char *url, struct buf *out);
/* From now on PATH, and dcddns.conf in it, are shown as WORDS; NULL for either: as ever. */
void mask_know_place(struct mask *, char *path, const char *words);
/* Places that every installation has, as they are; else "path-1". */
void mask_path(struct mask *, const char *path, struct buf *out);
/* "device-1" */
void mask_device(struct mask *, const char *device, struct buf *out);
/* A message: words of the program's own vocabulary and short numbers pass, names, addresses, URLs
 * and paths get their pseudonyms, anything else becomes "***". */
void mask_text(struct mask *, const char *text, struct buf *out);

#endif
