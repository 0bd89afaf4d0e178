/* Adopting the grant of another Domain Connect client: its refresh token is proven by a refresh,
 * and what the provider gives for it is on disk, before it counts.  Until then it lives under a
 * name of its own, so that a grant that is there survives whatever fails, and a crash loses
 * nothing.  Waits. Must not know file formats nor who prints. */
#ifndef DCDDNS_ENGINE_ADOPT_H
#define DCDDNS_ENGINE_ADOPT_H

#include "connect/discover.h"
#include "engine/engine.h"
#include "import/import.h"

struct adoption {
    struct engine *engine;
    struct module_table *modules;
    const struct import_name *from; /* without an error, of a format that has grants */
    bool replace;                   /* a grant that is there gives way */

    struct provider provider; /* what discovery found; adopt_free() */
    bool discovered;
    char zone[FQDN_MAX], host[FQDN_MAX];
};

/* What can be known without using the token: a grant that is there (ERR_PERM), the zone, the
 * provider that DNS names.  A urlAPI other than the file's is ERR_CONSENT: the token is not sent
 * then. Discovery that fails for now is no error when the zone is known. */
int adopt_look(struct adoption *, struct error *);
/* After adopt_look(): refreshes and stores.  -1: ERR_CONSENT when the provider refuses the token,
 * ERR_TEMP when it cannot be asked now; the grant that was there is untouched, and unless ERR says
 * so nothing new is kept. */
int adopt(struct adoption *, struct error *);
void adopt_free(struct adoption *);

#endif
