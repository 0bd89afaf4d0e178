/* Between the files of `dcddns setup`: a consent that is asked for now (setup_asked.c), or was
 * before (setup_given.c), and what they have in common. */
#ifndef DCDDNS_CLI_SETUP_H
#define DCDDNS_CLI_SETUP_H

#include "cli/cli.h"
#include "engine/consent_request.h"
#include "engine/redeem.h"

struct setup {
    struct runtime rt;
    const struct cli *cli;
    char fqdn[FQDN_MAX];
    bool ipv4, ipv6, yes, no_browser, prove;
    bool stored; /* the grant is on disk */
    const char *code, *code_file;

    struct grant before;    /* the grant there was, id "" = none */
    struct pending pending; /* what is asked for, or was */
    enum grant_pkce pkce;   /* what is known of the provider's side of PKCE */
};

/* To the grant on disk; -1 with ERR. */
int setup_asked(struct setup *, struct error *);
int setup_given(struct setup *, struct error *);
/* Discovery, into a pending consent that is not asked for yet. */
int setup_find_provider(struct setup *, struct error *);

/* As the command line says, else as the consent was asked for, else as configured. */
void setup_choose_families(struct setup *);
/* Whether the host's section, if it must change, can: before consent is worth anything. */
int setup_can_write(const struct setup *, struct error *);
/* Redeems a code of the pending consent, which is forgotten when that made a grant. */
enum exchange_proof setup_redeem(struct setup *, struct instance *auth, const char *code,
                                 struct error *);
/* Whatever was asked for is answered. */
void setup_forget_pending(const struct setup *);
/* The error of --prove-pkce with an auth module that has nothing to prove; -1. */
int setup_no_challenge(const char *auth, struct error *);

#endif
