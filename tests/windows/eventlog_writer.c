/* Loads the module eventlog as the daemon does, and lets it write one entry by the system's own
 * calls: eventlog_writer DLL ID LEVEL MESSAGE.  tests/windows/eventlog reads what came of it. */
#include <stdlib.h>

#include "load_module.h"

static void say(const struct dcddns_host *host, int level, const char *line)
{
    (void)host;
    printf("log %d %s\n", level, line);
}

static int fail(const struct dcddns_host *host, int code, const char *why)
{
    (void)host;
    printf("fail %d %s\n", code, why);
    return code;
}

static const char *option(const struct dcddns_host *host, const char *name)
{
    (void)host;
    return strcmp(name, "source") == 0 ? "dcddns" : NULL;
}

int main(int argc, char **argv)
{
    const struct dcddns_host host = { .size = sizeof(host),
                                      .abi_minor = DCDDNS_ABI_MINOR,
                                      .log = say,
                                      .fail = fail,
                                      .option = option };
    const struct dcddns_plugin *plugin = argc == 5 ? load_module(argv[1]) : NULL;
    void *self = NULL;

    if (!plugin || (plugin->create)(&host, &self) != DCDDNS_OK)
        return 2;
    const struct dcddns_notifier *ops = plugin->ops;
    const struct dcddns_event event = { .size = sizeof(event),
                                        .level = (uint32_t)strtoul(argv[3], NULL, 10),
                                        .id = argv[2],
                                        .profile = "",
                                        .record = "home.example.com",
                                        .message = argv[4],
                                        .source = "stun",
                                        .url = "" };
    int code = ops->notify(self, NULL, &event);
    plugin->destroy(self);
    printf("code %d\n", code);
    return code == DCDDNS_OK ? 0 : 1;
}
