/* The configuration: the main file up to the first form feed, conf.d/more.conf behind it. */
#include "scratch.h"

#include "config/config.h"

static void check_host(const struct config_host *host)
{
    char fqdn[FQDN_MAX] = "";
    FUZZ_CHECK(text_fqdn(host->fqdn, fqdn) && strcmp(fqdn, host->fqdn) == 0);
    FUZZ_CHECK(host->ipv4 || host->ipv6);
}

static void check_config(const struct config *config)
{
    FUZZ_CHECK(config->file_count > 0);
    for (size_t i = 0; i < config->host_count; i++) {
        const struct config_host *host = &config->hosts[i];
        check_host(host);
        FUZZ_CHECK(config_find_host(config, host->fqdn) == host);
        FUZZ_CHECK(config_sources_of(config, host)->count > 0);
    }
}

static void load(bool agent)
{
    struct config_errors errors = { 0 };
    const char *path = scratch_name("dcddns.conf");
    struct config *config =
        agent ? config_load_agent(path, false, &errors) : config_load(path, false, &errors);
    if (config && !agent)
        check_config(config);
    if (!config)
        FUZZ_CHECK(config_errors_text(&errors)[0]);
    config_free(&config);
    config_errors_free(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *more = size > 0 ? memchr(data, '\f', size) : NULL;
    const size_t len = more ? (size_t)(more - data) : size;

    mkdir(scratch_name("conf.d"), 0700);
    scratch_write("dcddns.conf", data, len);
    if (more)
        scratch_write("conf.d/more.conf", more + 1, size - len - 1);
    else
        unlink(scratch_name("conf.d/more.conf"));
    load(false);
    load(true);
    return 0;
}
