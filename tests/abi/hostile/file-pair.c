/* Declares an option that the daemon already understands as the file of a secret. */
#include "hostile.h"

static const struct dcddns_option options[] = {
    { "password", NULL, "a secret", DCDDNS_OPT_STRING, DCDDNS_SECRET },
    { "password-file", NULL, "a file with it", DCDDNS_OPT_PATH, 0 },
};

DCDDNS_ENTRY(file_pair)
{
    honest("file-pair");
    plugin.options = options;
    plugin.option_count = 2;
    plugin.option_size = sizeof(options[0]);
    return &plugin;
}
