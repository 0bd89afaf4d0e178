/* Names that this user had set up for himself, from before the service was there: it does not know
 * them, and the tray runs no daemon beside it, so that nobody keeps them. */
#include "windows/tray.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "engine/runtime.h"
#include "platform/os.h"

static bool knows(const struct status *status, const char *name)
{
    for (size_t i = 0; i < status->host_count; i++) {
        if (strcmp(status->hosts[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Of the folders of this user; what cannot be read there is no trouble of the service's. */
static void read_own(struct status *own)
{
    char *config = tray_link_usual_config();
    struct runtime rt = { .config_path = config, .config_optional = true };
    const struct status_names all = { 0 };
    struct error ignored = { 0 };

    if (config && runtime_peek(&rt) == 0)
        status_of_disk(rt.config, rt.state_dir, &all, own, &ignored);
    runtime_free(&rt);
    mem_free(config);
}

void tray_own_look(struct tray *tray)
{
    struct status own = { 0 };
    char left[FQDN_MAX] = "";

    /* An administrator's folders are those of the service. */
    if (tray->is_known && !tray->host && !os_is_root() && tray_host_has_service(tray))
        read_own(&own);
    for (size_t i = 0; i < own.host_count && !left[0]; i++) {
        if (own.hosts[i].grant.found && !knows(&tray->known, own.hosts[i].name))
            snprintf(left, sizeof(left), "%s", own.hosts[i].name);
    }
    const bool is_new = left[0] && strcmp(left, tray->left) != 0;
    memcpy(tray->left, left, sizeof(left));
    if (is_new)
        tray_tell_left(tray);
    status_free(&own);
}
