/* What other updaters keep in their files: which names they serve, with which grants, and which of
 * their settings have an equivalent here.  Pure: text to structs, no files, no network.  Must not
 * know how a grant is stored or proven. */
#ifndef DCDDNS_IMPORT_IMPORT_H
#define DCDDNS_IMPORT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

enum {
    IMPORT_FILE_MAX = 1 << 20, /* bytes of a file */
    IMPORT_NAMES_MAX = 1000,   /* names in it */
    IMPORT_NOTES_MAX = 1 << 14 /* bytes of notes */
};

enum import_format {
    IMPORT_UNKNOWN = 0,
    IMPORT_DYNDNS,   /* settings.txt of domain-connect-dyndns: one JSON object, a member a domain */
    IMPORT_SERVICE,  /* settings.txt of the Domain Connect service for Windows: one host */
    IMPORT_INADYN,   /* inadyn.conf */
    IMPORT_DDCLIENT, /* ddclient.conf */
    IMPORT_FORMATS
};

struct import_name {
    char fqdn[FQDN_MAX];          /* lower case; "" when what stands there is no name */
    char shown[TEXT_ESCAPED_MAX]; /* as it stands there, escaped */
    int line;                     /* where, from 1; 0 = not known */
    bool ipv4, ipv6;              /* families that the other program keeps */
    struct error error;           /* why it cannot be imported; its class is ERR_NONE when it can */

    /* Of a Domain Connect client; NULL and "" in the other formats. */
    char zone[FQDN_MAX], host[FQDN_MAX]; /* zone "": the file does not say; host "" = apex */
    bool v1;                             /* consent was for the template that has IPv4 only */
    char *provider_name;                 /* escaped, "" when absent */
    char *api_url;                       /* https, without slashes at its end */
    char *refresh_token;                 /* secret */
    int64_t issued_wall_ms;              /* when the tokens were given; 0 = not known */
};

struct import_settings { /* what dcddns.conf could say instead; zero = nothing to say */
    int64_t interval_s;  /* 60..86400 */
    char devices[128];   /* comma-separated */
    bool allow_private;
};

struct import_file { /* a zeroed struct is empty */
    enum import_format format;
    struct import_name *names; /* sorted as in the file */
    size_t count;
    struct import_settings settings;
    struct buf notes; /* "FILE:LINE: what cannot move, or is not needed\n" each; no secrets */
};

/* Recognises TEXT by what is in it.  SHOWN is its path, for messages.  What is wrong with one name
 * is in that name's error.  -1 with ERR (file and line): the file as a whole cannot be used. FILE
 * is overwritten, not cleared; import_free() in either case. */
int import_read(struct import_file *file, const char *shown, const char *text, size_t len,
                struct error *err);
/* Wipes tokens; accepts a zeroed struct. */
void import_free(struct import_file *);
/* The program that writes such files. */
const char *import_format_name(enum import_format);
/* True when its names come with grants. */
bool import_has_grants(enum import_format);

#endif
