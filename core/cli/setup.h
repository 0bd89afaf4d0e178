/* Between the files of `dcddns setup`: consents that are asked for now (setup_asked.c), or one that
 * was before (setup_given.c), and what they have in common. */
#ifndef DCDDNS_CLI_SETUP_H
#define DCDDNS_CLI_SETUP_H

#include "cli/cli.h"
#include "engine/consent_request.h"
#include "engine/redeem.h"

enum { SETUP_NAMES_MAX = 1000 };

struct setup_name {
    char fqdn[FQDN_MAX];
};

/* Names of the command line that are in one zone. */
struct setup_zone {
    char zone[FQDN_MAX];
    struct setup_name first;
    char *named; /* list, state/grant_hosts.h */
};

struct setup {
    struct runtime rt;
    const struct cli *cli;
    struct setup_name *names; /* each once */
    size_t name_count;
    bool ipv4, ipv6, yes, no_browser, prove, each, json; /* as the command line says */
    const char *code, *code_file;

    struct setup_zone *zones;
    size_t zone_count;
    struct setup_name *done; /* configured, and served by a grant that was stored */
    size_t done_count;
};

/* One consent. */
struct setup_consent {
    struct setup *setup;
    struct pending pending; /* what is asked for, or was */
    bool alone;             /* other grants stay as they are */
    bool stored;            /* the grant is on disk */
    enum grant_pkce pkce;   /* what is known of the provider's side of PKCE */
};

/* To grants on disk; -1 with ERR.  What was stored before a failure is in DONE. */
int setup_asked(struct setup *, struct error *);
int setup_given(struct setup *, struct error *);

/* -- setup_zones.c -- */

/* Finds the zone of every name, in the order of the names. */
int setup_find_zones(struct setup *, struct error *);
void setup_zones_free(struct setup *);
/* Discovery, once a zone, into a pending consent for the hosts HOSTS of it that is not asked for
 * yet and is called ID. */
int setup_find_provider(struct setup *, const struct setup_zone *, struct provider *,
                        struct error *);

/* -- setup_plan.c: what a consent is asked for, seeing what grants there are -- */

/* The named hosts together with those of the grant that they join or renew, which the new one takes
 * the place of.  Says so. */
int setup_plan_list(struct setup_consent *, const struct setup_zone *, const struct provider *,
                    struct error *);
/* Exactly HOSTS (a list) of the zone.  *LATER: their grant would take the place of one that other
 * hosts still need; ERR says so, nothing is planned. */
int setup_plan_exactly(struct setup_consent *, const struct setup_zone *, const char *hosts,
                       const struct provider *, bool *later, struct error *);

/* -- setup_consent.c -- */

/* Families of FQDN: as the command line says, else as the consent was asked for (NULL: it was not),
 * else as configured. */
void setup_families(const struct setup *, const struct pending *, const char *fqdn, bool *ipv4,
                    bool *ipv6);
/* Enters the families that any of the named hosts has. */
void setup_enter_families(struct setup_consent *);
/* Whether the section of FQDN, if it must change, can: before consent is worth anything. */
int setup_can_write(const struct setup *, const struct pending *, const char *fqdn, struct error *);
/* Redeems a code of the consent, which is forgotten when that made a grant. */
enum exchange_proof setup_redeem(struct setup_consent *, struct instance *auth, const char *code,
                                 struct error *);
/* After a grant was stored: says so, and writes the sections of the named hosts.  They are done,
 * and so are others that it serves: what was put off under the old grant says nothing about this
 * one. */
int setup_finish(struct setup_consent *, struct error *);
/* Whatever was asked for is answered. */
void setup_forget_pending(const struct setup_consent *);
void setup_consent_clear(struct setup_consent *);
/* The error of --prove-pkce with an auth module that has nothing to prove; -1. */
int setup_no_challenge(const char *auth, struct error *);

#endif
