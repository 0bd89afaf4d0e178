/* Opens a page by the desktop portal (org.freedesktop.portal.OpenURI), which knows the user's
 * choice, also from inside a sandbox; not every session has one.  Must not know of bubbles. */
#include "desktop_portal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-bus.h>

#define PORTAL      "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"

struct opening {
    struct desktop_openers *openers;
    const struct dcddns_host *host;
    char url[DESKTOP_URL_MAX];
};

static int on_opened(sd_bus_message *reply, void *ctx, sd_bus_error *error)
{
    const struct opening *opening = ctx;
    (void)error;

    if (!sd_bus_message_is_method_error(reply, NULL))
        return 0;
    if (sd_bus_message_get_errno(reply) != ETIMEDOUT) {
        desktop_open(opening->openers, opening->host, opening->url);
        return 0;
    }
    /* A portal that is only slow still opens the page: xdg-open would open it twice. */
    dcddns_logf(opening->host, DCDDNS_LOG_WARN,
                "the desktop portal does not answer; if it opens no page, open it yourself: %s",
                opening->url);
    return 0;
}

static int ask(struct sd_bus *bus, struct opening *opening)
{
    sd_bus_message *message = NULL;
    sd_bus_slot *slot = NULL;
    int rc = sd_bus_message_new_method_call(bus, &message, PORTAL, PORTAL_PATH,
                                            "org.freedesktop.portal.OpenURI", "OpenURI");
    if (rc >= 0)
        rc = sd_bus_message_append(message, "ssa{sv}", "", opening->url, 0);
    if (rc >= 0) /* 0: the usual time of the bus, 25 s */
        rc = sd_bus_call_async(bus, &slot, message, on_opened, opening, 0);
    if (rc >= 0) {
        sd_bus_slot_set_destroy_callback(slot, free);
        sd_bus_slot_set_floating(slot, 1); /* lives as long as the bus waits for it */
        sd_bus_slot_unref(slot);
    }
    sd_bus_message_unref(message);
    return rc;
}

void desktop_portal_open(struct sd_bus *bus, struct desktop_openers *openers,
                         const struct dcddns_host *host, const char *url)
{
    struct opening *opening = calloc(1, sizeof(*opening));

    if (!desktop_may_open(url) || !opening) {
        free(opening);
        return;
    }
    *opening = (struct opening){ .openers = openers, .host = host };
    snprintf(opening->url, sizeof(opening->url), "%s", url);
    if (ask(bus, opening) >= 0)
        return;
    desktop_open(openers, host, url);
    free(opening);
}
