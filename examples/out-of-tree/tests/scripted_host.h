/* SPDX-License-Identifier: MIT
 *
 * A host for tests of IP sources: options and one HTTP answer are set, what the plugin asked and
 * said is kept.  Copy it into plugins of your own and add the services that you use; a service that
 * is missing here is NULL and crashes the test, which is what one wants to know. */
#ifndef SCRIPTED_HOST_H
#define SCRIPTED_HOST_H

#include <dcddns/plugin.h>

struct scripted_option {
    const char *name, *value;
};

struct script {
    /* Set by the test. */
    const struct dcddns_plugin *plugin;    /* its defaults count where OPTIONS are silent */
    const struct scripted_option *options; /* ended by a NULL name, or NULL */
    int status;                            /* of http(), or a DCDDNS_E_ code */
    const char *body;

    /* Kept for the test. */
    int asked; /* calls of http() */
    char url[256], header[512];
    uint32_t flags;
    int32_t family;
    char why[512];  /* the last words of fail() */
    char log[4096]; /* every line, each with its end */
};

/* A host that acts as SCRIPT says; one at a time. */
const struct dcddns_host *scripted_host(struct script *script);

#endif
